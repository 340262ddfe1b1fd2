"""Rows of tables."""

from __future__ import annotations

from qtpy.QtCore import QItemSelectionModel
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import QTableWidget


def choose_row(table: QTableWidget, row: int) -> None:
    """Select a row of a table and no other one, whichever keys are held.

    Qt's own `selectRow` adds the row to the selection while Ctrl is down, as after Ctrl+Z.
    """
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().setCurrentIndex(
        table.model().index(row, 0), flags.ClearAndSelect | flags.Rows
    )


def swatch(colour: str) -> QIcon:
    """Return a small square of a colour."""
    picture = QPixmap(12, 12)
    picture.fill(QColor(colour))
    return QIcon(picture)
