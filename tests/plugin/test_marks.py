"""Landmarks can be seen on any ground: marks, names, colours, attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import napari
import numpy as np
import pytest
from hands import NAMES, PATIENCE, canvas_of, hover, on_canvas
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QImage
from skimage.color import rgb2lab

from napari_homolog.plugin.canvas_marks import Mark, place_names
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.legend import legend
from napari_homolog.plugin.points_style import MARK_SIZE, PALETTE, colours_of
from napari_homolog.project import LandmarkDefinition

MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
"""What linear RGB looks like to people who lack a kind of cones (Machado et al. 2009, table 1)."""


def rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def linear(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def gamma(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(colour <= 0.0031308, colour * 12.92, 1.055 * colour ** (1 / 2.4) - 0.055)


def seen(viewer: napari.Viewer, qtbot: Any) -> NDArray[np.uint8]:
    """The canvas as it is on the screen once nothing changes any more, shape (height, width, 3)."""
    pictures = [grabbed(viewer)]

    def still() -> bool:
        qtbot.wait(30)
        pictures.append(grabbed(viewer))
        return np.array_equal(*pictures[-2:])

    qtbot.waitUntil(still, timeout=PATIENCE)
    return pictures[-1]


def grabbed(viewer: napari.Viewer) -> NDArray[np.uint8]:
    image = canvas_of(viewer).grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = (
        np.frombuffer(image.constBits().asstring(image.sizeInBytes()), np.uint8)
        if hasattr(image.constBits(), "asstring")
        else np.frombuffer(image.constBits(), np.uint8)
    )
    rows = rows.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
    return rows.reshape(image.height(), image.width(), 3).copy()


@pytest.fixture
def place_on(
    viewer: napari.Viewer, dock: HomologWidget, click: Any, click_canvas: Any
) -> Callable[[int], None]:
    """A landmark by a click on the middle of a picture of one grey."""

    def place(grey: int) -> None:
        ground = np.full((200, 300, 3), grey, np.uint8)
        viewer.add_image(ground, name="ground", rgb=True)
        click(dock.landmarks.place_button)
        click_canvas((100, 150))
        click(dock.landmarks.place_button)
        assert len(dock.session.current.points.data) == 1
        dock.session.current.points.selected_data = set()

    return place


@pytest.mark.parametrize("grey", [255, 128, 0])
def test_a_mark_is_seen_on_any_ground_and_is_as_large_at_any_zoom(
    viewer: napari.Viewer, dock: HomologWidget, place_on: Any, qtbot: Any, grey: int
) -> None:
    place_on(grey)
    dock.session.switch_names()
    hover(canvas_of(viewer), QPoint(3, 3))
    for zoom in (1.5, 4.0, 11.0):
        viewer.scene.camera.zoom = zoom
        point = dock.session.current.points.data[0]
        viewer.scene.camera.center = (0.0, *map(float, point))
        picture = seen(viewer, qtbot)
        height, width = picture.shape[:2]
        around = picture[height // 2 - 30 : height // 2 + 30, width // 2 - 30 : width // 2 + 30]
        drawn = (np.abs(around.astype(int) - grey) > 60).any(2)
        rows, cols = np.nonzero(drawn)
        assert np.ptp(rows) + 1 == pytest.approx(MARK_SIZE + 3, abs=4)
        assert np.ptp(cols) + 1 == pytest.approx(MARK_SIZE + 3, abs=4)
        hollow = around[30 - 5, 30].astype(int)
        np.testing.assert_allclose(hollow, grey, atol=40, err_msg="what is judged is covered")
        coloured = np.abs(around / 255 - rgb(PALETTE[0])).max(2) < 0.15
        assert coloured.sum() > 40
        assert coloured[28:32, 28:32].any(), "a dot at the very place"
        # The size in the layer follows: napari finds the point under the mouse by it.
        assert dock.session.current.points.size[0] * zoom == pytest.approx(MARK_SIZE)


def test_a_point_is_picked_by_its_mark_at_any_zoom(
    viewer: napari.Viewer, dock: HomologWidget, place_on: Any, click_canvas: Any
) -> None:
    place_on(0)
    current = dock.session.current
    row, col = current.points.data[0]
    for zoom in (2.0, 12.0):
        viewer.scene.camera.zoom = zoom
        viewer.scene.camera.center = (0.0, float(row), float(col))
        click_canvas((row, col + 6 / zoom))
        assert current.selected() == ["1"]
        click_canvas((row, col + 30 / zoom))
        assert current.selected() == []


def test_names_have_light_letters_and_a_dark_outline(
    viewer: napari.Viewer, dock: HomologWidget, place_on: Any, qtbot: Any
) -> None:
    place_on(255)
    dock.session.project.rename_landmark("1", "anterior crossvein")
    dock.session.refresh()
    with_names = seen(viewer, qtbot)
    canvas = canvas_of(viewer)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_N)
    without = seen(viewer, qtbot)
    written = (with_names != without).any(2)
    assert written.sum() > 300
    assert (with_names[written].max(1) < 60).sum() > 100, "dark on the light ground"
    rows, cols = np.nonzero(written)
    inside = with_names[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    assert (inside.min(2) > 240).sum() > 50, "light letters"
    place = on_canvas(viewer, tuple(dock.session.current.points.data[0]))

    def is_named_by_pointing_at_it() -> bool:
        # Other windows come and go over this one, and the pointer leaves it.
        hover(canvas, place + QPoint(3, 2))
        assert dock.marks.overlay.pointed == "anterior crossvein"
        return bool((grabbed(viewer) != without).any(2)[written].all())

    qtbot.waitUntil(is_named_by_pointing_at_it, timeout=PATIENCE)
    hover(canvas, place + QPoint(80, 60))
    assert dock.marks.overlay.pointed is None
    np.testing.assert_array_equal(grabbed(viewer), without, err_msg="the name goes again")
    viewer.layers["ground landmarks"].visible = False
    assert dock.marks.marks() == ([], False)


def test_names_cover_neither_marks_nor_one_another() -> None:
    rng = np.random.default_rng(3)
    places = rng.uniform(60, 340, (40, 2))
    marks = [Mark(str(index), tuple(place), "white") for index, place in enumerate(places)]
    width, height = 50.0, 14.0
    found = place_names(marks, [(width, height)] * 40, {"7"}, (400, 400))
    assert "7" in found
    assert 5 < len(found) < 40, "those without room are left out"
    boxes = {name: np.array([x, y, x + width, y + height]) for name, (x, y) in found.items()}
    for name, box in boxes.items():
        if name == "7":
            continue
        assert box[0] >= 0
        assert box[2] <= 400
        near = [other for key, other in boxes.items() if key != name]
        half = MARK_SIZE / 2
        near += [np.array([x - half, y - half, x + half, y + half]) for x, y in places]
        for other in near:
            overlap = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
            assert overlap.min() <= 1e-9


def test_neighbours_in_the_list_have_different_colours_for_everybody() -> None:
    listed = [LandmarkDefinition(str(index)) for index in range(15)]
    colours = colours_of(listed)
    assert len({colours[str(index)] for index in range(7)}) == 7
    assert colours["8"] == colours["1"]
    own = colours_of([LandmarkDefinition("tip", "#123456"), *listed])
    assert own["tip"] == "#123456"
    for matrix in ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], *MACHADO.values()):
        lab = np.array(
            [
                rgb2lab(gamma(np.clip(np.array(matrix) @ linear(rgb(one)), 0, 1))[None, None])[0, 0]
                for one in PALETTE
            ]
        )
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1) + 1000 * np.eye(len(PALETTE))
        assert apart.min() > 10, "ten is a difference that one sees at a glance"
    for one in PALETTE:
        luminance = linear(rgb(one)) @ (0.2126, 0.7152, 0.0722)
        assert (luminance + 0.05) / 0.05 > 3, "against the dark outline"


def test_the_legend_names_symbols_and_colours(transferred: HomologWidget, click: Any) -> None:
    button = transferred.review.buttons["legend"]
    for word in (*NAMES, "accepted", "predicted", PALETTE[0], PALETTE[2], "less than 50% sure"):
        assert word in button.toolTip()
    assert "&lt;tip&gt;" in legend([LandmarkDefinition("<tip>")])
    click(button)


def test_attention_follows_the_selected_landmark(
    viewer: napari.Viewer, transferred: HomologWidget, click: Any, qtbot: Any
) -> None:
    review, session = transferred.review, transferred.session
    before = len(viewer.layers)
    canvas = canvas_of(viewer)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_M)
    assert review.buttons["map"].isChecked()
    first = review.landmarks.chosen()
    layer = viewer.layers[f"{session.current.name} attention: {first}"]
    kept = layer.data.copy()
    qtbot.keyClick(canvas, Qt.Key.Key_Period)
    second = review.landmarks.chosen()
    assert second != first
    assert layer.name == f"{session.current.name} attention: {second}"
    assert not np.array_equal(layer.data, kept)
    assert len(viewer.layers) == before + 1, "one layer that follows"
    qtbot.keyClick(canvas, Qt.Key.Key_PageDown)
    shown = [one.name for one in viewer.layers if one.visible and "attention" in one.name]
    assert shown == [f"{session.current.name} attention: {review.landmarks.chosen()}"]
    qtbot.keyClick(canvas, Qt.Key.Key_M)
    assert not [one for one in viewer.layers if one.visible and "attention" in one.name]
