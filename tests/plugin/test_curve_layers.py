"""Curves in a real window: drawn, located on another specimen, corrected, undone."""

from __future__ import annotations

from typing import Any

import napari
import numpy as np
from hands import PATIENCE, SIZE, canvas_of
from qtpy.QtCore import Qt

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import draw_and_define

ENDS = {"west": (60.0, 30.0), "east": (60.0, 130.0), "south": (100.0, 80.0)}


def hill(height: float) -> np.ndarray:
    cols = np.linspace(30, 130, 12)
    return np.stack([60 - height * np.sin(np.pi * (cols - 30) / 100), cols], axis=1)


def show_hill(viewer: napari.Viewer, name: str, height: float) -> Any:
    rows, cols = np.mgrid[: SIZE[0], : SIZE[1]]
    top = 60 - height * np.sin(np.pi * (np.clip(cols, 30, 130) - 30) / 100)
    picture = np.where((rows > top)[..., None], (210, 150, 60), (40, 60, 120)).astype(np.uint8)
    return viewer.add_image(picture, name=name, rgb=True)


def marked_hill(dock: HomologWidget, viewer: napari.Viewer) -> int:
    """Show a hill whose ends are placed; return the specimen's number."""
    specimen = dock.session.specimen_of(show_hill(viewer, "hill", 8.0)).id
    dock.session.project.set_landmarks(ENDS)
    dock.session.project.place_many(specimen, ENDS)
    return specimen


def test_a_path_drawn_on_one_specimen_is_located_on_another_and_corrected(
    dock: HomologWidget, viewer: napari.Viewer, click: Any, qtbot: Any, click_canvas: Any
) -> None:
    session, project = dock.session, dock.session.project
    layers = [show_hill(viewer, f"hill {n}", height) for n, height in enumerate((8.0, 16.0))]
    first, second = (session.specimen_of(layer).id for layer in layers)
    project.set_landmarks(ENDS)
    for specimen in (first, second):
        project.place_many(specimen, ENDS)
    session.look_at(first)
    dock.curves.count.setValue(9)
    click(dock.curves.draw_button)
    for place in hill(8.0)[:-1]:
        click_canvas(tuple(place))
    click_canvas(tuple(hill(8.0)[-1]))
    # napari drops the vertex that follows the mouse when a path is ended.
    click_canvas((90.0, 140.0))
    qtbot.keyClick(canvas_of(viewer), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(project.curve_definitions), timeout=PATIENCE)
    assert project.curve_definitions[0].anchors == ("west", "east")
    assert project.curve_definitions[0].semilandmarks == 9
    draw_and_define(project, first, {"leg": np.array([(60, 30), (80, 55), (100, 80)])}, 4)
    click(dock.curves.locate_button)
    qtbot.waitUntil(lambda: not dock.curves.running, timeout=PATIENCE)
    qtbot.wait(50)
    located = project.series_curves(second)["curve 1"]
    assert located.located
    assert abs(located.points[:, 0].min() - 44) < 1.5

    session.look_at(second)
    paths = dock.curves.layers.layer
    assert paths is not None
    assert [path.shape for path in paths.data] == [(11, 2), (6, 2)]
    moved = paths.data[0].copy()
    moved[5] -= [6, 0]
    paths.data = [moved, paths.data[1]]
    qtbot.wait(50)
    assert not project.series_curves(second)["curve 1"].located
    assert project.series_curves(second)["leg"].located
    session.undo()
    assert project.series_curves(second)["curve 1"].located
    np.testing.assert_allclose(paths.data[0][5], moved[5] + [6, 0])
    session.look_at(first)
    assert abs(paths.data[0][:, 0].min() - 52) < 1.0


def test_a_path_that_ends_at_no_landmark_is_refused_in_one_sentence(
    dock: HomologWidget, viewer: napari.Viewer, qtbot: Any
) -> None:
    session, project = dock.session, dock.session.project
    specimen = marked_hill(dock, viewer)
    session.look_at(specimen)
    dock.curves.layers.draw()
    paths = dock.curves.layers.layer
    assert paths is not None
    paths.add_paths(hill(8.0)[:-4])
    qtbot.wait(50)
    assert project.curve_definitions == ()
    assert "pixels from the next landmark" in dock.bar.message.text()
    assert len(paths.data) == 0
    eight = [ENDS["west"], (90.0, 80.0), (40.0, 80.0), (70.0, 40.0), ENDS["east"]]
    paths.add_paths(np.array(eight))
    qtbot.wait(50)
    assert project.curve_definitions == ()
    assert "crosses itself" in dock.bar.message.text()
    assert len(paths.data) == 0
    # One that crosses another one, or comes to cross it when it is corrected.
    paths.add_paths(hill(8.0))
    qtbot.wait(50)
    paths.add_paths(
        np.array([ENDS["south"], (70.0, 40.0), (45.0, 80.0), (70.0, 120.0), ENDS["east"]])
    )
    qtbot.wait(50)
    assert [one.name for one in project.curve_definitions] == ["curve 1"]
    assert "'curve 2' and 'curve 1' cross" in dock.bar.message.text()
    assert len(paths.data) == 1
    paths.add_paths(np.array([ENDS["south"], (80.0, 100.0), ENDS["east"]]))
    qtbot.wait(50)
    drawn = project.series_curves(specimen)["curve 2"].points
    moved = paths.data[1].copy()
    moved[8] = (40.0, 80.0)
    paths.data = [paths.data[0], moved]
    qtbot.wait(50)
    assert "cross" in dock.bar.message.text()
    np.testing.assert_allclose(project.series_curves(specimen)["curve 2"].points, drawn)


def test_a_curve_gets_more_points_or_is_removed_by_the_menu_and_comes_back(
    dock: HomologWidget, viewer: napari.Viewer, qtbot: Any
) -> None:
    session, project = dock.session, dock.session.project
    specimen = marked_hill(dock, viewer)
    session.refresh()
    assert not dock.curves.change_button.isEnabled()
    draw_and_define(project, specimen, {"ridge": hill(8.0)}, 9)
    session.refresh()
    session.look_at(specimen)
    paths = dock.curves.layers.layer
    assert paths is not None
    assert [len(path) for path in paths.data] == [11]

    def choose(entry: int) -> None:
        dock.curves.menu.aboutToShow.emit()
        (own,) = dock.curves.menu.actions()
        own.menu().actions()[entry].trigger()

    dock.curves.count.setValue(15)
    choose(0)
    assert [len(path) for path in paths.data] == [17]
    choose(1)
    assert len(paths.data) == 0
    assert not dock.curves.change_button.isEnabled()
    session.undo()
    assert [len(path) for path in paths.data] == [17]
    session.undo()
    assert [len(path) for path in paths.data] == [11]
