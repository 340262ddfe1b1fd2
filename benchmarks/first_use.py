"""How long a first use takes in the napari window: from sample data to a TPS file, by the mouse.

Opens the drawn butterflies, takes their landmarks over, learns, transfers to five specimens, drags one
landmark, accepts all, and exports, by clicks on the widgets (needs a screen or Xvfb). Waiting for
somebody who reads and thinks is not in the figures.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import napari
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

from napari_homolog import formats
from napari_homolog.plugin.dock import HomologWidget

PATIENCE = 600
LEFT = Qt.MouseButton.LeftButton


@contextmanager
def timed(figures: dict[str, float], what: str) -> Iterator[None]:
    """Note how long the block takes, and print it."""
    start = time.perf_counter()
    yield
    figures[what] = round(time.perf_counter() - start, 2)
    print(f"{what}: {figures[what]} s", flush=True)


def click(button: QWidget) -> None:
    """Click on a button that is to be seen."""
    QApplication.processEvents()
    if not (button.isVisible() and button.isEnabled()):
        raise RuntimeError(f"{button.text()!r} cannot be clicked.")
    QTest.mouseClick(button, LEFT)
    QApplication.processEvents()


def wait(condition: Callable[[], bool]) -> None:
    """Let the window live until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        QApplication.processEvents()
        time.sleep(0.01)


def show(dock: HomologWidget, panel: QWidget) -> None:
    """Click on a panel's tab."""
    tabs = dock.tabs.tabBar()
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(dock.tabs.indexOf(panel)).center())
    QApplication.processEvents()


def drag_selected_point(viewer: napari.Viewer, dock: HomologWidget) -> None:
    """Drag the selected landmark a few pixels, as a correction."""
    canvas = viewer.window._qt_viewer.canvas.native
    # The selected landmark stands in the middle of the view.
    start = QPoint(canvas.width() // 2, canvas.height() // 2)
    end = start + QPoint(24, 12)
    QTest.mouseMove(canvas, start)
    QTest.mousePress(canvas, LEFT, pos=start)
    for place in (start + QPoint(12, 6), end):
        # QTest's own moves have no button held.
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(canvas.mapToGlobal(place)),
            LEFT,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()
    QTest.mouseRelease(canvas, LEFT, pos=end)
    one = dock.session.current
    wait(lambda: any(p.status == "corrected" for p in one.placements().values()))


def main() -> None:
    """Work as a new user would, print and store."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    figures: dict[str, float] = {}
    begin = time.perf_counter()
    with timed(figures, "napari_opens"):
        viewer = napari.Viewer(show=True)
        QApplication.processEvents()
    with timed(figures, "sample_opens"):
        viewer.open_sample("napari-homolog", "butterflies")
    with timed(figures, "widget_opens"):
        _, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
        QApplication.processEvents()
    click(dock.landmarks.take_button)
    show(dock, dock.learn)
    with timed(figures, "learned"):
        click(dock.learn.learn_button)
        wait(lambda: not dock.bar.running)
    show(dock, dock.transfer)
    click(dock.transfer.layers_button)
    with timed(figures, "transferred_to_5"):
        click(dock.transfer.transfer_button)
        wait(lambda: not dock.bar.running)
    show(dock, dock.review)
    with timed(figures, "reviewed"):
        drag_selected_point(viewer, dock)
        for _ in range(5):
            click(dock.review.buttons["accept_all"])
    with tempfile.TemporaryDirectory() as folder, timed(figures, "exported"):
        out = Path(folder) / "butterflies.tps"
        with (
            patch.object(QFileDialog, "getSaveFileName", lambda *a, **k: (str(out), "")),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            click(dock.review.buttons["export"])
        found = formats.read_landmarks(out, image_size=(384, 480))
        figures["specimens_in_tps"] = len(found)
    counts = {str(key): count for key, count in dock.session.project.summary().items() if count}
    figures["seconds_in_all"] = round(time.perf_counter() - begin, 1)
    print(figures, counts)
    # Imports torch, which the window has to open without.
    from stored_results import store

    print(f"stored in {store('first_use', {**figures, 'specimens': counts})}")
    viewer.close()


if __name__ == "__main__":
    main()
