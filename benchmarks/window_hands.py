"""Hands that work a real window by mouse and keys, and count what they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from unittest.mock import patch

import napari
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog, QTabWidget, QWidget

PATIENCE = 1200
"""Seconds to wait for whatever runs."""

LEFT = Qt.MouseButton.LeftButton


class Hands:
    """Mouse and keyboard.

    Attributes
    ----------
    clicks, keys, drags : int
        What was done so far; choosing a file in a dialog counts as a click.
    """

    def __init__(self) -> None:
        self.clicks = self.keys = self.drags = 0

    @property
    def actions(self) -> int:
        """Everything that was done."""
        return self.clicks + self.keys + self.drags

    def click(self, button: QWidget, place: QPoint | None = None) -> None:
        """Click on something that is to be seen."""
        let_live()
        if not (button.isVisible() and button.isEnabled()):
            raise RuntimeError(f"{button.objectName() or button} cannot be clicked.")
        QTest.mouseClick(button, LEFT, pos=button.rect().center() if place is None else place)
        self.clicks += 1
        let_live()

    def double_click(self, widget: QWidget, place: QPoint) -> None:
        """Double-click somewhere in a widget."""
        QTest.mouseClick(widget, LEFT, pos=place)
        QTest.mouseDClick(widget, LEFT, pos=place)
        self.clicks += 1
        let_live()

    def show_tab(self, tabs: QTabWidget, panel: QWidget) -> None:
        """Click on a panel's tab."""
        bar = tabs.tabBar()
        self.click(bar, bar.tabRect(tabs.indexOf(panel)).center())

    def choose(self, button: QWidget, dialog: str, answer: object) -> None:
        """Click on a button and answer the file dialog that it opens."""
        with patch.object(QFileDialog, dialog, lambda *a, **k: answer):
            self.click(button)
        self.clicks += 1

    def press(self, widget: QWidget, key: Qt.Key) -> None:
        """Press a key over a widget."""
        widget.window().activateWindow()
        widget.setFocus()
        let_live()
        QTest.keyClick(widget, key)
        self.keys += 1
        let_live()

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        """Drag with the left button from one place in a widget to another."""
        QTest.mouseMove(widget, start)
        QTest.mousePress(widget, LEFT, pos=start)
        for share in (0.3, 0.7, 1.0):
            # QTest's own moves have no button held.
            step = start + (end - start) * share
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                QPointF(step),
                QPointF(widget.mapToGlobal(step)),
                LEFT,
                LEFT,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(widget, event)
            let_live()
        QTest.mouseRelease(widget, LEFT, pos=end)
        self.drags += 1
        let_live()


def let_live() -> None:
    """Let the window handle what happened."""
    QApplication.processEvents()


def wait(condition: Callable[[], bool], *, at_least: float = 0.0) -> None:
    """Let the window live until a condition holds."""
    start = time.monotonic()
    while not condition() or time.monotonic() - start < at_least:
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError
        let_live()
        time.sleep(0.01)


def canvas_of(viewer: napari.Viewer) -> QWidget:
    """Return the widget that shows the picture."""
    canvas: QWidget = viewer.window._qt_viewer.canvas.native
    return canvas
