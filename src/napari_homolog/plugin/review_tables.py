"""The tables of the review: specimens, and the landmarks of one of them; uncertain ones first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ..project import PlacementStatus, SpecimenStatus
from .rows import choose_row, swatch
from .theme_colours import ON_LIGHT
from .wording import status_of_landmark, status_of_specimen

if TYPE_CHECKING:
    from ..project import Placement, Specimen

PLACE_IN_LINE = {SpecimenStatus.ACCEPTED: 1, SpecimenStatus.FAILED: 2, SpecimenStatus.NEW: 3}
"""Specimens to be reviewed come first, then accepted, failed and new ones, and references last."""

REFERENCE = 4


Key = TypeVar("Key", bound=Hashable)


class PassOrder(Generic[Key]):
    """The order of rows during a pass: what is decided on the way does not move them."""

    def __init__(self) -> None:
        self._order: list[Key] = []

    def begin(self) -> None:
        """Begin another pass: rows are sorted anew."""
        self._order = []

    def arrange(self, keys: Iterable[Key], doubt: Callable[[Key], Any]) -> list[Key]:
        """Return keys in the order of the pass; those that are new to it come last, sorted by doubt."""
        present = list(keys)
        known = set(present)
        kept = [key for key in self._order if key in known]
        there = set(kept)
        self._order = kept + sorted((key for key in present if key not in there), key=doubt)
        return list(self._order)


class ReviewTable(QTableWidget):
    """A read-only table of which one row is selected.

    Attributes
    ----------
    doubtful : QColor
        Of text on what is doubtful, in rows that are shown from now on.
    """

    def __init__(self, headers: list[str], height: int) -> None:
        super().__init__(0, len(headers))
        self.doubtful = ON_LIGHT
        self.setHorizontalHeaderLabels(headers)
        self.verticalHeader().setVisible(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(height)

    @property
    def chosen_row(self) -> int | None:
        """The selected row; None if there is none."""
        return next((index.row() for index in self.selectedIndexes()), None)

    def choose(self, row: int) -> None:
        """Select a row and no other one."""
        choose_row(self, row)

    def percent(self, value: float | None) -> QTableWidgetItem:
        """Return a share as a cell; one below a half is coloured as doubtful."""
        item = QTableWidgetItem("" if value is None else f"{value:.0%}")
        if value is not None and value < 0.5:
            item.setForeground(self.doubtful)
        return item

    def _write(self, rows: Sequence[Iterable[QTableWidgetItem]]) -> None:
        """Replace all rows, and fit the columns once instead of after every cell."""
        self.setRowCount(len(rows))
        for row, items in enumerate(rows):
            for column, item in enumerate(items):
                self.setItem(row, column, item)
        for column in range(1, self.columnCount()):
            self.resizeColumnToContents(column)


class SpecimenTable(ReviewTable):
    """Specimens with their status and their least certain landmark's confidence."""

    def __init__(self) -> None:
        super().__init__(["Specimen", "Status", "Least sure"], height=110)
        self.setToolTip("The least certain come first; the references last.")

    def show_specimens(
        self,
        line: Sequence[Specimen],
        least: Mapping[int, float],
        lost: Collection[int],
        current: int | None,
    ) -> None:
        """Show specimens in a given order and select the current one.

        Parameters
        ----------
        line : sequence of Specimen
            In the order of review.
        least : mapping of int to float
            The minimum confidence of each specimen that has one, by its number.
        lost : collection of int
            The specimens that were probably not found.
        current : int or None
            The specimen that is shown.
        """
        blocker = QSignalBlocker(self)
        self._write([self._row(one, least.get(one.id), one.id in lost) for one in line])
        for row, one in enumerate(line):
            if current == one.id:
                self.choose(row)
        blocker.unblock()

    def _row(self, one: Specimen, least: float | None, lost: bool) -> tuple[QTableWidgetItem, ...]:
        name = QTableWidgetItem(one.name)
        name.setData(Qt.ItemDataRole.UserRole, one.id)
        name.setToolTip(one.reason or str(one.path or "an image layer"))
        text = status_of_specimen(one)
        status = QTableWidgetItem(text + (", not the specimen?" if lost else ""))
        if lost:
            status.setForeground(self.doubtful)
            status.setToolTip("What surrounds its landmarks is unlike the references.")
        return name, status, self.percent(least)

    def chosen(self) -> int | None:
        """Return the specimen whose row is selected."""
        row = self.chosen_row
        return None if row is None else self.item(row, 0).data(Qt.ItemDataRole.UserRole)


class LandmarkTable(ReviewTable):
    """Landmarks of one specimen with status, confidence and expected error."""

    def __init__(self) -> None:
        super().__init__(["Landmark", "Status", "Confidence", "± px"], height=120)
        self.setToolTip("Of the specimen that is shown; the least certain come first.")
        self.order = PassOrder[str]()

    def show_landmarks(
        self, colours: Mapping[str, str], placements: Mapping[str, Placement]
    ) -> None:
        """Show landmarks, the most uncertain first in each pass; the selected one stays selected.

        Parameters
        ----------
        colours : mapping of str to str
            The landmarks in their order, and their colours.
        placements : mapping of str to Placement
            Those of the specimen that is shown.
        """
        chosen = self.chosen()
        order = self.order.arrange(colours, lambda name: -_doubt(placements.get(name)))
        blocker = QSignalBlocker(self)
        self._write([self._row(name, colours[name], placements.get(name)) for name in order])
        self.clearSelection()
        if chosen in order:
            self.choose(order.index(chosen))
        blocker.unblock()

    def _row(
        self, name: str, colour: str, placed: Placement | None
    ) -> tuple[QTableWidgetItem, ...]:
        error = placed.expected_error if placed else None
        radius = placed.error_radius if placed else None
        cell = QTableWidgetItem("" if error is None else f"{error:.1f}")
        if radius is not None:
            cell.setToolTip(
                f"Nine of ten are at most {radius:.1f} px off, by what you decided so far."
            )
        elif error is not None:
            cell.setToolTip(
                "A guess; correct or accept a few specimens to learn how far off they are."
            )
        return (
            QTableWidgetItem(swatch(colour), name),
            QTableWidgetItem(_status(placed)),
            self.percent(placed.confidence if placed else None),
            cell,
        )

    def names(self) -> list[str]:
        """Return the landmarks from above."""
        return [self.item(row, 0).text() for row in range(self.rowCount())]

    def chosen(self) -> str | None:
        """Return the landmark whose row is selected."""
        row = self.chosen_row
        return None if row is None else self.item(row, 0).text()


def place_in_line(one: Specimen, least: Mapping[int, float]) -> tuple[int, float, str]:
    """Return what specimens are sorted by for review: the least certain first, references last."""
    place = REFERENCE if one.reference else PLACE_IN_LINE.get(one.status, 0)
    return place, least.get(one.id, 1.0), one.name


def _status(placed: Placement | None) -> str:
    if placed is None:
        return status_of_landmark(None)
    return status_of_landmark(placed) + (", missing?" if placed.probably_missing else "")


def _doubt(placed: Placement | None) -> float:
    """Return the priority of a landmark in the review: undecided and uncertain ones first."""
    if placed is None:
        return 2.0
    if placed.status is PlacementStatus.PREDICTED:
        return 1.001 - (placed.confidence or 0.0)
    return 0.0
