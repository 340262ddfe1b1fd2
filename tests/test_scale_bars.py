"""Scale bars found by their ends: exactly, whatever their length and place, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, zoom

from napari_homolog.errors import ScaleError
from napari_homolog.scale_bars import KnownBar, find_bar

SHAPE = (240, 320)


def picture(
    left: tuple[float, float] | None, length: float = 80.0, seed: int = 0, turn: float = 0.0
) -> np.ndarray:
    """Return a mottled picture with a bar with end ticks, drawn finely and then reduced."""
    rng = np.random.default_rng(seed)
    fine = 4
    ground = gaussian_filter(rng.normal(0, 1, SHAPE), 5)
    pixels = zoom(150 + 25 * ground / ground.std(), fine, order=1)
    if left is not None:
        rows, cols = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
        down = (rows - (fine - 1) / 2) / fine - left[0]
        right = (cols - (fine - 1) / 2) / fine - left[1]
        along = right * np.cos(turn) + down * np.sin(turn)
        across = down * np.cos(turn) - right * np.sin(turn)
        line = (abs(across) <= 1) & (along >= 0) & (along <= length)
        ticks = (abs(across) <= 6) & ((abs(along) <= 0.75) | (abs(along - length) <= 0.75))
        pixels[line | ticks] = 20
    return pixels.reshape(SHAPE[0], fine, SHAPE[1], fine).mean((1, 3))


KNOWN = KnownBar(picture((200.0, 40.0)), (200.0, 40.0), (200.0, 120.0))


@pytest.mark.parametrize(
    ("left", "length", "turn"),
    [
        ((203.3, 47.6), 80.0, 0.0),
        ((30.2, 180.9), 88.0, 0.0),
        ((120.7, 60.4), 70.5, np.radians(3)),
    ],
)
def test_a_bar_is_found_within_half_a_percent(
    left: tuple[float, float], length: float, turn: float
) -> None:
    found = find_bar(KNOWN, picture(left, length, seed=1, turn=turn))
    end = (left[0] + length * np.sin(turn), left[1] + length * np.cos(turn))
    np.testing.assert_allclose(found.start, left, atol=0.3)
    np.testing.assert_allclose(found.end, end, atol=0.3)
    measured = np.linalg.norm(np.subtract(found.end, found.start))
    assert measured == pytest.approx(length, rel=0.005)


def test_no_bar_is_found_where_there_is_none() -> None:
    with pytest.raises(ScaleError, match="not found beyond doubt"):
        find_bar(KNOWN, picture(None, seed=2))


def test_of_two_bars_none_is_chosen() -> None:
    both = np.minimum(picture((60.0, 40.0), seed=3), picture((160.0, 150.0), 84.0, seed=3))
    with pytest.raises(ScaleError, match="not found beyond doubt"):
        find_bar(KNOWN, both)


def test_a_known_bar_that_is_too_short_or_at_the_edge_is_told() -> None:
    with pytest.raises(ScaleError, match="8 pixels long, too short"):
        find_bar(KnownBar(KNOWN.image, (200, 40), (200, 48)), KNOWN.image)
    with pytest.raises(ScaleError, match="too close to the edge"):
        find_bar(KnownBar(KNOWN.image, (200, 4), (200, 84)), KNOWN.image)
