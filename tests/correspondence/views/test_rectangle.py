from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_homolog.correspondence.views.rectangle import Rectangle, in_view

sizes = st.integers(17, 301)


@given(sizes, sizes, st.floats(-20, 300), st.floats(-20, 300))
def test_normalised_coordinates_and_back(height: int, width: int, row: float, col: float) -> None:
    rectangle = Rectangle(-0.5 + 0.1 * height, -3.25, height, width)
    point = np.array([[row, col]])
    np.testing.assert_allclose(
        rectangle.to_pixels(rectangle.to_normalised(point)), point, atol=1e-9
    )


def test_the_whole_image_spans_half_a_pixel_beyond_its_centres() -> None:
    whole = Rectangle(-0.5, -0.5, 100, 200)
    corners = whole.to_normalised(np.array([[-0.5, -0.5], [99.5, 199.5], [49.5, 99.5]]))
    np.testing.assert_allclose(corners, [[0, 0], [1, 1], [0.5, 0.5]])


def test_points_outside_a_view_and_missing_ones_are_not_in_it() -> None:
    points = torch.tensor([[0.5, 0.5], [1.01, 0.5], [0.5, -0.01], [float("nan")] * 2])
    assert in_view(points).tolist() == [1, 0, 0, 0]
