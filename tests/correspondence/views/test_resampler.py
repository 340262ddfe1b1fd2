from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.views.rectangle import Rectangle
from napari_homolog.correspondence.views.resampler import Resampler


@pytest.mark.parametrize("side", [16, 40, 97])
def test_resampling_a_ramp_gives_the_coordinates(side: int) -> None:
    rows, cols = np.mgrid[:80, :120].astype(np.float32)
    ramp = np.stack([rows, cols, rows + cols], axis=-1)
    rectangle = Rectangle(10.25, 20.75, 50.5, 50.5)
    resampled = Resampler(ramp, [rectangle]).resample(rectangle, side)
    normalised = (np.arange(side) + 0.5) / side
    for values, start in ((resampled[:, 0, 0], 10.25), (resampled[0, :, 1], 20.75)):
        error = values - (start + normalised * 50.5)
        # Pillow's filter is cut off at whole pixels: a little ripple, but no shift.
        assert np.abs(error).max() < 0.08
        assert abs(error.mean()) < 0.005


def test_resampling_repeats_edges_outside_the_image() -> None:
    image = np.zeros((30, 30, 3), np.float32)
    image[0] = 1.0
    rectangle = Rectangle(-20.5, -0.5, 20, 30)
    np.testing.assert_allclose(Resampler(image, [rectangle]).resample(rectangle, 10), 1.0)
