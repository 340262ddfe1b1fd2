from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.boxes import Box
from napari_homolog.errors import BoxError


def test_points_are_shares_of_a_boxs_sides_and_back() -> None:
    box = Box(10, 20, 60, 120)
    points = np.array([[10.0, 20.0], [35.0, 70.0], [60.0, 120.0]])
    np.testing.assert_array_equal(box.to_normalised(points), [[0, 0], [0.5, 0.5], [1, 1]])
    np.testing.assert_array_equal(box.to_pixels(box.to_normalised(points)), points)


def test_a_box_is_widened_by_a_share_of_its_longer_side_and_cut_at_the_image() -> None:
    wide = Box(10, 20, 60, 120).widened(0.2)
    assert wide == Box(-10, 0, 80, 140)
    assert wide.within((70, 200, 3)) == Box(-0.5, 0, 69.5, 140)


@pytest.mark.parametrize("bottom", [17, 9, float("nan"), float("inf")])
def test_what_is_no_rectangle_is_refused(bottom: float) -> None:
    with pytest.raises(BoxError, match="draw it around the whole specimen"):
        Box(10, 20, bottom, 120)


def test_a_box_beside_its_image_is_refused() -> None:
    with pytest.raises(BoxError, match="does not lie on its image of 50 x 60 pixels"):
        Box(60, 0, 90, 30).within((50, 60))
