from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.boxes import Box
from napari_homolog.correspondence.views.specimen_part import part_around
from napari_homolog.errors import BoxError

IMAGE = np.random.default_rng(0).random((80, 90, 3)).astype(np.float32)


def test_without_a_box_the_image_is_seen_as_it_is() -> None:
    part, origin = part_around(IMAGE, None)
    assert part is IMAGE
    assert origin.tolist() == [0, 0]


def test_what_surrounds_a_box_is_seen_with_it() -> None:
    part, origin = part_around(IMAGE, Box(19.5, 29.5, 39.5, 69.5))
    # 0.15 of 40 pixels at each edge.
    assert origin.tolist() == [14, 24]
    np.testing.assert_array_equal(part, IMAGE[14:46, 24:76])


def test_a_box_at_the_edge() -> None:
    part, origin = part_around(IMAGE, Box(-5, -0.5, 40, 95))
    assert origin.tolist() == [0, 0]
    assert part.shape == (54, 90, 3)


def test_a_box_beside_the_image() -> None:
    with pytest.raises(BoxError):
        part_around(IMAGE, Box(100, 0, 120, 30))
