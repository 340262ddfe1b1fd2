"""The dock widget: one reference with its points, the targets, and three buttons."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from napari.layers import Image, Points
from napari.utils.notifications import show_info
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..diffusion.catalogue import CATALOGUE
from ..errors import HomologError
from .choices import LayerChoice, TargetList
from .layers import Placement, landmarks_of, picture_of, show_prediction
from .workers import Learned, Refusal, Run, learning, transferring

if TYPE_CHECKING:
    import napari


class HomologWidget(QWidget):
    """Learn the landmarks of a reference image and transfer them to other images.

    Parameters
    ----------
    viewer : napari.Viewer
        The window that it belongs to.
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self._run: Run | None = None
        self._worker: Any = None
        self._learned: Learned | None = None
        self._failed: list[str] = []
        self._build()
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._refresh)
        self._refresh()
        self._set_running(False)

    def _build(self) -> None:
        self.image = LayerChoice(Image, "The image on which you marked the landmarks.")
        self.points = LayerChoice(Points, "The Points layer with the landmarks of the reference.")
        self.model = QComboBox()
        self.model.setEditable(True)
        self.model.addItems(list(CATALOGUE))
        self.model.setToolTip("A known model, a Hugging Face id, a folder or a .safetensors file.")
        self.terms = QLabel()
        self.terms.setWordWrap(True)
        reference = QGroupBox("Reference")
        form = QFormLayout(reference)
        form.addRow("Image", self.image)
        form.addRow("Landmarks", self.points)
        form.addRow("Model", self.model)
        form.addRow(self.terms)
        self.learn_button = QPushButton("Learn")
        self.learn_button.setToolTip("Learn what the marked points look like.")
        form.addRow(self.learn_button)

        self.targets = TargetList()
        self.with_maps = QCheckBox("One attention map for each landmark")
        self.transfer_button = QPushButton("Transfer")
        self.transfer_button.setToolTip("Find the landmarks on the checked images.")
        targets = QGroupBox("Targets")
        column = QVBoxLayout(targets)
        for widget in (self.targets, self.with_maps, self.transfer_button):
            column.addWidget(widget)

        self.progress = QProgressBar()
        self.progress.setTextVisible(True)
        self.cancel_button = QPushButton("Cancel")
        self.message = QLabel("Place landmarks on a reference image, then press Learn.")
        self.message.setWordWrap(True)
        bottom = QHBoxLayout()
        bottom.addWidget(self.progress, 1)
        bottom.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        for part in (reference, targets):
            layout.addWidget(part)
        layout.addLayout(bottom)
        layout.addWidget(self.message)
        layout.addStretch()

        self.learn_button.clicked.connect(self._learn)
        self.transfer_button.clicked.connect(self._transfer)
        self.cancel_button.clicked.connect(self._cancel)
        self.model.currentTextChanged.connect(self._tell_terms)
        self.image.currentIndexChanged.connect(self._refresh)
        self._tell_terms(self.model.currentText())

    def _tell_terms(self, name: str) -> None:
        known = CATALOGUE.get(name)
        self.terms.setText(
            f"{known.about} {known.terms}" if known else "Another model, as you named it."
        )

    def _refresh(self, event: Any = None) -> None:
        self.image.refresh(self._viewer)
        self.points.refresh(self._viewer)
        self.targets.refresh(self._viewer, self.image.layer, Image)

    def _learn(self) -> None:
        if self.image.layer is None or self.points.layer is None:
            self._say("Open an image and add a Points layer with landmarks on it first.")
            return
        if find_spec("torch") is None:
            self._say(
                "PyTorch is not installed; install it with `pip install torch`, then restart."
            )
            return
        model = self.model.currentText().strip()
        try:
            landmarks = landmarks_of(self.points.layer, self.image.layer)
            image = picture_of(self.image.layer)
        except HomologError as error:
            self._say(str(error))
            return
        loaded = (
            self._learned.backbone
            if self._learned and self._learned.backbone.name == model
            else model
        )
        self._start(learning, loaded, image, landmarks, self.image.layer.name)
        self._worker.returned.connect(self._on_learned)
        self._worker.start()

    def _transfer(self) -> None:
        if self._learned is None:
            self._say("Learn the landmarks of a reference first.")
            return
        layers = self.targets.checked()
        if not layers:
            self._say("Open and check at least one target image.")
            return
        try:
            pictures = [(layer.name, picture_of(layer)) for layer in layers]
        except HomologError as error:
            self._say(str(error))
            return
        places = {layer.name: Placement.of(layer) for layer in layers}
        self._failed = []
        self._start(transferring, self._learned, pictures)
        self._worker.yielded.connect(lambda outcome: self._on_found(places, *outcome))
        self._worker.finished.connect(lambda: self._on_transferred(len(layers)))
        self._worker.start()

    def _start(self, task: Any, *arguments: Any) -> None:
        """Prepare a worker; its own signals are connected before it is started."""
        self._run = Run()
        self._run.progressed.connect(self._on_progress)
        self._worker = task(self._run, *arguments)
        self._worker.errored.connect(self._on_error)
        self._worker.finished.connect(self._on_finished)
        self._set_running(True)

    def _cancel(self) -> None:
        if self._run is not None:
            self._run.stop()
            self._say("Stopping ...")

    def _on_progress(self, done: int, total: int, text: str) -> None:
        self.progress.setMaximum(total)
        self.progress.setValue(done)
        self.progress.setFormat(f"{text} %p%")

    def _on_learned(self, outcome: Learned | Refusal) -> None:
        if isinstance(outcome, Refusal):
            self._say(outcome.message)
            return
        self._learned = outcome
        count = len(outcome.landmarks)
        self._say(f"Learned {count} landmarks. Check the targets, then press Transfer.")

    def _on_found(self, places: dict[str, Placement], name: str, outcome: Any) -> None:
        if isinstance(outcome, Refusal):
            self._failed.append(f"{name}: {outcome.message}")
            return
        show_prediction(self._viewer, name, places[name], outcome, self.with_maps.isChecked())

    def _on_transferred(self, count: int) -> None:
        if self._run is not None and self._run.should_stop():
            self._say("Stopped; the images done so far have their landmarks.")
        elif self._failed:
            self._say("\n".join(self._failed))
        else:
            self._say(f"Transferred to {count} image{'s' if count != 1 else ''}.")

    def _on_error(self, error: Exception) -> None:
        self._say(f"Something went wrong that should not: {error}")

    def _on_finished(self) -> None:
        self._set_running(False)

    def _set_running(self, running: bool) -> None:
        self.learn_button.setEnabled(not running)
        self.transfer_button.setEnabled(not running and self._learned is not None)
        self.cancel_button.setEnabled(running)
        if not running:
            self.progress.reset()
            self.progress.setFormat("")

    def _say(self, text: str) -> None:
        self.message.setText(text)
        if not self.isVisible():
            show_info(text)

    def closeEvent(self, event: Any) -> None:  # noqa: N802
        """Stop what is running when the widget or its window is closed."""
        self._cancel()
        super().closeEvent(event)
