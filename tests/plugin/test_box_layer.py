"""Boxes in a real window: drawn with the mouse, dragged, deleted, undone, several in a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from hands import canvas_of
from PIL import Image
from qtpy.QtCore import Qt

from napari_homolog.boxes import Box
from napari_homolog.plugin.dock import HomologWidget

SIZE = (200, 300)


def edges(box: Box | None) -> tuple[float, float, float, float]:
    assert box is not None
    return box.top, box.left, box.bottom, box.right


@pytest.fixture
def tray(dock: HomologWidget, tmp_path: Path, qtbot: Any) -> tuple[HomologWidget, int]:
    """A picture of a tray, shown by a double-click in the list."""
    rng = np.random.default_rng(0)
    path = tmp_path / "tray.png"
    Image.fromarray(rng.integers(0, 255, (*SIZE, 3), np.uint8)).save(path)
    dock.tabs.setCurrentWidget(dock.transfer)
    (number,) = dock.session.add_files([path])
    targets = dock.transfer.targets.items
    row = targets.visualItemRect(targets.item(0)).center()
    # A double-click reaches a list as a click before it.
    qtbot.mouseClick(targets.viewport(), Qt.MouseButton.LeftButton, pos=row)
    qtbot.mouseDClick(targets.viewport(), Qt.MouseButton.LeftButton, pos=row)
    current = dock.session.current
    assert current is not None
    assert current.specimen == number
    return dock, number


def test_boxes_are_drawn_by_the_mouse_and_further_ones_are_further_specimens(
    tray: tuple[HomologWidget, int], viewer: napari.Viewer, click: Any, drag_canvas: Any, qtbot: Any
) -> None:
    dock, first = tray
    project = dock.session.project
    click(dock.transfer.box_button)
    drag_canvas((40, 50), (120, 130))
    qtbot.wait(100)
    np.testing.assert_allclose(edges(project.specimen(first).box), (40, 50, 120, 130), atol=1.5)
    drag_canvas((60, 160), (150, 260))
    qtbot.wait(100)
    second = project.specimens()[1]
    np.testing.assert_allclose(edges(second.box), (60, 160, 150, 260), atol=1.5)
    assert second.path == project.specimen(first).path
    assert "another specimen" in dock.bar.message.text()
    assert dock.transfer.targets.items.count() == 2
    layer = dock.transfer.boxes.layer
    assert layer is not None
    assert list(layer.features["name"]) == ["tray", second.name]
    # The layer shows what the project has, also after it was drawn anew.
    dock.session.look_at(second.id)
    np.testing.assert_allclose(layer.data[1][0], edges(second.box)[:2], atol=1e-3)
    assert np.allclose(layer.edge_color[1], layer.edge_color[0]) is False


def test_a_box_is_dragged_deleted_and_undone(
    tray: tuple[HomologWidget, int], viewer: napari.Viewer, qtbot: Any
) -> None:
    dock, number = tray
    project, layer_of = dock.session.project, dock.transfer.boxes
    project.set_box(number, Box(40, 50, 120, 130))
    dock.session.specimens_changed.emit()
    layer = layer_of.layer
    assert layer is not None
    layer.data = [np.asarray(layer.data[0]) + (10, 20)]
    qtbot.wait(50)
    assert edges(project.specimen(number).box) == (50, 70, 130, 150)
    dock.session.undo()
    np.testing.assert_allclose(layer.data[0][0], (40, 50))
    viewer.layers.selection.active = layer
    layer.mode = "select"
    layer.selected_data = {0}
    canvas = canvas_of(viewer)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    qtbot.wait(50)
    assert project.specimen(number).box is None
    assert len(layer.data) == 0
    dock.session.undo()
    assert edges(project.specimen(number).box) == (40, 50, 120, 130)
    assert len(layer.data) == 1


def test_a_box_beside_the_picture_is_refused_in_one_sentence(
    tray: tuple[HomologWidget, int], click: Any, drag_canvas: Any, qtbot: Any
) -> None:
    dock, number = tray
    click(dock.transfer.box_button)
    drag_canvas((-60, -70), (-20, -30))
    qtbot.wait(100)
    assert dock.session.project.specimen(number).box is None
    assert "does not lie on its image" in dock.bar.message.text()
    layer = dock.transfer.boxes.layer
    assert layer is not None
    assert len(layer.data) == 0


def test_a_layer_without_a_file_holds_one_specimen(
    dock: HomologWidget, viewer: napari.Viewer, click: Any, drag_canvas: Any, qtbot: Any
) -> None:
    dock.tabs.setCurrentWidget(dock.transfer)
    click(dock.transfer.box_button)
    assert "Show a specimen first" in dock.bar.message.text()
    image = viewer.add_image(np.zeros((*SIZE, 3), np.uint8), name="plate", rgb=True)
    number = dock.session.specimen_of(image).id
    dock.session.look_at(number)
    click(dock.transfer.box_button)
    drag_canvas((40, 50), (120, 130))
    drag_canvas((60, 160), (150, 260))
    qtbot.wait(100)
    np.testing.assert_allclose(
        edges(dock.session.project.specimen(number).box), (40, 50, 120, 130), atol=1.5
    )
    assert len(dock.session.project.specimens()) == 1
    assert "save the picture as a file" in dock.bar.message.text()
