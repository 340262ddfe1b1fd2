from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_homolog.correspondence.canvas import MapCanvas
from napari_homolog.correspondence.readout import centroid_cells
from napari_homolog.correspondence.views import (
    Rectangle,
    Resampler,
    gaussian_targets,
    shared_views,
)
from napari_homolog.diffusion import Backbone

sizes = st.integers(17, 301)


@given(sizes, sizes, st.floats(-20, 300), st.floats(-20, 300))
def test_rectangle_there_and_back(height: int, width: int, row: float, col: float) -> None:
    rectangle = Rectangle(-0.5 + 0.1 * height, -3.25, height, width)
    point = np.array([[row, col]])
    np.testing.assert_allclose(rectangle.to_pixels(rectangle.to_shares(point)), point, atol=1e-9)


def test_the_whole_image_spans_half_a_pixel_beyond_its_centres() -> None:
    whole = Rectangle(-0.5, -0.5, 100, 200)
    corners = whole.to_shares(np.array([[-0.5, -0.5], [99.5, 199.5], [49.5, 99.5]]))
    np.testing.assert_allclose(corners, [[0, 0], [1, 1], [0.5, 0.5]])


@pytest.mark.parametrize("side", [16, 40, 97])
def test_resampling_a_ramp_gives_the_coordinates(side: int) -> None:
    rows, cols = np.mgrid[:80, :120].astype(np.float32)
    ramp = np.stack([rows, cols, rows + cols], axis=-1)
    rectangle = Rectangle(10.25, 20.75, 50.5, 50.5)
    sampled = Resampler(ramp, [rectangle]).sample(rectangle, side)
    shares = (np.arange(side) + 0.5) / side
    for found, start in ((sampled[:, 0, 0], 10.25), (sampled[0, :, 1], 20.75)):
        error = found - (start + shares * 50.5)
        # Pillow's filter is cut off at whole pixels: a little ripple, but no shift.
        assert np.abs(error).max() < 0.08
        assert abs(error.mean()) < 0.005


def test_resampling_repeats_edges_outside_the_image() -> None:
    image = np.zeros((30, 30, 3), np.float32)
    image[0] = 1.0
    rectangle = Rectangle(-20.5, -0.5, 20, 30)
    np.testing.assert_allclose(Resampler(image, [rectangle]).sample(rectangle, 10), 1.0)


def test_gaussian_has_height_one_at_its_centre_and_falls_as_it_should() -> None:
    target = gaussian_targets(torch.tensor([[0.5, 0.25]]), (9, 8), 0.1)
    assert target.shape == (1, 9, 8)
    # The cell of row 4 has its centre at 4.5 / 9; columns 1 and 2 lie 0.0625 beside 0.25.
    expected = np.exp(-(0.0625**2) / (2 * 0.1**2))
    assert target[0, 4, 1].item() == pytest.approx(expected, rel=1e-6)
    assert target[0, 4, 2].item() == pytest.approx(expected, rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(40, 200), st.integers(40, 200), st.integers(0, 1000))
def test_maps_come_back_to_the_pixel_that_they_were_drawn_for(
    embedded: Backbone, height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((height, width, 3), dtype=np.float32)
    views = shared_views(embedded, image, encodings=3, windows=4, crop_share=0.93, rng=rng)
    longer = max(height, width)
    point = np.array([[height, width]]) * rng.uniform(0.3, 0.7, (1, 2))
    shares = torch.from_numpy(np.stack([r.to_shares(point) for r in views.rectangles])).float()
    maps = gaussian_targets(shares, (16, 16), 0.06)
    canvas = MapCanvas((height, width), 256)
    found = centroid_cells(canvas.average(maps, views.rectangles), 16.0)
    pixel = found.double().numpy() * canvas.scale + canvas.translate
    assert np.abs(pixel - point).max() < 0.006 * longer


def test_views_cover_the_image_and_lie_on_the_latent_grid(embedded: Backbone) -> None:
    image = np.random.default_rng(0).random((90, 150, 3), dtype=np.float32)
    rng = np.random.default_rng(1)
    views = shared_views(embedded, image, encodings=2, windows=9, crop_share=0.93, rng=rng)
    assert views.latents.shape[1:] == (embedded.latent_channels, 16, 16)
    assert len(views) == len(views.latents)
    sides = np.array([r.height for r in views.rectangles])
    assert np.all(sides > 0.85 * 150)
    first = views.rectangles[: len(views) // 2]
    cell = first[0].height / 16
    steps = np.array([(r.top - first[0].top, r.left - first[0].left) for r in first]) / cell
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)


@pytest.mark.parametrize("shape", [(64, 64), (101, 57), (33, 400)])
def test_map_canvas_lies_exactly_on_the_image(shape: tuple[int, int]) -> None:
    canvas = MapCanvas(shape, 128)
    grid = np.array([canvas.rows, canvas.cols])
    first_edge = canvas.translate - canvas.scale / 2
    last_edge = (grid - 1) * canvas.scale + canvas.translate + canvas.scale / 2
    np.testing.assert_allclose(first_edge, -0.5)
    np.testing.assert_allclose(last_edge, np.array(shape) - 0.5)


def test_canvas_is_zero_where_no_view_reaches() -> None:
    canvas = MapCanvas((100, 100), 100)
    average = canvas.average(torch.ones(1, 1, 8, 8), [Rectangle(-0.5, -0.5, 50, 50)])
    assert average[0, :49, :49].min() > 0.9999
    assert average[0, 51:].max() == 0.0
