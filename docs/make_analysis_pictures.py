"""Makes the pictures of what follows the landmarks: ``python docs/make_analysis_pictures.py``.

It needs a screen or Xvfb, and works on synthetic fish beside a drawn ruler.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import napari
import numpy as np
from make_pictures import PICTURES, SIZES, let_live, save
from PIL import Image
from qtpy.QtCore import QItemSelectionModel
from qtpy.QtWidgets import QApplication, QWidget

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import Line
from napari_homolog.project.scale_import import measure_rulers, same_line
from napari_homolog.synthetic import generate

SIZE, COUNT = (300, 400), 12
PERIOD = 5.0
"""Pixels from tick to tick of the ruler."""

PAIR = ("upper tail tip", "lower tail tip")
"""Exchanged on one fish, and shown as a symmetric pair."""


def grab(name: str, widget: QWidget, screen: bool = False) -> None:
    """Store a picture of a widget, with what is before it on the screen if asked."""
    let_live(0.8)
    if screen:
        corner = widget.mapToGlobal(widget.rect().topLeft())
        whole = QApplication.primaryScreen().grabWindow(0)
        shown = whole.copy(corner.x(), corner.y(), widget.width(), widget.height())
    else:
        shown = widget.grab()
    path = PICTURES / f"{name}.png"
    shown.save(str(path))
    save(path, np.asarray(Image.open(path).convert("RGB")))


def with_ruler(picture: np.ndarray) -> np.ndarray:
    """Return a picture with a ruler along its lower edge, a tick of which is PERIOD pixels wide."""
    drawn = picture.copy()
    drawn[265:295, 20:380] = (235, 230, 215)
    for number, col in enumerate(np.arange(30, 372, PERIOD)):
        drawn[265 : 285 if number % 10 == 0 else 276, round(col) : round(col) + 2] = (30, 30, 30)
    return drawn


def prepare(dock: HomologWidget, folder: Path) -> None:
    """Fill the project with fish, their landmarks, columns and scales."""
    session, project = dock.session, dock.session.project
    for number in range(COUNT):
        fish = generate("fish", 960 + number, SIZE)
        path = folder / f"fish_{number + 1:02d}.png"
        Image.fromarray(with_ruler(fish.image)).save(path)
        if not number:
            project.set_landmarks(fish.landmarks.names)
        specimen = project.add_image(path)
        points = {name: tuple(fish.landmarks[name]) for name in fish.landmarks.names}
        if number == 4:
            points[PAIR[0]], points[PAIR[1]] = points[PAIR[1]], points[PAIR[0]]
        project.place_many(specimen, points)
        values = {"species": "minor" if number % 3 else "major", "side": "LR"[number % 2]}
        project.set_classifiers(specimen, values)
    project.mark_reference(1)
    lines = same_line(project.specimens()[1:], Line((270, 40), (270, 360)))
    measure_rulers(project, lines, 1, "mm")
    session.refresh()
    session.look_at(1)


def main() -> None:
    """Open a window with a project, and take its pictures."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(*SIZES[0])
    viewer.theme = "dark"
    _, dock = viewer.window.add_plugin_dock_widget("napari-homolog", "Homologous landmarks")
    with tempfile.TemporaryDirectory() as folder:
        prepare(dock, Path(folder))
        dock.project_bar.scale_action.trigger()
        scale = dock.project_bar.scale
        assert scale is not None
        scale.move(345, 60)
        scale.way.setCurrentIndex(1)
        scale.draw_button.setChecked(True)
        scale.line.layer.add_lines([np.array([(270.0, 40.0), (270.0, 360.0)])])
        let_live()
        grab("scale", viewer.window._qt_window, screen=True)
        scale.close()

        dock.session.project.set_mirrored([2, 4, 6, 8, 10, 12])
        dock.session.refresh()
        dock.project_bar.specimens_action.trigger()
        grab("specimens", dock.project_bar.specimens)
        dock.project_bar.specimens.close()

        table = dock.landmarks.list.table
        dock.session.project.set_symmetric_pairs([PAIR])
        dock.session.refresh()
        flags = QItemSelectionModel.SelectionFlag
        for row in (0, 1):
            table.selectionModel().select(table.model().index(row, 0), flags.Select | flags.Rows)
        grab("mirror-images", dock)

        dock.session.project.set_mirrored([])
        dock.tabs.setCurrentWidget(dock.review)
        dock.review.buttons["quality"].click()
        quality = dock.review._quality
        assert quality is not None
        quality.tabs.setCurrentIndex(1)
        grab("shape-space", quality)
        quality.close()

        dock.session.project.set_mirrored([2, 4])
        for number in range(1, 8):
            dock.session.project.accept(number)
        dock.review.buttons["export"].click()
        dialog = dock.review.export_dialog
        dialog.target.setCurrentIndex(1)
        grab("export", dialog)
        dialog.reject()
    viewer.close()


if __name__ == "__main__":
    main()
