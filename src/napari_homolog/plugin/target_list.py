"""The list of specimens to which landmarks are transferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..errors import HomologError
from ..project import SpecimenStatus
from .buttons import allow, tool_button
from .session import Session
from .wording import counted, status_of_specimen

if TYPE_CHECKING:
    from ..project import Specimen

ID = Qt.ItemDataRole.UserRole
"""Where an item of the list has its specimen's number."""

EMPTY = "There are no specimens yet."


class TargetList(QWidget):
    """The project's specimens without the references, each with a check box.

    Parameters
    ----------
    session : Session
        What the panels share.
    """

    checked_changed = Signal()
    """Other specimens are checked, or there are others."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._unchecked: set[int] = set()
        self._build()
        for signal in (session.specimens_changed, session.learned_changed):
            signal.connect(self.refresh)
        session.project_changed.connect(self._unchecked.clear)
        self.refresh()

    def _build(self) -> None:
        self.items = QListWidget()
        self.items.setToolTip(
            "Specimens on which the landmarks are to be located. Double-click one to see it."
        )
        self.items.setMinimumHeight(120)
        self.items.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.all_button = tool_button("All", "Check all specimens.")
        self.none_button = tool_button("None", "Check no specimen.")
        self.remove_button = tool_button(
            "Remove", "Remove the selected specimens from the project; Ctrl+Z brings them back."
        )
        self.count_label = QLabel()
        # It must not make the dock wider than 380 pixels.
        self.count_label.setWordWrap(True)
        self.tools = QHBoxLayout()
        self.tools.addWidget(self.count_label, 1)
        for button in (self.all_button, self.none_button, self.remove_button):
            self.tools.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.items, 1)
        layout.addLayout(self.tools)
        self.items.itemChanged.connect(self._on_checked)
        self.items.itemDoubleClicked.connect(self._show)
        self.items.itemSelectionChanged.connect(self._allow)
        self.all_button.clicked.connect(lambda: self._check_all(True))
        self.none_button.clicked.connect(lambda: self._check_all(False))
        self.remove_button.clicked.connect(self._remove)

    @property
    def specimens(self) -> list[Specimen]:
        """All specimens of the list."""
        return [one for one in self._session.project.specimens() if not one.reference]

    @property
    def checked(self) -> list[Specimen]:
        """The specimens that are checked."""
        return [one for one in self.specimens if one.id not in self._unchecked]

    def refresh(self) -> None:
        """List the specimens as they are in the project."""
        rows = self.specimens
        selected = {item.data(ID) for item in self.items.selectedItems()}
        self.items.blockSignals(True)
        self.items.clear()
        for row in rows:
            item = QListWidgetItem(f"{row.name}  —  {status_of_specimen(row)}", self.items)
            item.setData(ID, row.id)
            item.setToolTip(row.reason or str(row.path or "an image layer"))
            off = row.id in self._unchecked
            item.setCheckState(Qt.CheckState.Unchecked if off else Qt.CheckState.Checked)
            item.setSelected(row.id in selected)
        self.items.blockSignals(False)
        waiting = sum(row.status is SpecimenStatus.NEW for row in rows)
        told = f"{counted(len(rows), 'specimen')}, {waiting} new"
        self.count_label.setText(told if rows else "")
        self._allow()
        self.checked_changed.emit()

    def _allow(self) -> None:
        there = "" if self.items.count() else EMPTY
        allow(self.all_button, there)
        allow(self.none_button, there)
        selected = "" if self.items.selectedItems() else "Select specimens in the list first."
        allow(self.remove_button, there or selected)

    def _on_checked(self, item: QListWidgetItem) -> None:
        self._set_checked(item.data(ID), item.checkState() == Qt.CheckState.Checked)
        self.checked_changed.emit()

    def _set_checked(self, specimen: int, checked: bool) -> None:
        (self._unchecked.discard if checked else self._unchecked.add)(specimen)

    def _check_all(self, checked: bool) -> None:
        for row in self.specimens:
            self._set_checked(row.id, checked)
        self.refresh()

    def _remove(self) -> None:
        gone = [item.data(ID) for item in self.items.selectedItems()]
        for specimen in gone:
            self._session.project.remove_specimen(specimen)
        self._session.specimens_changed.emit()
        removed = counted(len(gone), "specimen")
        self._session.message.emit(f"Removed {removed}; the image files stay.")

    def _show(self, item: QListWidgetItem) -> None:
        try:
            self._session.look_at(item.data(ID))
        except HomologError as error:
            self._session.message.emit(str(error))
