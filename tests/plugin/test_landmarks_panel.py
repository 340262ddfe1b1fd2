"""Naming and placing landmarks, in a real window by mouse and keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog, QFileDialog, QInputDialog

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import LandmarkDefinition


def names(dock: HomologWidget) -> list[str]:
    table = dock.landmarks.table
    return [table.item(row, 0).text() for row in range(table.rowCount())]


def states(dock: HomologWidget) -> list[str]:
    table = dock.landmarks.table
    return [table.item(row, 1).text() for row in range(table.rowCount())]


def add(dock: HomologWidget, click: Any, monkeypatch: pytest.MonkeyPatch, *given: str) -> None:
    for name in given:
        monkeypatch.setattr(
            QInputDialog, "getMultiLineText", lambda *a, name=name, **k: (name, True)
        )
        click(dock.landmarks.list.add_button)


def test_landmarks_are_placed_one_after_the_other(
    viewer: napari.Viewer, dock: HomologWidget, click: Any, click_canvas: Any, monkeypatch: Any
) -> None:
    viewer.add_image(np.zeros((100, 140), np.uint8), name="wing")
    add(dock, click, monkeypatch, "tip", "base")
    click(dock.landmarks.place_button)
    assert "<b>tip</b> (1 of 2)" in dock.landmarks.next_label.text()
    click_canvas((30, 40))
    assert "<b>base</b> (2 of 2)" in dock.landmarks.next_label.text()
    click_canvas((60, 110))
    assert not dock.landmarks.place_button.isChecked(), "all are placed"
    assert states(dock) == ["placed", "placed"]
    marks = dock.session.project.landmarks_of(1)
    np.testing.assert_allclose(marks.points, [(30, 40), (60, 110)], atol=1)
    layer = viewer.layers["wing landmarks"]
    assert list(layer.features["name"]) == ["tip", "base"]
    assert layer.mode == "select"


def test_without_a_list_points_are_numbered_as_they_come(
    viewer: napari.Viewer, dock: HomologWidget, click: Any, click_canvas: Any
) -> None:
    viewer.add_image(np.zeros((100, 140), np.uint8), name="wing", scale=(2, 2), translate=(5, 7))
    click(dock.landmarks.place_button)
    assert dock.landmarks.place_button.isChecked()
    assert dock.landmarks.next_label.text() == "Click on the first landmark."
    for place in ((25, 47), (65, 107)):
        click_canvas(place)
    click(dock.landmarks.place_button)
    assert not dock.landmarks.place_button.isChecked()
    assert str(viewer.layers["wing landmarks"].mode) == "select"
    assert names(dock) == ["1", "2"]
    np.testing.assert_allclose(
        dock.session.project.landmarks_of(1).points, [(10, 20), (30, 50)], atol=1
    )


def test_a_point_is_dragged_deleted_and_undone(
    viewer: napari.Viewer, ready: HomologWidget, drag_canvas: Any, click: Any, qtbot: Any
) -> None:
    project = ready.session.project
    before = project.landmarks_of(1)["eye"].copy()
    layer = viewer.layers["fish 1 landmarks"]
    layer.mode = "select"
    drag_canvas(tuple(before), tuple(before + (20, 15)))
    np.testing.assert_allclose(project.landmarks_of(1)["eye"], before + (20, 15), atol=1.5)
    layer.selected_data = {list(layer.features["name"]).index("eye")}
    layer.remove_selected()
    qtbot.wait(20)
    assert states(ready) == ["placed", "not placed", "placed"]
    click(ready.project_bar.undo_button)
    assert states(ready) == ["placed"] * 3
    click(ready.project_bar.undo_button)
    np.testing.assert_allclose(project.landmarks_of(1)["eye"], before)
    np.testing.assert_allclose(layer.data[1], before)
    click(ready.project_bar.redo_button)
    np.testing.assert_allclose(layer.data[1], before + (20, 15), atol=1.5)


def test_a_point_dropped_outside_comes_to_the_edge(
    viewer: napari.Viewer, ready: HomologWidget, drag_canvas: Any
) -> None:
    before = tuple(ready.session.project.landmarks_of(1)["snout"])
    viewer.layers["fish 1 landmarks"].mode = "select"
    drag_canvas(before, (before[0], -6))
    row, col = ready.session.project.landmarks_of(1)["snout"]
    np.testing.assert_allclose((row, col), (before[0], 0), atol=1.5)
    assert col == 0


def test_points_are_taken_over_with_and_without_names(
    viewer: napari.Viewer, dock: HomologWidget, click: Any
) -> None:
    viewer.add_image(np.zeros((50, 60)), name="leaf")
    viewer.add_points([(10, 20), (30, 40)], name="clicked")
    click(dock.landmarks.take_button)
    assert names(dock) == ["1", "2"]
    assert not viewer.layers["clicked"].visible
    np.testing.assert_allclose(viewer.layers["leaf landmarks"].data, [(10, 20), (30, 40)])
    assert dock.session.project.specimen(1).reference


def test_the_list_is_edited(
    dock: HomologWidget, click: Any, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    add(dock, click, monkeypatch, "tip", "base", "eye")
    table = dock.landmarks.table
    table.item(0, 0).setText("apex")
    assert names(dock) == ["apex", "base", "eye"]
    table.selectRow(2)
    click(dock.landmarks.list.up_button)
    assert names(dock) == ["apex", "eye", "base"]
    click(dock.landmarks.list.down_button)
    assert names(dock) == ["apex", "base", "eye"]
    monkeypatch.setattr(QColorDialog, "getColor", lambda *a, **k: QColor("#12ab34"))
    table.selectRow(1)
    click(dock.landmarks.list.colour_button)
    assert dock.session.project.landmarks[1] == LandmarkDefinition("base", "#12ab34")
    table.selectRow(0)
    click(dock.landmarks.list.remove_button)
    assert names(dock) == ["base", "eye"]
    for _ in range(5):
        click(dock.project_bar.undo_button)
    assert names(dock) == ["tip", "base", "eye"]


def test_a_name_that_is_taken_is_refused(
    dock: HomologWidget, click: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(dock, click, monkeypatch, "tip", "tip")
    assert names(dock) == ["tip"]
    assert "'tip'" in dock.bar.message.text()


def test_templates_go_to_a_file_and_come_back(
    dock: HomologWidget, click: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add(dock, click, monkeypatch, "tip", "base")
    path = tmp_path / "wing"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
    dock.landmarks.files.save_action.trigger()
    saved = tmp_path / "wing.landmarks.json"
    assert [one["name"] for one in json.loads(saved.read_text())["landmarks"]] == ["tip", "base"]
    dock.landmarks.table.selectRow(0)
    click(dock.landmarks.list.remove_button)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(saved), ""))
    dock.landmarks.files.load_action.trigger()
    assert names(dock) == ["tip", "base"]
    saved.write_text("{}")
    dock.landmarks.files.load_action.trigger()
    assert "no landmark template" in dock.bar.message.text()
    assert names(dock) == ["tip", "base"]


def test_landmarks_are_imported_from_tps(
    viewer: napari.Viewer, dock: HomologWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    viewer.add_image(np.zeros((50, 60)), name="b")
    file = tmp_path / "marks.tps"
    file.write_text(
        "LM=2\n1 2\n3 4\nIMAGE=a.png\nSCALE=0.1\nLM=2\n10 20\n30 40\nIMAGE=b.png\nSCALE=0.2\n"
    )
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    dock.landmarks.files.import_action.trigger()
    # The specimen of the image's own name; y counts upwards from the lower edge: row = 50 - y.
    np.testing.assert_allclose(dock.session.project.landmarks_of(1).points, [(30, 10), (10, 30)])
    assert dock.session.project.specimen(1).scale == 0.2
    file.write_text("LM=2\n1 2\n")
    dock.landmarks.files.import_action.trigger()
    assert "line" in dock.bar.message.text()


def test_landmarks_on_a_photograph_as_stored_are_turned_with_it(
    viewer: napari.Viewer, dock: HomologWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Case 04: orientation 6 is a quarter to the right; row 40, column 10 of 48 x 64 pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64), np.uint8))
    picture.save(tmp_path / "phone.png", exif=exif)
    file = tmp_path / "marks.tps"
    file.write_text("LM=1\n10 8\nIMAGE=phone.png\n")

    dock.project_bar.as_stored_action.trigger()
    dock.project_bar.open_digitised(file)
    project = dock.session.project
    assert project.landmarks_of(1)["1"].tolist() == [10, 7]

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    dock.landmarks.files.as_stored_action.trigger()
    file.write_text("LM=1\n20 8\nIMAGE=phone.png\n")
    dock.landmarks.files.import_action.trigger()
    assert project.landmarks_of(1)["1"].tolist() == [20, 7]


def test_a_file_of_other_images_is_not_imported(
    viewer: napari.Viewer, dock: HomologWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    viewer.add_image(np.zeros((50, 60)), name="c")
    file = tmp_path / "marks.tps"
    file.write_text("LM=2\n1 2\n3 4\nIMAGE=a.png\nLM=2\n10 20\n30 40\nIMAGE=b.png\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    dock.landmarks.files.import_action.trigger()
    assert not dock.session.project.landmarks
    told = dock.bar.message.text()
    assert all(word in told for word in ("a.png", "b.png", "c"))


@pytest.mark.parametrize(("what", "said"), [("stack", "stack"), ("outside", "outside")])
def test_what_is_wrong_is_said(
    viewer: napari.Viewer, dock: HomologWidget, click: Any, what: str, said: str
) -> None:
    if what == "stack":
        viewer.add_image(np.zeros((3, 40, 40)), name="stack")
    if what == "outside":
        viewer.add_image(np.zeros((40, 40)), name="image")
        viewer.add_points([[400, 20]], name="marks")
        click(dock.landmarks.take_button)
    else:
        click(dock.landmarks.place_button)
    assert said in dock.bar.message.text()
    assert dock.session.project.landmarks == ()
    assert not dock.landmarks.place_button.isChecked()


def test_keys_are_not_needed_but_delete_works(
    viewer: napari.Viewer, ready: HomologWidget, qtbot: Any
) -> None:
    layer = viewer.layers["fish 1 landmarks"]
    layer.selected_data = {2}
    viewer.window._qt_viewer.setFocus()
    qtbot.keyClick(viewer.window._qt_viewer, Qt.Key.Key_Delete)
    qtbot.wait(30)
    assert states(ready) == ["placed", "placed", "not placed"]
