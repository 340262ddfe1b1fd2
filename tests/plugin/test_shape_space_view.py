"""The shape space in the window of quality: dots that tell their specimens and open them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hands import NAMES, SIZE, hover
from matplotlib.colors import to_hex
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QColor

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.shape_space_view import POINT_AT
from napari_homolog.project.report.shapes_at_a_glance import shapes_at_a_glance
from napari_homolog.synthetic import generate


@pytest.fixture
def series(dock: HomologWidget, fish: list[Any]) -> HomologWidget:
    """Three open fish and eight drawn ones; on one of these two landmarks were exchanged."""
    session, names = dock.session, (*NAMES, "upper tail tip")
    project = session.project
    project.set_landmarks(names)
    for number, one in enumerate(fish, 1):
        specimen = session.specimen_of(session.viewer.layers[f"fish {number}"]).id
        project.place_many(specimen, {name: tuple(one.landmarks[name]) for name in names})
    for number in range(8):
        marks = generate("fish", 930 + number, SIZE).landmarks
        points = {name: tuple(marks[name]) for name in names}
        if number == 4:
            points["eye"], points["dorsal fin peak"] = points["dorsal fin peak"], points["eye"]
        project.place_many(project.add_picture(f"drawn {number}", SIZE), points)
    session.refresh()
    dock.tabs.setCurrentWidget(dock.review)
    return dock


def open_view(dock: HomologWidget, click: Any, qtbot: Any) -> Any:
    click(dock.review.buttons["quality"])
    window = dock.review._quality
    bar = window.tabs.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    qtbot.waitUntil(window.space.canvas.isVisible)
    qtbot.wait(100)
    return window.space


def place_of(view: Any, name: str) -> QPoint:
    """Return where the dot of a specimen is on the canvas, as Qt counts: y downwards."""
    x, y = view.dots.transData.transform(view._places[view.shapes.specimens.index(name)])
    ratio = view.canvas.devicePixelRatioF()
    return QPoint(round(x / ratio), round(view.canvas.height() - y / ratio))


def test_a_dot_tells_its_specimen_and_opens_it(
    series: HomologWidget, click: Any, qtbot: Any
) -> None:
    view = open_view(series, click, qtbot)
    assert view.shapes.unusual[0][0] == "drawn 4"
    assert "Unusual shapes: drawn 4" in view.summary.text()
    assert any(text.get_text() == "drawn 4" for text in view.dots.texts)
    hover(view.canvas, place_of(view, "fish 2"))
    qtbot.wait(20)
    assert view.pointed.text().startswith("fish 2: Procrustes distance to the mean 0.")
    corner = view.dots.transAxes.transform((0, 0))
    hover(view.canvas, QPoint(int(corner[0]) - 30, view.canvas.height() - 3))
    assert view.pointed.text() == POINT_AT
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=place_of(view, "fish 3"))
    assert series.session.current is not None
    assert series.session.current.name == "fish 3"
    # The same numbers as in the report.
    expected = shapes_at_a_glance(series.session.project).space
    assert expected is not None
    np.testing.assert_allclose(view._places, expected.scores[:, :2])
    # Both ends of two axes beside the dots.
    assert len(view.figure.axes) == 5
    series.review._quality.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_shape_space_has_the_colours_of_the_theme(
    series: HomologWidget, click: Any, qtbot: Any, theme: str
) -> None:
    series.session.viewer.theme = theme
    view = open_view(series, click, qtbot)
    ground = QColor(to_hex(view.figure.get_facecolor()))
    assert (ground.lightnessF() < 0.5) == (theme == "dark")
    for axis in view.figure.axes:
        assert to_hex(axis.get_facecolor()) == ground.name()
        title = QColor(to_hex(axis.title.get_color()))
        assert (title.lightnessF() > 0.5) == (theme == "dark")
    series.review._quality.close()


def test_too_few_specimens_are_told_in_place_of_a_plot(
    dock: HomologWidget, click: Any, qtbot: Any
) -> None:
    project = dock.session.project
    project.set_landmarks(NAMES)
    for number in range(2):
        marks = generate("fish", 930 + number, SIZE).landmarks
        points = {name: tuple(marks[name]) for name in NAMES}
        project.place_many(project.add_picture(f"drawn {number}", SIZE), points)
    dock.session.refresh()
    dock.tabs.setCurrentWidget(dock.review)
    click(dock.review.buttons["quality"])
    view = dock.review._quality.space
    assert "principal components need 3" in view.summary.text()
    assert view.canvas.isHidden()
    dock.review._quality.close()
