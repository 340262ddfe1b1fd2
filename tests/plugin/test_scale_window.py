"""Scales measured in a real window: two clicks, the ticks of a ruler, two landmarks; undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from hands import canvas_of
from PIL import Image
from qtpy.QtCore import Qt

from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import ScaleSource

SHAPE = (200, 300)
PERIOD = 6.4
"""Pixels from tick to tick."""


def ruler(offset: float = 0.0) -> np.ndarray:
    """A bright ruler with dark ticks in rows 80 to 120."""
    cols = np.arange(SHAPE[1]) - offset
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * cols / PERIOD)
    picture = np.full(SHAPE, 90.0)
    picture[80:120] = 220 - 160 * wave**4
    return np.repeat(picture.astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture
def rulers(dock: HomologWidget, tmp_path: Path) -> HomologWidget:
    """Three pictures with a ruler, and a fourth without."""
    for number in range(4):
        picture = ruler(number) if number < 3 else np.full((*SHAPE, 3), 90, np.uint8)
        Image.fromarray(picture).save(tmp_path / f"shell_{number}.png")
    dock.session.add_files(sorted(tmp_path.glob("shell_*.png")))
    dock.session.look_at(1)
    return dock


def open_scale(dock: HomologWidget, qtbot: Any) -> Any:
    dock.project_bar.scale_action.trigger()
    window = dock.project_bar.scale
    qtbot.waitUntil(window.isVisible)
    window.move(0, 500)
    return window


def write(qtbot: Any, field: Any, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)


def test_a_line_of_known_length_gives_a_scale_that_can_be_undone(
    rulers: HomologWidget, viewer: napari.Viewer, click: Any, qtbot: Any, click_canvas: Any
) -> None:
    session, project = rulers.session, rulers.session.project
    window = open_scale(rulers, qtbot)
    assert "shell_0: not known" in window.present.text()
    assert not window.forget_button.isEnabled()
    write(qtbot, window.length, "0")
    click(window.draw_button)
    click_canvas((50, 40))
    assert rulers.bar.message.text() == "Click at the other end."
    click_canvas((50, 240))
    qtbot.waitUntil(lambda: "known length cannot be 0" in rulers.bar.message.text())
    assert project.scale_of(1) is None
    assert not len(window.line.layer.data)
    write(qtbot, window.length, "10")
    click_canvas((50, 40))
    click_canvas((50, 240))
    qtbot.waitUntil(lambda: project.scale_of(1) is not None)
    scale = project.scale_of(1)
    assert scale.value == pytest.approx(0.05, rel=0.005)
    assert (scale.unit, scale.source) == ("mm", ScaleSource.POINTS)
    assert f"{scale.value:.4g} mm per pixel, two points" in window.present.text()
    session.undo()
    assert project.scale_of(1) is None
    assert "not known" in window.present.text()
    session.redo()
    # Drawing goes on on the next picture, until the button is pressed again.
    session.look_at(2)
    assert not len(window.line.layer.data)
    click_canvas((50, 40))
    click_canvas((50, 140))
    qtbot.waitUntil(lambda: project.scale_of(2) is not None)
    assert project.scale_of(2).value == pytest.approx(0.1, rel=0.01)
    click(window.draw_button)
    session.look_at(1)
    assert window.line.layer.mode == "pan_zoom"
    np.testing.assert_allclose(window.line.layer.data[0], [(50, 40), (50, 240)], atol=0.6)
    # An end that is dragged measures anew.
    moved = np.array([(50.0, 40.0), (50.0, 140.0)])
    window.line.layer.data = [moved]
    qtbot.waitUntil(lambda: project.scale_of(1).value == pytest.approx(0.1))
    # A key on the wrong layer forgets no scale; the button does.
    viewer.layers.selection.active = window.line.layer
    window.line.layer.mode = "select"
    window.line.layer.selected_data = {0}
    qtbot.keyClick(canvas_of(viewer), Qt.Key.Key_Delete)
    qtbot.wait(50)
    assert project.scale_of(1) is not None
    click(window.forget_button)
    assert project.scale_of(1) is None
    window.close()


def test_a_ruler_is_read_on_all_pictures_and_what_is_none_is_told(
    rulers: HomologWidget, click: Any, qtbot: Any, drag_canvas: Any
) -> None:
    project = rulers.session.project
    window = open_scale(rulers, qtbot)
    qtbot.keyClick(window.way, Qt.Key.Key_Down)
    click(window.everywhere)
    click(window.draw_button)
    drag_canvas((100, 30), (100, 260))
    qtbot.waitUntil(lambda: project.scale_of(3) is not None)
    for number in (1, 2, 3):
        scale = project.scale_of(number)
        assert scale.value == pytest.approx(1 / PERIOD, rel=0.01)
        assert scale.doubt is not None
        assert scale.doubt < 0.02
    assert project.scale_of(4) is None
    assert "Measured on 3 specimens. Not read: shell_3." in rulers.bar.message.text()
    assert "±" in window.present.text()
    window.close()


def test_scales_follow_from_two_landmarks(rulers: HomologWidget, click: Any, qtbot: Any) -> None:
    session, project = rulers.session, rulers.session.project
    window = open_scale(rulers, qtbot)
    for _ in range(2):
        qtbot.keyClick(window.way, Qt.Key.Key_Down)
    assert not window.set_button.isEnabled()
    ends = {"0 mm": (20.0, 10.0), "10 mm": (20.0, 210.0), "apex": (100.0, 100.0)}
    project.set_landmarks(ends)
    project.place_many(1, ends)
    session.refresh()
    window.second.setCurrentText("0 mm")
    click(window.set_button)
    assert "from '0 mm' to itself" in rulers.bar.message.text()
    window.second.setCurrentText("10 mm")
    write(qtbot, window.length, "10")
    click(window.set_button)
    assert project.scale_of(1).value == pytest.approx(0.05)
    assert project.shape_landmarks == ("apex",)
    click(window.forget_button)
    assert project.scale_bar is None
    session.undo()
    assert project.scale_bar is not None
    window.close()
