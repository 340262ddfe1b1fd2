from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_homolog.correspondence.refinement.specimen_drawing import SIDE, Drawing, MarkedDrawing

POINTS = np.array([[40.0, 30.0], [90.0, 130.0], [np.nan, np.nan]])


@pytest.fixture
def image() -> np.ndarray:
    """Return a dark image with a bright square of five pixels around (90, 130)."""
    image = np.zeros((120, 160, 3), np.float32)
    image[88:93, 128:133] = 1
    return image


def test_the_specimen_has_the_standard_size(image: np.ndarray) -> None:
    drawing = Drawing.around(image, POINTS, margin=0.1)
    drawn = drawing.from_image(POINTS[:2])
    assert np.ptp(drawn[:, 1]) == pytest.approx(SIDE, abs=1.5)
    np.testing.assert_allclose(drawing.to_image(drawn), POINTS[:2], atol=1e-9)


def test_a_pixel_is_drawn_where_its_point_is(image: np.ndarray) -> None:
    drawing = Drawing.around(image, POINTS, margin=0.25)
    for side in (100, SIDE):
        picture, factor = drawing.at(side)
        bright = picture[0, 0].double().numpy()
        rows, cols = np.mgrid[: bright.shape[0], : bright.shape[1]]
        centroid = np.array([(bright * rows).sum(), (bright * cols).sum()]) / bright.sum()
        expected = (drawing.from_image(POINTS[1:2])[0] + 0.5) * factor - 0.5
        np.testing.assert_allclose(centroid, expected, atol=0.05)


def test_a_drawing_ends_where_the_image_does(image: np.ndarray) -> None:
    drawing = Drawing.around(image, POINTS, margin=9.0)
    assert tuple(drawing.origin) == (0, 0)
    np.testing.assert_allclose(drawing.pixels.shape[1:] / drawing.scale, (120, 160))


def test_points_outside_the_image_are_drawn_from_its_edge(image: np.ndarray) -> None:
    outside = np.array([[-50.0, -80.0], [-60.0, -40.0]])
    assert min(Drawing.around(image, outside, margin=0.1).pixels.shape[1:]) >= 1


def test_a_few_pixels_are_not_enlarged_without_end() -> None:
    tiny = np.zeros((40, 40, 3), np.float32)
    drawing = Drawing.around(tiny, np.array([[20.0, 20.0], [21.0, 22.0]]), margin=5.0)
    assert drawing.scale.max() <= 4


def test_landmarks_are_chosen_in_any_order(image: np.ndarray) -> None:
    marked = MarkedDrawing.of(image, POINTS, "wing")
    other = marked.chosen([2, None, 0])
    assert np.isnan(other.points[:2]).all()
    np.testing.assert_array_equal(other.points[2], marked.points[0])
    assert other.name == "wing"


def test_tensors_hold_everything_but_the_name(image: np.ndarray) -> None:
    marked = MarkedDrawing.of(image, POINTS, "wing")
    again = MarkedDrawing.from_tensors("one", marked.to_tensors("one"), "wing")
    torch.testing.assert_close(again.drawing.pixels, marked.drawing.pixels, rtol=0, atol=0)
    np.testing.assert_array_equal(again.points, marked.points)
    np.testing.assert_array_equal(again.drawing.scale, marked.drawing.scale)
    np.testing.assert_array_equal(again.drawing.origin, marked.drawing.origin)
