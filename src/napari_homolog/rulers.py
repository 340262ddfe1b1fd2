"""The scale of a picture: from two points of a known distance, or from the ticks of a ruler.

A ruler is read along a line that somebody drew over its ticks. The profile of the picture along the
line is periodic there; its period is found by Fourier transform and autocorrelation, and measured by
the phase that runs through along the line. Where that does not succeed beyond doubt, no scale is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates
from scipy.signal import detrend

from .errors import ScaleError

_Array = NDArray[np.float64]

UNITS = {
    "nm": 1e-6,
    "um": 1e-3,
    "µm": 1e-3,
    "mm": 1.0,
    "cm": 10.0,
    "dm": 100.0,
    "m": 1000.0,
    "in": 25.4,
}
"""Units of length that are known, in millimetres."""

STEP = 0.5
"""Distance between the samples of a profile in pixels."""

HALF_WIDTH = 1.5
"""A profile is the mean of the lines within this distance in pixels."""

OFFSETS = tuple(range(-4, 5))
"""How far beside the line, in pixels, ticks are looked for too: nobody draws it exactly."""

SHORTEST_PERIOD = 2.4
"""Ticks closer than these pixels cannot be told apart."""

LEAST_TICKS = 8
"""A line over fewer ticks is not read."""

LEAST_CORRELATION = 0.6
"""Correlation of the profile with itself one tick further, below which there are no regular ticks."""

FURTHER, LEAST_FURTHER = (2, 3), 0.5
"""So many ticks further it has to be at least this: what is regular by chance does not go on."""

LEAST_AGREEING, AGREEMENT = 3, 0.03
"""So many lines beside one another have to agree in the period within this share of it."""

MOST_JITTER = 0.7
"""Root mean square by which ticks may be out of place, as an angle of which 2 pi is one tick."""

MOST_CHANGE = 0.3
"""By how much of itself the distance of ticks may change along the line, by perspective."""

HARMONICS = 5
"""Up to how many times the strongest period the true one is looked for."""

SURELY = 2.0
"""Standard deviations that the doubt of a reading is."""


@dataclass(frozen=True)
class RulerReading:
    """What was read from a ruler.

    Attributes
    ----------
    period : float
        Mean distance of neighbouring ticks along the line in pixels.
    doubt : float
        By how much of itself the period may be wrong, two standard deviations.
    ticks : float
        How many ticks the line is long.
    correlation : float
        Of the profile with itself one tick further, 1 for a perfect ruler.
    """

    period: float
    doubt: float
    ticks: float
    correlation: float


def check_length(length: float, unit: str | None) -> None:
    """Raise `ScaleError` unless a length is positive and its unit known, or not given."""
    if not 0 < length < np.inf:
        raise ScaleError(f"A known length cannot be {length:g}; give a positive number.")
    if unit is not None and unit not in UNITS:
        raise ScaleError(f"{unit!r} is no unit of length; give one of {', '.join(UNITS)}.")


def scale_between(first: ArrayLike, second: ArrayLike, length: float) -> float:
    """Return the scale of a picture from two points of a known distance.

    Parameters
    ----------
    first, second : array_like, shape (2,)
        (row, col) in pixels.
    length : float
        Their distance in some unit.

    Returns
    -------
    float
        Units per pixel.

    Raises
    ------
    ScaleError
        If the length is not positive, or the points are in one place.

    Examples
    --------
    >>> scale_between((0, 0), (30, 40), 10.0)
    0.2
    """
    check_length(length, None)
    distance = float(np.linalg.norm(np.subtract(second, first)))
    if not 1.0 <= distance < np.inf:
        raise ScaleError(
            f"The two points of a known distance are {distance:g} pixels apart; a scale needs at least "
            "one pixel between them."
        )
    return length / distance


def read_ruler(image: ArrayLike, start: ArrayLike, end: ArrayLike) -> RulerReading:
    """Read how far the ticks of a ruler are apart along a line.

    Parameters
    ----------
    image : array_like, shape (height, width) or (height, width, 3)
        The picture.
    start, end : array_like, shape (2,)
        The ends of a line over the ticks, across them: (row, col) in pixels. Best over the shortest
        ticks, so that it crosses all of them.

    Returns
    -------
    RulerReading

    Raises
    ------
    ScaleError
        If the ruler cannot be read: too few ticks, none that are regular, or more than one reading.
    """
    pixels = np.asarray(image, dtype=float)
    grey = pixels if pixels.ndim == 2 else pixels[..., :3].mean(2)
    one, other = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    length = float(np.linalg.norm(other - one))
    limits = np.array(grey.shape) - 0.5
    if ((np.minimum(one, other) < -0.5) | (np.maximum(one, other) > limits)).any():
        raise ScaleError("The line over the ruler leaves the picture; draw it on the picture.")
    if length < LEAST_TICKS * SHORTEST_PERIOD:
        raise ScaleError(
            f"The line over the ruler is {length:.0f} pixels long, too short for {LEAST_TICKS} ticks; "
            "draw a longer one."
        )
    found = [
        (correlation, period, profile)
        for profile in _profiles(grey, one, other)
        for period, correlation in [_period_of(profile)]
        if correlation >= LEAST_CORRELATION
        and _halves_agree(profile, period)
        and min(_correlation(profile, number * period) for number in FURTHER) >= LEAST_FURTHER
    ]
    if len(found) < LEAST_AGREEING:
        raise ScaleError(
            "The ruler cannot be read: no regular ticks were seen along the line; draw it over the "
            "short ticks, or give two points of a known distance."
        )
    best = max(correlation for correlation, _, _ in found)
    clear = [each for each in found if each[0] >= 0.6 * best]
    # Beside the short ticks lie lines that only the long ones reach.
    shortest = min(period for _, period, _ in clear)
    same = [each for each in clear if each[1] < 1.3 * shortest]
    usual = float(np.median([period for _, period, _ in same]))
    same = [each for each in same if abs(each[1] / usual - 1) < AGREEMENT]
    if len(same) < LEAST_AGREEING:
        raise ScaleError(
            "The ruler cannot be read: lines beside one another have different ticks; draw the line "
            "over the short ticks, or give two points of a known distance."
        )
    correlation, period, profile = max(same, key=lambda each: each[0])
    return _measured(profile, period, correlation, length)


def _profiles(grey: _Array, start: _Array, end: _Array) -> Iterator[_Array]:
    """Yield the grey values along the line and along lines beside it, without what varies slowly."""
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    places = start + np.arange(0.0, length, STEP)[:, None] * along
    beside = np.arange(-HALF_WIDTH, HALF_WIDTH + 0.1, 0.5)
    for offset in OFFSETS:
        rows, cols = (places[:, None] + (offset + beside)[:, None] * across).transpose(2, 0, 1)
        values = map_coordinates(grey, [rows, cols], order=3, mode="nearest").mean(1)
        slow = gaussian_filter1d(values, max(len(values) / (2.5 * LEAST_TICKS), 4.0))
        rest = detrend(values - slow)
        # A screw or a finger counts no more than a tick.
        spread = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
        yield np.clip(rest, -3 * spread, 3 * spread)


def _period_of(profile: _Array, least: float = LEAST_TICKS) -> tuple[float, float]:
    """Return the period of a profile in pixels, and its correlation with itself one period further."""
    count = len(profile)
    if not profile.any():
        return np.nan, 0.0
    padded = 1 << int(np.ceil(np.log2(16 * count)))
    power = np.abs(np.fft.rfft(profile * np.hanning(count), padded)) ** 2
    frequencies = np.fft.rfftfreq(padded, STEP)
    usable = (frequencies > least / (count * STEP)) & (frequencies < 1 / SHORTEST_PERIOD)
    if not usable.any():
        return np.nan, 0.0
    strongest = 1 / float(frequencies[usable][np.argmax(power[usable])])
    periods = [
        number * strongest
        for number in range(1, HARMONICS + 1)
        if number * strongest * least <= count * STEP
    ]
    correlations = [_correlation(profile, period) for period in periods]
    enough = 0.75 * max(correlations)
    return next(
        (period, each)
        for period, each in zip(periods, correlations, strict=True)
        if each >= enough or each == max(correlations)
    )


def _halves_agree(profile: _Array, period: float) -> bool:
    """Return whether each half of a profile alone has that period, but for perspective."""
    middle = len(profile) // 2
    return all(
        abs(_period_of(half, LEAST_TICKS / 2)[0] / period - 1) < MOST_CHANGE / 2
        for half in (profile[:middle], profile[middle:])
    )


def _correlation(profile: _Array, period: float) -> float:
    """Return the correlation of a profile with itself, moved by a period in pixels."""
    places = np.arange(len(profile), dtype=float)
    shift = period / STEP
    inside = places + shift <= len(profile) - 1
    moved = np.interp(places[inside] + shift, places, profile)
    still = profile[inside]
    norm = float(np.linalg.norm(moved) * np.linalg.norm(still))
    return float(moved @ still) / norm if norm else 0.0


def _measured(profile: _Array, period: float, correlation: float, length: float) -> RulerReading:
    """Return the mean period by the phase that runs through along the line."""
    places = np.arange(len(profile)) * STEP
    frequency = 1 / period
    for _ in range(3):
        turned = profile * np.exp(-2j * np.pi * frequency * places)
        sigma = 1.5 * period / STEP
        demodulated = gaussian_filter1d(turned.real, sigma) + 1j * gaussian_filter1d(
            turned.imag, sigma
        )
        phase = np.unwrap(np.angle(demodulated))
        weights = np.abs(demodulated) / max(float(np.abs(demodulated).max()), 1e-12)
        middle = places - places.mean()
        bend, slope, _ = np.polyfit(middle, phase, 2, w=weights)
        frequency += slope / (2 * np.pi)
    residual = phase - np.polyval(np.polyfit(middle, phase, 2, w=weights), middle)
    jitter = float(np.sqrt(np.average(residual**2, weights=weights**2)))
    ticks = frequency * length
    change = abs(2 * bend * length / (2 * np.pi)) / frequency
    if frequency <= 0 or ticks < LEAST_TICKS or jitter > MOST_JITTER or change > MOST_CHANGE:
        raise ScaleError(
            "The ruler cannot be read: the ticks along the line are not regular enough to be counted; "
            "draw the line over ticks that nothing hides, or give two points of a known distance."
        )
    # As for a straight line through equidistant places, of which every third is independent.
    independent = max(ticks / 3, 3.0)
    doubt = SURELY * jitter * np.sqrt(12 / independent) / (2 * np.pi * ticks)
    return RulerReading(1 / frequency, float(doubt), float(ticks), correlation)
