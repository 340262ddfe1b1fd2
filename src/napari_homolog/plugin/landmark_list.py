"""The list of landmarks: names, colours and order, and which are placed on the shown specimen."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QKeySequence
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QColorDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QShortcut,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..project import LandmarkDefinition
from .buttons import allow, tool_button
from .points_style import BY_HAND, colours_of
from .rows import choose_row, swatch
from .session import Session
from .wording import status_of_landmark

NAME, STATUS, MIRROR = range(3)

NONE_SELECTED = "Select a landmark in the list first."


class LandmarkList(QWidget):
    """A table of the project's landmarks, and the tools that change it.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._writing = False
        self._build()
        for signal in (session.landmarks_changed, session.project_changed, session.current_changed):
            signal.connect(self.refresh)
        session.placements_changed.connect(self._on_placements)
        session.picked.connect(self._on_picked)
        self.refresh()

    def _build(self) -> None:
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels(["Landmark", "Status", "Mirror image"])
        self.table.verticalHeader().setVisible(False)
        self.table.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setMinimumHeight(120)
        self.table.setToolTip(
            "Double-click a name to change it; select one to see it in the picture."
        )
        self.add_button = tool_button(
            "Add", "Add landmarks to the list; names can be pasted (Ctrl+V)."
        )
        self.remove_button = tool_button("Remove", "Remove the selected landmarks from the list.")
        self.up_button = tool_button("▲", "Move the selected landmark up.")
        self.down_button = tool_button("▼", "Move the selected landmark down.")
        self.colour_button = tool_button("Colour", "Choose the selected landmarks' colour.")
        self.tools = QHBoxLayout()
        for button in (
            self.add_button,
            self.remove_button,
            self.up_button,
            self.down_button,
            self.colour_button,
        ):
            self.tools.addWidget(button)
        self.tools.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table, 1)
        layout.addLayout(self.tools)
        self.add_button.clicked.connect(self._add)
        paste = QShortcut(QKeySequence.StandardKey.Paste, self.table)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self._paste)
        self.remove_button.clicked.connect(self._remove)
        self.up_button.clicked.connect(lambda: self._shift(-1))
        self.down_button.clicked.connect(lambda: self._shift(1))
        self.colour_button.clicked.connect(self._colour)
        self.table.itemChanged.connect(self._on_renamed)
        self.table.itemSelectionChanged.connect(self._on_selected)

    # What is shown

    def refresh(self) -> None:
        """Show the list and which landmarks are placed."""
        one = self._session.current
        placements = one.placements() if one is not None else {}
        partners = self._partners()
        self.table.setColumnHidden(MIRROR, not partners)
        colours = colours_of(self._session.project.landmarks)
        self._writing = True
        self.table.setRowCount(len(self._session.project.landmarks))
        for row, landmark in enumerate(self._session.project.landmarks):
            item = QTableWidgetItem(landmark.name)
            item.setData(Qt.ItemDataRole.UserRole, landmark.name)
            item.setIcon(swatch(colours[landmark.name]))
            item.setToolTip(landmark.note or "Double-click to rename.")
            self.table.setItem(row, NAME, item)
            placed = placements.get(landmark.name)
            # Without a specimen nothing can be said about its landmarks.
            status = QTableWidgetItem("" if one is None else status_of_landmark(placed))
            status.setFlags(status.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(row, STATUS, status)
            partner = QTableWidgetItem(partners.get(landmark.name, ""))
            partner.setFlags(status.flags())
            self.table.setItem(row, MIRROR, partner)
        self._writing = False
        self._allow_tools()

    def _partners(self) -> dict[str, str]:
        """Return with which landmark each one changes places in a mirror image."""
        pairs = self._session.project.symmetric_pairs or ()
        return {one: other for pair in pairs for one, other in (pair, pair[::-1])}

    def _allow_tools(self) -> None:
        """Let the tools be used that can do something with what is selected."""
        rows = self._rows()
        none = "" if rows else NONE_SELECTED
        one = "" if len(rows) == 1 else "Select one landmark in the list first."
        allow(self.remove_button, none)
        allow(self.colour_button, none)
        first, last = rows == [0], rows == [self.table.rowCount() - 1]
        allow(self.up_button, one or ("It is the first one." if first else ""))
        allow(self.down_button, one or ("It is the last one." if last else ""))

    def _on_placements(self, specimen: int) -> None:
        one = self._session.current
        if one is not None and one.specimen == specimen:
            self.refresh()

    # What is selected

    def _rows(self) -> list[int]:
        return sorted({index.row() for index in self.table.selectedIndexes()})

    def selected(self) -> list[str]:
        """Return the names of the landmarks that are selected, in their order."""
        return [self.table.item(row, NAME).data(Qt.ItemDataRole.UserRole) for row in self._rows()]

    def _on_selected(self) -> None:
        chosen, one = self.selected(), self._session.current
        self._allow_tools()
        if one is not None and len(chosen) == 1 and not self._writing:
            one.select(chosen[0])
            place = one.place_of(chosen[0])
            if place is not None:
                self._session.camera.centre(place)

    def _on_picked(self, specimen: int, names: list[str]) -> None:
        """Select the row of the landmark that was picked in the picture."""
        one = self._session.current
        if one is None or one.specimen != specimen:
            return
        listed = [landmark.name for landmark in self._session.project.landmarks]
        self._writing = True
        self.table.clearSelection()
        if len(names) == 1:
            choose_row(self.table, listed.index(names[0]))
        self._writing = False

    # Changes

    def define(self, names: list[str] | tuple[str, ...]) -> None:
        """Add names that are not in the list yet."""
        known = list(self._session.project.landmarks)
        there = {one.name for one in known}
        known += [LandmarkDefinition(name) for name in names if name not in there]
        self._session.project.set_landmarks(known)

    def replace(self, landmarks: list[LandmarkDefinition]) -> None:
        """Replace the list."""
        self._session.project.set_landmarks(landmarks)
        self._session.refresh()

    def _add(self) -> None:
        text, agreed = QInputDialog.getMultiLineText(self, "New landmarks", "Names, one in a line")
        if agreed:
            self.add_names(text)

    def _paste(self) -> None:
        clipboard = QApplication.clipboard()
        self.add_names("" if clipboard is None else clipboard.text())

    def add_names(self, text: str) -> None:
        """Add landmarks to the list; those that are in it already are left out.

        Parameters
        ----------
        text : str
            Names, one in a line, or in the cells of a spreadsheet.
        """
        names = [name.strip() for line in text.splitlines() for name in line.split("\t")]
        there = {one.name for one in self._session.project.landmarks}
        new = [name for name in dict.fromkeys(names) if name and name not in there]
        if not new:
            known = ", ".join(repr(name) for name in dict.fromkeys(names) if name)
            told = f"{known} in the list already" if known else "There is no name"
            self._session.message.emit(f"{told}; write or paste new names, one in a line.")
            return
        try:
            self.replace([*self._session.project.landmarks, *map(LandmarkDefinition, new)])
        except HomologError as error:
            self._session.message.emit(str(error))

    def _remove(self) -> None:
        gone = set(self.selected())
        if gone:
            self.replace([one for one in self._session.project.landmarks if one.name not in gone])

    def _shift(self, by: int) -> None:
        chosen, order = self.selected(), list(self._session.project.landmarks)
        if len(chosen) != 1:
            return
        place = next(i for i, one in enumerate(order) if one.name == chosen[0])
        if 0 <= place + by < len(order):
            order.insert(place + by, order.pop(place))
            self.replace(order)
            choose_row(self.table, place + by)

    def _colour(self) -> None:
        chosen = set(self.selected())
        if not chosen:
            return
        colour = QColorDialog.getColor(QColor(BY_HAND), self, "Colour")
        if colour.isValid():
            self.replace(
                [
                    LandmarkDefinition(one.name, colour.name(), one.note)
                    if one.name in chosen
                    else one
                    for one in self._session.project.landmarks
                ]
            )

    def _on_renamed(self, item: QTableWidgetItem) -> None:
        if self._writing or item.column() != NAME:
            return
        old, new = item.data(Qt.ItemDataRole.UserRole), item.text().strip()
        self._session.attempt(partial(self._session.project.rename_landmark, old, new))
