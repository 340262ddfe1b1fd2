"""The second panel: model, preset and references, and learning from them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..diffusion import CATALOGUE
from ..errors import HomologError
from ..jobs import Failure, LearnJob
from ..project import SpecimenStatus
from .attention_layers import remove_maps, show_preview
from .background_run import Stopped
from .background_work import learning
from .buttons import allow, push_button
from .landmarks_panel import LandmarksPanel
from .model_choice import ModelChoice
from .preferences import preference
from .run_bar import RUNNING, RunBar
from .session import Session
from .wording import counted

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Preset, Preview

NO_TORCH = (
    "PyTorch is not installed, and without it nothing can be learned. Install it with "
    "'pip install torch' (see pytorch.org for the build that suits your graphics card), then "
    "restart napari."
)
NOTHING_LEARNED = "Nothing is learned yet: press Learn in the second tab first."
NO_REFERENCE = (
    "There is no reference yet: open an image, and place landmarks on it in the first tab."
)
BY_HAND = (SpecimenStatus.CORRECTED, SpecimenStatus.ACCEPTED)
ABOUT = {
    "standard": "The usual choice, and the most accurate.",
    "fast": "Fewer views and steps, no close-ups; for a first look.",
    "lean": "As little as the refinement needs; for large models such as Stable Diffusion.",
    "attention": "The published method alone: no shape prior, no refinement.",
    "paper": "As published, through the whole network: hours on most computers.",
}


class LearnPanel(QWidget):
    """Learns landmarks from the references.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the job.
    landmarks : LandmarksPanel
        Knows the chosen reference.
    """

    def __init__(self, session: Session, bar: RunBar, landmarks: LandmarksPanel) -> None:
        super().__init__()
        self._session, self._bar, self._landmarks = session, bar, landmarks
        self._previewed: int | None = None
        self._form: Any = None
        self._build()
        for signal in (session.specimens_changed, session.project_changed):
            signal.connect(self.refresh)
        session.learned_changed.connect(self._tell_set)
        self.running_changed = bar.running_changed
        bar.running_changed.connect(self._set_running)
        self.refresh()
        self._tell_set()

    def _build(self) -> None:
        self.model = ModelChoice()
        self.preset = QComboBox()
        self.preset.addItems(list(ABOUT))
        self.preset.setCurrentText(preference("preset", "standard"))
        self.preset.setToolTip("How much is computed, and by which method.")
        self.model.names.currentTextChanged.connect(self._suit_preset)
        self._suit_preset(self.model.names.currentText())
        self.about = QLabel()
        self.about.setWordWrap(True)
        form = QFormLayout()
        form.addRow("Model", self.model)
        form.addRow("Preset", self.preset)
        form.addRow(self.about)
        self.advanced_button = QToolButton()
        self.advanced_button.setText("Advanced settings")
        self.advanced_button.setToolTip("All settings of the preset, to be changed.")
        self.advanced_button.setCheckable(True)
        self.advanced_button.setArrowType(Qt.ArrowType.RightArrow)
        self.advanced_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.advanced_button.setAutoRaise(True)
        self.advanced = QScrollArea()
        self.advanced.setWidgetResizable(True)
        self.advanced.setMinimumHeight(180)
        self.advanced.setVisible(False)

        self.references = QListWidget()
        self.references.setMinimumHeight(60)
        self.references.setMaximumHeight(140)
        self.references.setToolTip("Specimens with landmarks by hand; uncheck to leave one out.")
        self.live = QCheckBox("Show the attention while learning")
        self.live.setToolTip("A layer on the first reference, which is removed at the end.")
        self.live.setChecked(True)
        self.learn_button = push_button("Learn", "Learn what the marked points look like.")
        self.load_button = push_button("Load set …", "Use landmarks that were learned before.")
        self.save_button = push_button(
            "Save set …", "Keep the learned landmarks in a file, to be used elsewhere."
        )
        files = QHBoxLayout()
        files.addWidget(self.load_button)
        files.addWidget(self.save_button)
        self.set_label = QLabel()
        self.set_label.setWordWrap(True)

        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.advanced_button)
        layout.addWidget(self.advanced, 1)
        layout.addWidget(QLabel("References"))
        layout.addWidget(self.references)
        layout.addWidget(self.live)
        layout.addWidget(self.learn_button)
        layout.addLayout(files)
        layout.addWidget(self.set_label)
        layout.addStretch()

        self.preset.currentTextChanged.connect(self._on_preset)
        self.advanced_button.toggled.connect(self._show_advanced)
        self.references.itemChanged.connect(self._on_checked)
        self.learn_button.clicked.connect(self._learn)
        self.load_button.clicked.connect(self._load)
        self.save_button.clicked.connect(self._save)
        self._on_preset(self.preset.currentText())

    # What is shown

    def refresh(self) -> None:
        """Show the specimens that have landmarks by hand."""
        self.references.blockSignals(True)
        self.references.clear()
        known = self._session.project.specimens() if self._session.project.landmarks else []
        for specimen in known:
            if not (specimen.reference or specimen.status in BY_HAND):
                continue
            count = int(self._session.project.landmarks_of(specimen.id, decided=True).present.sum())
            item = QListWidgetItem(
                f"{specimen.name} ({counted(count, 'landmark')})", self.references
            )
            item.setData(Qt.ItemDataRole.UserRole, specimen.id)
            item.setCheckState(
                Qt.CheckState.Checked if specimen.reference else Qt.CheckState.Unchecked
            )
        self.references.blockSignals(False)
        self.allow()

    @property
    def running(self) -> bool:
        """Whether something is being learned or computed otherwise."""
        return self._bar.running

    def allow(self) -> None:
        """Let Learn be pressed once there is something to learn from."""
        points = self._landmarks.points.layer is not None
        why_not = RUNNING if self.running else ""
        if not why_not and find_spec("torch") is None:
            why_not = NO_TORCH
        allow(self.load_button, why_not)
        allow(self.learn_button, why_not or ("" if points or self._marked() else NO_REFERENCE))

    def _on_checked(self, item: QListWidgetItem) -> None:
        specimen = item.data(Qt.ItemDataRole.UserRole)
        self._session.project.mark_reference(specimen, item.checkState() == Qt.CheckState.Checked)
        self.allow()

    def _on_preset(self, name: str) -> None:
        self.about.setText(ABOUT.get(name, ""))
        if self._form is not None:
            from ..correspondence.presets import preset

            self._form.show_values(preset(name))

    def _suit_preset(self, model: str) -> None:
        """Choose the default preset of a known model, unless another one than a default is chosen."""
        from ..correspondence.presets import DEFAULT_PRESET, LARGE_MODELS_PRESET, preset_for

        known, defaults = CATALOGUE.get(model.strip()), (DEFAULT_PRESET, LARGE_MODELS_PRESET)
        if known is not None and self.preset.currentText() in defaults:
            self.preset.setCurrentText(preset_for(known.latent_side).name)

    def _show_advanced(self, on: bool) -> None:
        self.advanced_button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        if on and self._form is None:
            if find_spec("torch") is None:
                self._session.message.emit(NO_TORCH)
                return
            from ..correspondence.presets import preset
            from .settings_form import SettingsForm

            self._form = SettingsForm(preset(self.preset.currentText()))
            self.advanced.setWidget(self._form.native)
        self.advanced.setVisible(on)

    def _tell_set(self) -> None:
        one = self._session.learned
        allow(self.save_button, "" if one is not None else NOTHING_LEARNED)
        if one is None:
            self.set_label.setText("Nothing is learned yet.")
            return
        self.set_label.setText(
            f"{counted(len(one), 'landmark')}, learned on "
            f"{', '.join(one.references) or 'unknown images'} "
            f"with the model {one.backbone['name']} and the preset {one.preset.name}."
        )
        self._choose_preset_of(one)

    def _choose_preset_of(self, learned: LandmarkSet) -> None:
        """Choose the preset of a landmark set, so that *Learn again* extends the set."""
        from ..correspondence.presets import PRESETS

        for name, preset in PRESETS.items():
            if learned.preset.has_settings_of(preset):
                self.preset.setCurrentText(name)

    def _set_running(self, running: bool) -> None:
        for widget in (self.references, self.model):
            widget.setEnabled(not running)
        self.allow()

    # Learning

    def chosen_preset(self) -> Preset:
        """Return the preset with what was changed in the form.

        Raises
        ------
        SettingsError
            If the form's values contradict each other.
        """
        from ..correspondence.presets import preset

        chosen = preset(self.preset.currentText())
        changes = self._form.changes() if self._form is not None else {}
        return chosen.changed(f"{chosen.name}, own", **changes) if changes else chosen

    def _learn(self) -> None:
        self.learn(again=False)

    def learn(self, again: bool) -> None:
        """Learn from the checked references.

        Parameters
        ----------
        again : bool
            Whether to start from what is learned already, where the chosen preset allows it.
        """
        session = self._session
        if find_spec("torch") is None:
            session.message.emit(NO_TORCH)
            return
        if not self._marked() and self._landmarks.points.layer is not None:
            self._landmarks.take_button.click()
        if not self._marked():
            session.message.emit(NO_REFERENCE)
            return
        try:
            preset = self.chosen_preset()
            extend = again and session.learned is not None
            job = LearnJob(session.project, preset=preset, extend=extend, images=session.supplier)
        except HomologError as error:
            session.message.emit(str(error))
            return
        self._previewed = job.references[0].specimen_id
        self._bar.start(
            learning(session.model(self.model.model), job, preview=self.live.isChecked()),
            on_preview=self._on_preview,
            on_outcome=lambda outcome: self._on_outcome(job, extend, outcome),
        )

    def _marked(self) -> bool:
        """Return whether any reference has landmarks that were placed by hand."""
        return any(marks.present.any() for _, marks in self._session.references())

    def _on_preview(self, preview: Preview) -> None:
        layer = self._session.layer_of(self._previewed) if self._previewed is not None else None
        if layer is not None and layer in self._session.viewer.layers and self._bar.running:
            show_preview(self._session.viewer, layer, preview)

    def _on_outcome(
        self, job: LearnJob, extend: bool, outcome: LandmarkSet | Failure | Stopped
    ) -> None:
        remove_maps(self._session.viewer, "learning")
        if isinstance(outcome, Stopped):
            self._session.news.emit("Stopped.")
        elif isinstance(outcome, Failure):
            self._session.news.emit(outcome.reason)
        else:
            job.record(outcome)
            self._session.refresh_learned()
            anew = " anew, with other settings than before" if extend and not job.earlier else ""
            self._session.news.emit(
                f"Learned {counted(len(outcome), 'landmark')}{anew}. Go on to Transfer."
            )

    # Files

    def _load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Load landmark set", "", "Landmark sets (*.safetensors)"
        )
        if path:
            self.load(Path(path))

    def load(self, path: Path) -> None:
        """Use a landmark set from a file."""
        if find_spec("torch") is None:
            self._session.message.emit(NO_TORCH)
            return
        from ..correspondence import LandmarkSet

        try:
            found = LandmarkSet.load(path)
        except HomologError as error:
            self._session.message.emit(str(error))
            return
        self._landmarks.list.define(found.names)
        self._session.use_learned(found)
        self._session.refresh()
        self._session.message.emit(f"{counted(len(found), 'landmark')} loaded. Go on to Transfer.")

    def _save(self) -> None:
        learned = self._session.learned
        path, _ = QFileDialog.getSaveFileName(
            self, "Save landmark set", "", "Landmark sets (*.safetensors)"
        )
        if path and learned is not None:
            target = Path(path).with_suffix(".safetensors")
            learned.save(target)
            self._session.message.emit(f"Saved {target.name}.")
