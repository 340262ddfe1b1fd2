"""The dock beside layers and windows that have nothing to do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from PIL import Image
from test_review_panel import blank_prediction

from napari_homolog.plugin.attention_layers import show_prediction_maps
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.project import Project
from napari_homolog.synthetic import generate


def test_landmarks_are_placed_beside_a_stack(
    viewer: napari.Viewer,
    dock: HomologWidget,
    click: Callable[..., None],
    click_canvas: Callable[..., None],
) -> None:
    viewer.add_image(np.zeros((4, 90, 120), np.uint8), name="stack")
    viewer.add_image(generate("fish", 3, (90, 120)).image, name="fish", rgb=True)
    # The picture is offered first, although the stack was there before it.
    assert dock.landmarks.image.layer is viewer.layers["fish"]
    click(dock.landmarks.place_button)
    click_canvas((30, 40))
    click_canvas((50, 70))
    project = dock.session.project
    (fish,) = project.references()
    points = [one.point for one in project.placements(fish.id).values()]
    np.testing.assert_allclose(points, [(30, 40), (50, 70)], atol=1)


def test_specimens_are_reviewed_beside_a_stack(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None]
) -> None:
    viewer.add_image(np.zeros((4, 3, 90, 120), np.uint8), name="stack")
    for button in ("next", "accept", "previous", "accept_all"):
        click(transferred.review.buttons[button])
    assert len(transferred.review.landmarks.names()) == 3


def test_layers_are_listed_as_they_are_called(
    viewer: napari.Viewer, transferred: HomologWidget, click: Callable[..., None]
) -> None:
    transferred.tabs.setCurrentWidget(transferred.review)
    click(transferred.review.buttons["next"])
    image = transferred.session.current.image
    image.name = "renamed"
    for choice in (transferred.landmarks.image, transferred.words.image):
        assert choice.currentText() == choice.layer.name
        named = [choice.itemText(index) for index in range(choice.count())]
        assert named == [choice.itemData(index).name for index in range(choice.count())]
        assert "renamed" in named


def test_the_map_of_a_renamed_image_goes_with_it(
    viewer: napari.Viewer, transferred: HomologWidget
) -> None:
    image = transferred.session.current.image
    show_prediction_maps(viewer, image, blank_prediction(), each=False)
    image.name = "renamed"
    show_prediction_maps(viewer, image, blank_prediction(), each=False)
    assert [one.name for one in viewer.layers if "attention" in one.name] == ["renamed attention"]


def test_the_project_that_is_open_here_is_said_to_be(
    dock: HomologWidget, tmp_path: Path, qtbot: Any
) -> None:
    Project.create(tmp_path / "wings.homolog").close()
    dock.project_bar.open(tmp_path / "wings.homolog")
    dock.project_bar.open(tmp_path / "wings.homolog")
    assert "wings.homolog is open here already" in dock.bar.message.text()


@pytest.mark.parametrize("first", ["L", "RGB"])
def test_each_picture_is_shown_with_its_own_brightness(
    viewer: napari.Viewer, dock: HomologWidget, tmp_path: Path, first: str
) -> None:
    shades = np.random.default_rng(0).integers(0, 255, (60, 80), dtype=np.uint8)
    Image.fromarray(shades).convert(first).save(tmp_path / "a.png")
    Image.fromarray(shades.astype(np.uint16) * 4).save(tmp_path / "b.png")
    numbers = dock.session.add_files([tmp_path / "a.png", tmp_path / "b.png"])
    for number in numbers:
        layer = dock.session.look_at(number).image
        assert layer.rgb
        assert 0.8 < np.asarray(layer.data).max() <= 1
