"""The third panel: transferring the learned landmarks to other specimens."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari.layers import Image
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..images import dialog_filter, images_in_folder
from ..jobs import Failure, TransferJob
from .attention_layers import show_prediction_maps
from .background_run import Stopped
from .background_work import TransferResult, transferring
from .box_layer import BoxLayer
from .buttons import allow, push_button
from .choices import layers_of
from .learn_panel import NOTHING_LEARNED
from .run_bar import RUNNING, RunBar
from .session import Session
from .target_list import TargetList
from .target_maps import TargetMaps, learned_landmarks
from .wording import counted

if TYPE_CHECKING:
    from ..correspondence import Prediction
    from ..project import Specimen

LISTED = 5
"""Failures that the message lists; the others are in the list of specimens."""

NO_TARGET = "There is no target: add images, files or a folder."
NONE_CHECKED = "Check at least one specimen."
NOTHING_PENDING = (
    "The checked specimens are done: their landmarks were accepted, decided about, or located with "
    "this landmark set. Check 'Again where done' to locate them again."
)


class TransferPanel(QWidget):
    """Transfers learned landmarks to layers and files.

    Parameters
    ----------
    session : Session
        What the panels share.
    bar : RunBar
        Runs the job.

    Attributes
    ----------
    maps : TargetMaps
        The attention on the targets.
    """

    def __init__(self, session: Session, bar: RunBar) -> None:
        super().__init__()
        self._session, self._bar = session, bar
        self._failed: list[str] = []
        self._located = 0
        self.maps = TargetMaps(session, bar)
        self.boxes = BoxLayer(session)
        self._build()
        bar.running_changed.connect(lambda running: self.allow())
        self.allow()

    def _build(self) -> None:
        self.layers_button = push_button("Add open images", "Add every image layer that is open.")
        self.files_button = push_button(
            "Add files …", "Add image files of any size; they are loaded only when needed."
        )
        self.folder_button = push_button("Add folder …", "Add all images of a folder.")
        adding = QHBoxLayout()
        for button in (self.layers_button, self.files_button, self.folder_button):
            adding.addWidget(button)
        self.targets = TargetList(self._session)
        self.box_button = push_button(
            "Draw boxes",
            "Drag a rectangle around a specimen that is small in its picture, on the reference and on "
            "the others; several rectangles in a picture are several specimens.",
        )
        self.any_pose = QCheckBox("Rotated or mirrored specimens (16 times slower)")
        self.any_pose.setToolTip(
            "Look for each specimen in eight directions and in its mirror image."
        )
        self.again = QCheckBox("Again where done")
        self.again.setToolTip(
            "Also locate landmarks on specimens on which this landmark set was used already. What "
            "you decided about stays as it is."
        )
        self.with_maps = QCheckBox("Show attention maps on open images")
        self.with_maps.setToolTip("Where the model looked for the landmarks, as a layer.")
        self.each_map = QCheckBox("One map for each landmark")
        self.each_map.setToolTip("A layer for each landmark in place of one for all together.")
        self.each_map.setEnabled(False)
        self.with_maps.toggled.connect(self.each_map.setEnabled)
        self.transfer_button = push_button(
            "Transfer",
            "Locate the landmarks on the checked specimens. What you placed, corrected or accepted "
            "is never overwritten.",
        )
        self.targets.tools.addWidget(self.box_button)
        layout = QVBoxLayout(self)
        layout.addLayout(adding)
        layout.addWidget(self.targets, 1)
        for part in (
            self.any_pose,
            self.again,
            self.with_maps,
            self.each_map,
            self.transfer_button,
        ):
            layout.addWidget(part)
        self.layers_button.clicked.connect(self.add_layers)
        self.files_button.clicked.connect(self._add_files)
        self.folder_button.clicked.connect(self._add_folder)
        self.targets.checked_changed.connect(self.allow)
        self.box_button.clicked.connect(self.boxes.draw)
        self.transfer_button.clicked.connect(self._transfer)

    def allow(self) -> None:
        """Let Transfer be pressed once it can do something."""
        images = bool(layers_of(self._session.viewer, Image))
        allow(self.layers_button, "" if images else "No image is open.")
        targets = self.targets.specimens
        why_not = RUNNING if self._bar.running else ""
        if not why_not and self._session.learned is None:
            why_not = NOTHING_LEARNED
        elif not why_not and not targets and not images:
            why_not = NO_TARGET
        elif not why_not and targets and not self.targets.checked:
            why_not = NONE_CHECKED
        allow(self.transfer_button, why_not)

    # Targets

    def add_layers(self) -> None:
        """Add the image layers that are open."""
        for layer in layers_of(self._session.viewer, Image):
            try:
                self._session.specimen_of(layer)
            except HomologError as error:
                self._session.message.emit(str(error))

    def _add_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Add images", "", dialog_filter())
        self.add_files([Path(path) for path in paths])

    def _add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Add a folder of images")
        if folder:
            try:
                found = images_in_folder(folder)
            except HomologError as error:
                self._session.message.emit(str(error))
                return
            self.add_files(list(found.files), skipped=found.skipped)

    def add_files(self, paths: list[Path], skipped: str = "") -> None:
        """Add image files, and tell which could not be added.

        Parameters
        ----------
        paths : list of Path
            The files.
        skipped : str
            What was left out before, in words.
        """
        refused = []
        for path in paths:
            try:
                self._session.add_files([path])
            except HomologError as error:
                refused.append(str(error))
        if skipped:
            refused.append(f"Skipped: {skipped}.")
        if refused:
            self._session.message.emit("\n".join(refused[:LISTED]))

    # Transferring

    def _transfer(self) -> None:
        if self._session.learned is not None and not self.targets.specimens:
            self.add_layers()
        if self._session.learned is not None and not self.targets.specimens:
            self._session.message.emit(NO_TARGET)
            return
        self.transfer(self.targets.checked)

    def transfer(self, rows: list[Specimen]) -> None:
        """Locate the learned landmarks on some specimens."""
        session, learned = self._session, learned_landmarks(self._session)
        if learned is None:
            return
        if not rows:
            session.message.emit(NONE_CHECKED)
            return
        from ..correspondence import ANY_POSE

        settings = learned.preset.locate.changed(**ANY_POSE) if self.any_pose.isChecked() else None
        try:
            job = TransferJob(
                session.project,
                settings=settings,
                retry=True,
                again=self.again.isChecked(),
                specimens={row.id for row in rows},
                images=session.supplier,
            )
        except HomologError as error:
            session.message.emit(str(error))
            return
        if not job.work.tasks:
            session.message.emit(NOTHING_PENDING)
            return
        self._failed, self._located = [], 0
        self._bar.start(
            transferring(session.model(job.model), job.work),
            on_result=lambda result: self._on_result(job, result),
            on_outcome=lambda outcome: self._on_outcome(len(job.work.tasks), outcome),
        )

    def _on_result(self, job: TransferJob, result: TransferResult) -> None:
        task, outcome = result.task, result.outcome
        try:
            job.record(task, outcome)
        except HomologError as error:
            outcome = Failure(str(error))
        if isinstance(outcome, Failure):
            self._failed.append(f"{task.name}: {outcome.reason}")
        else:
            self._located += 1
            self.maps.keep(task.specimen_id, outcome)
            self._bar.tasks.add(
                partial(self._open, task.specimen_id),
                partial(self._look_at, task.specimen_id),
                partial(self._show_maps, task.specimen_id, outcome),
            )
        self._session.changed(task.specimen_id)

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

    def _on_outcome(self, count: int, outcome: Failure | Stopped | None) -> None:
        located, failed = self._located, self._failed
        if isinstance(outcome, Failure):
            told = outcome.reason
        elif isinstance(outcome, Stopped):
            told = f"Stopped; {located} of {counted(count, 'specimen')} done."
        elif failed:
            told = f"{located} transferred, {len(failed)} failed:"
        else:
            told = f"Transferred to {counted(count, 'specimen')}. Go on to Review."
        lines = [told, *failed[:LISTED]]
        if len(failed) > LISTED:
            lines.append(f"and {len(failed) - LISTED} more; the list above has the reasons.")
        self._session.news.emit("\n".join(lines))
