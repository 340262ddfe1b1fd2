"""Hands to work a real window, and what the tests of the plugin share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

import napari_homolog as nh
from napari_homolog.plugin.dock import HomologWidget

PATIENCE = 240_000
"""Milliseconds to wait for a worker."""

QUICK = nh.preset("fast").changed("quick", learn={"restarts": 2, "steps": 120, "windows": 2})
SIZE = (120, 160)
NAMES = ("snout", "eye", "dorsal fin peak")


def move(widget: Any, place: QPoint) -> None:
    """Send a move with the left button held, which qtbot's own move does not do."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    where = QPointF(place)
    everywhere = QPointF(widget.mapToGlobal(place))
    QApplication.sendEvent(
        widget, QMouseEvent(QEvent.Type.MouseMove, where, everywhere, left, left, none)
    )


def hover(widget: Any, place: QPoint) -> None:
    """Send a move with no button held; the real mouse may be over the window of another test."""
    none, unheld = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    everywhere = QPointF(widget.mapToGlobal(place))
    moved = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), everywhere, none, none, unheld)
    QApplication.sendEvent(widget, moved)


def focus(widget: Any, qtbot: Any) -> None:
    """Give a widget the keys; windows of tests beside this one ask for them, too."""

    def asked() -> bool:
        widget.window().activateWindow()
        widget.setFocus()
        return bool(widget.hasFocus())

    qtbot.waitUntil(asked, timeout=PATIENCE)


def seconds_until(done: Callable[[], bool], qtbot: Any) -> float:
    """Wait, and return the seconds that it took, or this process computed if that is less.

    On a busy machine the clock tells how much others compute.
    """
    before = time.perf_counter(), time.process_time()
    qtbot.waitUntil(done, timeout=PATIENCE)
    return min(time.perf_counter() - before[0], time.process_time() - before[1])


def canvas_of(viewer: napari.Viewer) -> Any:
    return viewer.window._qt_viewer.canvas.native


def on_canvas(viewer: napari.Viewer, place: tuple[float, float]) -> QPoint:
    camera, canvas = viewer.scene.camera, canvas_of(viewer)
    row, col = (np.array(place) - camera.center[-2:]) * camera.zoom
    return QPoint(round(canvas.width() / 2 + col), round(canvas.height() / 2 + row))


def finish(dock: HomologWidget, qtbot: Any) -> None:
    """Wait until nothing is running."""
    qtbot.waitUntil(lambda: not dock.bar.running, timeout=PATIENCE)
    qtbot.wait(20)
