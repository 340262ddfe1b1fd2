"""The fourth panel: specimens and their landmarks, the least certain first, decided one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .. import formats
from ..errors import HomologError
from ..project import PlacementStatus, SpecimenStatus
from .attention_layers import show_prediction_maps
from .export import dialog_filter, specimens_to_write
from .learn_panel import LearnPanel
from .open_specimen import OpenSpecimen
from .reference_inset import ReferenceInset
from .session import Session
from .transfer_panel import TransferPanel

if TYPE_CHECKING:
    from ..project import Placement, Specimen
    from .quality_window import QualityWindow

DOUBTFUL = QColor(200, 80, 60)
FIRST_IN_LINE = {SpecimenStatus.FAILED: 2, SpecimenStatus.NEW: 3, SpecimenStatus.ACCEPTED: 1}
"""Those to be reviewed come first, then those that are done, failed and new ones last."""

OPEN = (SpecimenStatus.FOUND, SpecimenStatus.CORRECTED)


class ReviewPanel(QWidget):
    """Goes through what was found.

    Parameters
    ----------
    session : Session
        What the panels share.
    transfer : TransferPanel
        Knows the attention maps.
    learn : LearnPanel
        Learns again.
    """

    def __init__(self, session: Session, transfer: TransferPanel, learn: LearnPanel) -> None:
        super().__init__()
        self._session, self._transfer, self._learn = session, transfer, learn
        self._writing = False
        self._seen: set[int] = set()
        self._quality: QualityWindow | None = None
        self._build()
        session.specimens_changed.connect(self.refresh)
        session.current_changed.connect(self._on_current)
        session.project_changed.connect(self._forget)
        session.placements_changed.connect(self._on_placements)
        self.refresh()

    def _build(self) -> None:
        self.specimens = _table(["Specimen", "Status", "Least sure"])
        self.specimens.setMinimumHeight(130)
        self.landmarks = _table(["Landmark", "Status", "Confidence", "± px"])
        self.landmarks.setMinimumHeight(150)
        self.inset = ReferenceInset()
        self.buttons = {
            name: QPushButton(text)
            for name, text in {
                "previous": "◀ Previous",
                "next": "Next ▶",
                "accept": "Accept",
                "missing": "Missing",
                "accept_all": "Accept specimen",
                "map": "Show attention",
                "again": "Learn again",
                "quality": "Quality …",
                "export": "Export …",
            }.items()
        }
        tips = {
            "previous": "Previous specimen (Page up)",
            "next": "Next specimen (Page down)",
            "accept": "The selected landmarks are right (K)",
            "missing": "The selected landmarks are not on this specimen (J)",
            "accept_all": "All landmarks of this specimen are right; go on to the next (B)",
            "map": "Show where the selected landmark's attention lies",
            "again": "Use this specimen as a further reference and learn again",
            "quality": "Compare the specimens' shapes: outliers and swapped landmarks",
            "export": "Write all landmarks as TPS, CSV, COCO or another format",
        }
        for name, tip in tips.items():
            self.buttons[name].setToolTip(tip)
        grid = QGridLayout()
        for place, name in enumerate(("accept", "missing", "accept_all", "map", "again")):
            grid.addWidget(self.buttons[name], place, 0)
        beside = QHBoxLayout()
        beside.addWidget(self.inset)
        beside.addLayout(grid)
        moving = QHBoxLayout()
        for name in ("previous", "next", "quality", "export"):
            moving.addWidget(self.buttons[name])
        layout = QVBoxLayout(self)
        layout.addWidget(self.specimens, 2)
        layout.addLayout(moving)
        layout.addWidget(self.landmarks, 3)
        layout.addLayout(beside)
        self.summary = QLabel()
        layout.addWidget(self.summary)

        self.specimens.itemSelectionChanged.connect(self._on_specimen_chosen)
        self.landmarks.itemSelectionChanged.connect(self._on_landmark_chosen)
        self.buttons["previous"].clicked.connect(lambda: self.step(-1))
        self.buttons["next"].clicked.connect(lambda: self.step(1))
        self.buttons["accept"].clicked.connect(self.accept)
        self.buttons["missing"].clicked.connect(self.mark_missing)
        self.buttons["accept_all"].clicked.connect(self.accept_specimen)
        self.buttons["map"].clicked.connect(self._show_map)
        self.buttons["again"].clicked.connect(self._learn_again)
        self.buttons["quality"].clicked.connect(self._show_quality)
        self.buttons["export"].clicked.connect(self._export)

    def _forget(self) -> None:
        self._seen.clear()
        self.inset.forget()

    # Specimens

    def _line(self) -> list[Specimen]:
        """Return the specimens in the order of review: the least certain first."""
        rows = [one for one in self._session.project.specimens() if not one.reference]
        least = self._session.project.least_confidences()
        return sorted(
            rows,
            key=lambda one: (FIRST_IN_LINE.get(one.status, 0), least.get(one.id, 1.0), one.name),
        )

    def refresh(self) -> None:
        """Show the specimens."""
        self._writing = True
        rows, current = self._line(), self._session.current
        least = self._session.project.least_confidences()
        self.specimens.setRowCount(len(rows))
        for row, one in enumerate(rows):
            name = QTableWidgetItem(one.name)
            name.setData(Qt.ItemDataRole.UserRole, one.id)
            name.setToolTip(one.reason or str(one.path or "an image layer"))
            for column, item in enumerate(
                (name, QTableWidgetItem(one.status.value), _percent(least.get(one.id)))
            ):
                self.specimens.setItem(row, column, item)
            if current is not None and current.specimen == one.id:
                self.specimens.selectRow(row)
        self._writing = False
        counts = self._session.project.summary()
        self.summary.setText(
            ", ".join(f"{count} {status.value}" for status, count in counts.items() if count)
        )

    def _on_specimen_chosen(self) -> None:
        rows = {index.row() for index in self.specimens.selectedIndexes()}
        if not self._writing and len(rows) == 1:
            item = self.specimens.item(rows.pop(), 0)
            self.look_at(item.data(Qt.ItemDataRole.UserRole))

    def look_at(self, specimen: int) -> None:
        """Open a specimen for review; what cannot be opened is said."""
        try:
            one = self._session.look_at(specimen)
        except HomologError as error:
            self._session.told.emit(str(error))
            return
        self._seen.add(specimen)
        self._bind_keys(one)
        one.points.mode = "select"
        if self.landmarks.rowCount():
            self.landmarks.selectRow(0)

    def begin(self) -> None:
        """Look at the specimen that is being reviewed, else at the least certain one."""
        order, current = [one for one in self._line() if one.status in OPEN], self._session.current
        if order and (current is None or current.specimen not in self._seen):
            self.look_at(order[0].id)

    def step(self, by: int) -> None:
        """Go to the next specimen (1) or the one before (-1)."""
        order, current = [one.id for one in self._line()], self._session.current
        if not order:
            self._session.told.emit("There is nothing to review yet: transfer landmarks first.")
            return
        if current is None or current.specimen not in order:
            self.look_at(order[0])
            return
        place = order.index(current.specimen) + by
        if 0 <= place < len(order):
            self.look_at(order[place])
        else:
            self._session.told.emit("This is the last specimen." if by > 0 else "The first one.")

    # Landmarks

    def _on_current(self) -> None:
        self.refresh()
        self._show_landmarks()

    def _on_placements(self, specimen: int) -> None:
        one = self._session.current
        if one is not None and one.specimen == specimen:
            self._show_landmarks()

    def _show_landmarks(self) -> None:
        one, chosen = self._session.current, self.chosen()
        placements = one.placements() if one is not None else {}
        names = [landmark.name for landmark in self._session.project.landmarks]
        order = sorted(names, key=lambda name: _doubt(placements.get(name)), reverse=True)
        self._writing = True
        self.landmarks.setRowCount(len(order))
        for row, name in enumerate(order):
            placed = placements.get(name)
            self.landmarks.setItem(row, 0, QTableWidgetItem(name))
            status = "—" if placed is None else placed.status.value
            if placed is not None and _probably_missing(placed):
                status += ", missing?"
            self.landmarks.setItem(row, 1, QTableWidgetItem(status))
            self.landmarks.setItem(row, 2, _percent(placed.confidence if placed else None))
            error = placed.expected_error if placed else None
            self.landmarks.setItem(
                row, 3, QTableWidgetItem("" if error is None else f"{error:.1f}")
            )
        for row, name in enumerate(order):
            if name in chosen:
                self.landmarks.selectRow(row)
        self._writing = False

    def chosen(self) -> list[str]:
        """Return the landmarks selected in the table."""
        rows = sorted({index.row() for index in self.landmarks.selectedIndexes()})
        return [self.landmarks.item(row, 0).text() for row in rows]

    def _on_landmark_chosen(self) -> None:
        chosen, one = self.chosen(), self._session.current
        if self._writing or one is None or len(chosen) != 1:
            return
        one.select(chosen[0])
        self._show_reference(chosen[0], one.specimen)

    def _show_reference(self, landmark: str, specimen: int) -> None:
        """Show the landmark on the first other specimen on which a hand placed it."""
        session = self._session
        for row, marks in session.references():
            there = landmark in marks.names and np.isfinite(marks[landmark]).all()
            if row.id != specimen and there and session.has_picture(row):
                self.inset.show_landmark(row.id, session.source(row.id), marks[landmark])
                return
        self.inset.show_nothing("not on the reference")

    def step_landmark(self, by: int) -> None:
        """Select the next landmark (1) or the one before (-1)."""
        count = self.landmarks.rowCount()
        if count:
            rows = [index.row() for index in self.landmarks.selectedIndexes()]
            self.landmarks.selectRow((rows[0] + by) % count if rows else 0)

    # Decisions

    def accept(self) -> None:
        """Accept the selected landmarks and go on to the next one."""
        self._decide(lambda one, name: self._session.project.accept(one.specimen, name))

    def mark_missing(self) -> None:
        """Say that the selected landmarks are not on this specimen."""
        self._decide(lambda one, name: self._session.project.mark_missing(one.specimen, name))

    def _decide(self, decision: Any) -> None:
        one, chosen = self._session.current, self.chosen()
        if one is None or not chosen:
            self._session.told.emit("Select a landmark in the table first.")
            return
        row = self.landmarks.selectedIndexes()[0].row()
        try:
            for name in chosen:
                decision(one, name)
        except HomologError as error:
            self._session.told.emit(str(error))
        self._session.changed(one.specimen)
        if len(chosen) == 1:
            names = [self.landmarks.item(i, 0).text() for i in range(self.landmarks.rowCount())]
            after = names[(names.index(chosen[0]) + 1) % len(names)] if row < len(names) else ""
            self.landmarks.selectRow(names.index(after) if after else 0)

    def accept_specimen(self) -> None:
        """Accept all landmarks of the specimen and go on to the next."""
        one = self._session.current
        if one is None:
            self._session.told.emit("Choose a specimen in the table first.")
            return
        order = [row.id for row in self._line()]
        try:
            self._session.project.accept(one.specimen)
        except HomologError as error:
            self._session.told.emit(str(error))
            return
        self._session.changed(one.specimen)
        place = order.index(one.specimen) if one.specimen in order else 0
        if place + 1 < len(order):
            self.look_at(order[place + 1])

    def _bind_keys(self, one: OpenSpecimen) -> None:
        """Bind the keys of review on the layer that is active while reviewing."""
        actions = {
            "PageDown": lambda: self.step(1),
            "PageUp": lambda: self.step(-1),
            ".": lambda: self.step_landmark(1),
            ",": lambda: self.step_landmark(-1),
            "K": self.accept,
            "J": self.mark_missing,
            "B": self.accept_specimen,
            "Control-Z": self._session.undo,
            "Control-Shift-Z": self._session.redo,
        }
        for key, action in actions.items():
            one.points.bind_key(key, lambda layer, action=action: action(), overwrite=True)

    # More

    def _show_map(self) -> None:
        one, chosen = self._session.current, self.chosen()
        if one is None:
            self._session.told.emit("Choose a specimen in the table first.")
            return
        found = self._transfer.predictions.get(one.specimen)
        if found is None:
            self._session.told.emit(
                "Its attention is no longer kept; press Transfer for this specimen again."
            )
            return
        name = chosen[0] if chosen and chosen[0] in found.names else None
        show_prediction_maps(self._session.viewer, one.image, found, each=False, chosen=name)

    def _learn_again(self) -> None:
        one = self._session.current
        if one is None:
            self._session.told.emit("Choose a specimen in the table first.")
            return
        if not self._session.project.landmarks_of(one.specimen, decided=True).present.any():
            self._session.told.emit("Accept or correct landmarks of this specimen first.")
            return
        self._session.project.mark_reference(one.specimen, True)
        self._session.specimens_changed.emit()
        self._learn.learn(again=True)

    def _show_quality(self) -> None:
        # Plots and shapes take a second to import.
        from .quality_window import QualityWindow

        self._quality = QualityWindow(self._session, self.look_at, parent=self)
        self._quality.show()

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export landmarks", "", dialog_filter())
        if path:
            try:
                formats.write(path, specimens_to_write(self._session.project))
            except HomologError as error:
                self._session.told.emit(str(error))
            else:
                self._session.told.emit(f"Landmarks written to {path}.")


def _table(headers: list[str]) -> QTableWidget:
    table = QTableWidget(0, len(headers))
    table.setHorizontalHeaderLabels(headers)
    table.verticalHeader().setVisible(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def _percent(value: float | None) -> QTableWidgetItem:
    item = QTableWidgetItem("" if value is None else f"{value:.0%}")
    if value is not None and value < 0.5:
        item.setForeground(DOUBTFUL)
    return item


def _number(value: float | None) -> float:
    return 0.0 if value is None else value


def _probably_missing(placed: Placement) -> bool:
    probability = placed.missing_probability
    return (
        placed.status is PlacementStatus.PREDICTED and probability is not None and probability > 0.5
    )


def _doubt(placed: Placement | None) -> float:
    """Return how much a landmark wants to be looked at: undecided and uncertain ones first."""
    if placed is None:
        return 2.0
    if placed.status is PlacementStatus.PREDICTED:
        return 1.001 - _number(placed.confidence)
    return 0.0
