"""Rulers: drawn ones whose ticks are known exactly, and pictures without ticks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_homolog.errors import ScaleError
from napari_homolog.rulers import check_length, read_ruler, scale_between


def drawn_ruler(
    period: float, angle: float = 0.0, *, noise: float = 0.0, stretch: float = 0.0
) -> NDArray[np.float64]:
    """Return a picture of ticks across a direction, each fifth and tenth one longer.

    The distance of ticks grows by the share `stretch` over 400 pixels, as by perspective.
    """
    rows, cols = np.mgrid[:300, :500].astype(float)
    turn = np.radians(angle)
    along = (cols - 250) * np.cos(turn) + (rows - 150) * np.sin(turn)
    across = -(cols - 250) * np.sin(turn) + (rows - 150) * np.cos(turn)
    count = (along - stretch * along**2 / 800) / period
    number = np.round(count)
    reach = np.where(number % 10 == 0, 34, np.where(number % 5 == 0, 26, 18))
    tick = np.exp(-(((count - number) * period / 0.7) ** 2) / 2) * (across > 0) * (across < reach)
    picture = 200 - 150 * tick - 60 * (across < 0)
    picture = gaussian_filter(picture, 0.6)
    return picture + noise * np.random.default_rng(1).normal(size=picture.shape)


def over(angle: float, half: float = 180.0, across: float = 9.0) -> tuple[tuple[float, float], ...]:
    """Return the ends of a line over the short ticks."""
    turn = np.radians(angle)
    ends = []
    for along in (-half, half):
        col = 250 + along * np.cos(turn) - across * np.sin(turn)
        row = 150 + along * np.sin(turn) + across * np.cos(turn)
        ends.append((row, col))
    return tuple(ends)


@pytest.mark.parametrize("angle", [0.0, 12.0, -31.0, 90.0])
@pytest.mark.parametrize("period", [3.1, 4.7, 9.3, 17.9])
def test_ticks_of_any_distance_and_direction_are_read(period: float, angle: float) -> None:
    half = 180 if angle != 90 else 130
    reading = read_ruler(drawn_ruler(period, angle, noise=10), *over(angle, half))
    assert reading.period == pytest.approx(period, rel=0.003)
    assert reading.ticks == pytest.approx(2 * half / period, rel=0.003)


def test_a_line_that_lies_beside_the_ticks_is_read_too_and_colours_count() -> None:
    grey = drawn_ruler(5.0)
    picture = np.stack([grey, grey * 0.9, grey * 0.5], axis=2)
    (first, second) = over(0.0)
    reading = read_ruler(picture, np.add(first, (2.5, 0)), np.add(second, (-3.0, 0)))
    assert reading.period == pytest.approx(5.0, rel=0.005)


def test_under_perspective_it_is_the_mean_over_the_line() -> None:
    # Over a line in the middle, ticks grow denser on one side as they grow wider on the other.
    reading = read_ruler(drawn_ruler(6.0, stretch=0.08), *over(0.0, 150))
    assert reading.period == pytest.approx(6.0, rel=0.005)


def test_the_doubt_grows_with_the_noise() -> None:
    quiet = read_ruler(drawn_ruler(5.3, noise=2), *over(0.0))
    loud = read_ruler(drawn_ruler(5.3, noise=40), *over(0.0))
    assert quiet.doubt < loud.doubt < 0.01
    assert abs(loud.period / 5.3 - 1) < 2 * loud.doubt + 1e-3


def test_only_the_long_ticks_are_no_reading_beside_the_short_ones() -> None:
    # Of the lines tried, some cross all ticks, the drawn one only each fifth.
    with pytest.raises(ScaleError, match="lines beside one another have different ticks"):
        read_ruler(drawn_ruler(4.0), *over(0.0, across=20.5))


@pytest.mark.parametrize("smooth", [0.0, 1.0, 2.5])
def test_noise_is_not_read(smooth: float) -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        picture = gaussian_filter(rng.normal(size=(120, 400)), smooth) * 50
        end = (60 + rng.normal(), rng.uniform(120, 390))
        with pytest.raises(ScaleError, match="cannot be read"):
            read_ruler(picture, (60, 5), end)


def test_a_ruler_with_ticks_hidden_out_of_step_is_not_read() -> None:
    left, right = drawn_ruler(5.0), np.roll(drawn_ruler(7.5), 2, axis=1)
    broken = np.where(np.arange(500) < 250, left, right)
    with pytest.raises(ScaleError, match="cannot be read"):
        read_ruler(broken, *over(0.0))


def test_bad_lines_are_refused() -> None:
    picture = drawn_ruler(5.0)
    with pytest.raises(ScaleError, match="leaves the picture"):
        read_ruler(picture, (159, -20), (159, 300))
    with pytest.raises(ScaleError, match="too short for 8 ticks"):
        read_ruler(picture, (159, 100), (159, 110))
    with pytest.raises(ScaleError, match="no regular ticks"):
        read_ruler(np.full((50, 300), 7), (25, 5), (25, 290))
    # Four ticks.
    with pytest.raises(ScaleError, match="cannot be read"):
        read_ruler(picture, (159, 100), (159, 120))


def test_two_points() -> None:
    assert scale_between((10, 10), (10, 210), 50) == 0.25
    with pytest.raises(ScaleError, match="cannot be 0; give a positive number"):
        scale_between((10, 10), (10, 210), 0)
    with pytest.raises(ScaleError, match="0 pixels apart"):
        scale_between((10, 10), (10, 10), 5)
    with pytest.raises(ScaleError, match="'furlong' is no unit of length"):
        check_length(1, "furlong")
