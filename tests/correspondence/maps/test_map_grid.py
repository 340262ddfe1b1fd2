from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_homolog.correspondence.maps.map_grid import MapGrid
from napari_homolog.correspondence.maps.peaks import centroid_cells
from napari_homolog.correspondence.optimisation.gaussian_targets import gaussian_targets
from napari_homolog.correspondence.views.encoded_views import encode_whole_image
from napari_homolog.correspondence.views.rectangle import Rectangle
from napari_homolog.diffusion import Backbone


@pytest.mark.parametrize("shape", [(64, 64), (101, 57), (33, 400)])
def test_the_grid_lies_exactly_on_the_image(shape: tuple[int, int]) -> None:
    grid = MapGrid(shape, 128)
    cells = np.array([grid.rows, grid.cols])
    first_edge = grid.translate - grid.scale / 2
    last_edge = (cells - 1) * grid.scale + grid.translate + grid.scale / 2
    np.testing.assert_allclose(first_edge, -0.5)
    np.testing.assert_allclose(last_edge, np.array(shape) - 0.5)


def test_the_average_is_zero_where_no_view_reaches() -> None:
    grid = MapGrid((100, 100), 100)
    average = grid.average(torch.ones(1, 1, 8, 8), [Rectangle(-0.5, -0.5, 50, 50)])
    assert average[0, :49, :49].min() > 0.9999
    assert average[0, 51:].max() == 0.0


@settings(max_examples=8, deadline=None)
@given(st.integers(40, 200), st.integers(40, 200), st.integers(0, 1000))
def test_maps_of_views_peak_at_the_pixel_for_which_they_were_made(
    embedded: Backbone, height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((height, width, 3), dtype=np.float32)
    views = encode_whole_image(embedded, image, encodings=3, windows=4, crop_share=0.93, rng=rng)
    point = np.array([[height, width]]) * rng.uniform(0.3, 0.7, (1, 2))
    normalised = np.stack([rectangle.to_normalised(point) for rectangle in views.rectangles])
    maps = gaussian_targets(torch.from_numpy(normalised).float(), (16, 16), 0.06)
    grid = MapGrid((height, width), 256)
    cells = centroid_cells(grid.average(maps, views.rectangles), 16.0)
    pixel = cells.double().numpy() * grid.scale + grid.translate
    assert np.abs(pixel - point).max() < 0.006 * max(height, width)


@pytest.mark.parametrize("deviation", [1e-300, 1e-6, 0.01, 3.0, 1e6])
def test_a_gaussian_of_any_width_peaks_at_the_cell_nearest_to_its_point(deviation: float) -> None:
    grid = MapGrid((60, 80), 40)
    points = np.array([[20.7, 33.2], [59.4, -0.3], [-40.0, 200.0], [np.nan, np.nan]])
    gaussians = grid.gaussians(points, deviation)
    assert gaussians.shape == (4, 30, 40)
    if deviation < 1e6:
        peaks = [np.unravel_index(single.argmax(), single.shape) for single in gaussians[:3]]
        np.testing.assert_array_equal(peaks, [[10, 16], [29, 0], [0, 39]])
    np.testing.assert_allclose(gaussians.amax((1, 2)), 1)
    assert (gaussians[3] == 1).all()


def test_a_gaussian_falls_off_with_its_standard_deviation() -> None:
    grid = MapGrid((100, 100), 100)
    gaussians = grid.gaussians(np.array([[50.0, 30.0]]), 8.0)
    assert gaussians[0, 58, 30].item() == pytest.approx(np.exp(-0.5))
    assert gaussians[0, 50, 14].item() == pytest.approx(np.exp(-2))
