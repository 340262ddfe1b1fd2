"""The third panel: to which specimens the landmarks are transferred."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..project import SpecimenStatus
from .attention_layers import show_prediction_maps
from .choices import layers_of
from .run_bar import RunBar
from .session import Session
from .target_maps import TargetMaps, set_to_find
from .workers import Refusal, transferring

if TYPE_CHECKING:
    from ..correspondence import Prediction
    from ..project import Specimen

IMAGES = "Images (*.jpg *.jpeg *.png *.tif *.tiff *.bmp *.webp)"
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")


class TransferPanel(QWidget):
    """Transfers learned landmarks to layers and files.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the worker.

    Attributes
    ----------
    maps : TargetMaps
        The attention on the targets.
    """

    def __init__(self, session: Session, bar: RunBar) -> None:
        super().__init__()
        self._session, self._bar = session, bar
        self._unchecked: set[int] = set()
        self._failed: list[str] = []
        self._refusal: str | None = None
        self._done = self._count = self._set_id = 0
        self.maps = TargetMaps(session, bar)
        self._build()
        for signal in (session.specimens_changed, session.learned_changed):
            signal.connect(self.refresh)
        session.project_changed.connect(self._forget)
        bar.running_changed.connect(self._set_running)
        self.refresh()

    def _build(self) -> None:
        self.layers_button = QPushButton("Add open images")
        self.layers_button.setToolTip("Add every image layer that is open.")
        self.files_button = QPushButton("Add files …")
        self.files_button.setToolTip("Add image files of any size; they are not loaded before use.")
        self.folder_button = QPushButton("Add folder …")
        self.folder_button.setToolTip("Add all images of a folder.")
        adding = QHBoxLayout()
        for button in (self.layers_button, self.files_button, self.folder_button):
            adding.addWidget(button)
        self.targets = QListWidget()
        self.targets.setToolTip("Specimens on which the landmarks shall be found.")
        self.targets.setMinimumHeight(160)
        self.any_pose = QCheckBox("Specimens may be turned or mirrored (16 times slower)")
        self.with_maps = QCheckBox("Show attention maps on open images")
        self.each_map = QCheckBox("One map for each landmark")
        self.each_map.setEnabled(False)
        self.with_maps.toggled.connect(self.each_map.setEnabled)
        self.transfer_button = QPushButton("Transfer")
        self.transfer_button.setToolTip(
            "Find the landmarks on the checked specimens. What you placed, corrected or accepted "
            "is never overwritten."
        )
        self.count_label = QLabel()
        layout = QVBoxLayout(self)
        layout.addLayout(adding)
        layout.addWidget(self.targets, 1)
        layout.addWidget(self.count_label)
        for part in (self.any_pose, self.with_maps, self.each_map, self.transfer_button):
            layout.addWidget(part)
        self.layers_button.clicked.connect(self.add_layers)
        self.files_button.clicked.connect(self._add_files)
        self.folder_button.clicked.connect(self._add_folder)
        self.targets.itemChanged.connect(self._on_checked)
        self.transfer_button.clicked.connect(self._transfer)

    # What is shown

    def refresh(self) -> None:
        """Show the project's specimens but the references."""
        self.targets.blockSignals(True)
        self.targets.clear()
        rows = [one for one in self._session.project.specimens() if not one.reference]
        for row in rows:
            item = QListWidgetItem(f"{row.name}  —  {row.status.value}", self.targets)
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            item.setToolTip(row.reason or str(row.path or "an image layer"))
            off = row.id in self._unchecked
            item.setCheckState(Qt.CheckState.Unchecked if off else Qt.CheckState.Checked)
        self.targets.blockSignals(False)
        waiting = sum(row.status is SpecimenStatus.NEW for row in rows)
        self.count_label.setText(f"{len(rows)} specimens, {waiting} of them new." if rows else "")
        self.transfer_button.setEnabled(not self._bar.running)

    def _on_checked(self, item: QListWidgetItem) -> None:
        specimen = item.data(Qt.ItemDataRole.UserRole)
        if item.checkState() == Qt.CheckState.Checked:
            self._unchecked.discard(specimen)
        else:
            self._unchecked.add(specimen)

    def _set_running(self, running: bool) -> None:
        self.transfer_button.setEnabled(not running)

    def _forget(self) -> None:
        self._unchecked.clear()

    # Targets

    def add_layers(self) -> None:
        """Add the image layers that are open."""
        for layer in layers_of(self._session.viewer, Image):
            try:
                self._session.specimen_of(layer)
            except HomologError as error:
                self._session.told.emit(str(error))

    def _add_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Add images", "", IMAGES)
        self.add_files([Path(path) for path in paths])

    def _add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Add a folder of images")
        if folder:
            self.add_files(
                sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in SUFFIXES)
            )

    def add_files(self, paths: list[Path]) -> None:
        """Add image files, and say which of them are none."""
        refused = []
        for path in paths:
            try:
                self._session.add_files([path])
            except HomologError as error:
                refused.append(str(error))
        if refused:
            self._session.told.emit("\n".join(refused[:5]))

    # Transferring

    def _transfer(self) -> None:
        rows = {row.id: row for row in self._session.project.specimens() if not row.reference}
        if not rows and self._session.learned is not None:
            self.add_layers()
            rows = {row.id: row for row in self._session.project.specimens() if not row.reference}
        if self._session.learned is not None and not rows:
            self._session.told.emit("There is no target: add images, files or a folder.")
        else:
            self.transfer([row for row in rows.values() if row.id not in self._unchecked])

    def transfer(self, rows: list[Specimen]) -> None:
        """Find the learned landmarks on some specimens."""
        learned = set_to_find(self._session)
        if learned is None:
            return
        if not rows:
            self._session.told.emit("Check at least one specimen.")
            return
        from ..correspondence import ANY_POSE

        settings = learned.preset.locate
        if self.any_pose.isChecked():
            settings = settings.model_copy(update=ANY_POSE)
        self._failed, self._refusal, self._done, self._count = [], None, 0, len(rows)
        targets = []
        for row in rows:
            try:
                targets.append((row.id, row.name, self._session.source(row.id)))
            except HomologError as error:
                self._record(row.id, Refusal(str(error)))
        session = self._session
        self._set_id = session.project.landmark_set_id or 0
        self._bar.start(
            transferring,
            session.model(learned.backbone["name"]),
            learned,
            targets,
            settings,
            yielded=self._on_found,
            finished=self._on_finished,
        )

    def _on_found(self, outcome: Any) -> None:
        if isinstance(outcome, Refusal):
            self._refusal = outcome.message
        elif isinstance(outcome, tuple):
            self._record(*outcome)
        else:
            self._session.backbone = outcome

    def _record(self, specimen: int, found: Prediction | Refusal) -> None:
        project = self._session.project
        if isinstance(found, Refusal):
            project.record_failure(specimen, found.message)
            self._failed.append(f"{project.specimen(specimen).name}: {found.message}")
        else:
            project.record_prediction(specimen, found, self._set_id)
            self._done += 1
            self.maps.keep(specimen, found)
            self._bar.turns.add(
                partial(self._open, specimen),
                partial(self._look_at, specimen),
                partial(self._show_maps, specimen, found),
            )
        self._session.changed(specimen)

    def _layer(self, specimen: int) -> Image | None:
        """Return the layer of a specimen that is open; a file is opened at review."""
        layer = self._session.layer_of(specimen)
        return layer if layer in self._session.viewer.layers else None

    def _open(self, specimen: int) -> None:
        if self._layer(specimen) is not None:
            self._session.open(specimen)

    def _look_at(self, specimen: int) -> None:
        if self._layer(specimen) is not None and self.isVisible():
            self._session.look_at(specimen)

    def _show_maps(self, specimen: int, found: Prediction) -> None:
        layer = self._layer(specimen)
        if layer is not None and self.with_maps.isChecked():
            show_prediction_maps(self._session.viewer, layer, found, self.each_map.isChecked())

    def _on_finished(self) -> None:
        count = self._count
        if self._refusal is not None:
            self._session.told.emit(self._refusal)
        elif self._done + len(self._failed) < count:
            self._session.told.emit(
                f"Stopped; {self._done} of {count} specimens have their landmarks."
            )
        elif self._failed:
            told = "\n".join(self._failed[:5])
            self._session.told.emit(
                f"{self._done} transferred, {len(self._failed)} failed:\n{told}"
            )
        else:
            self._session.told.emit(
                f"Transferred to {count} specimen{'s' if count != 1 else ''}. Go on to Review."
            )
