"""A scale bar on a picture, found by how its two ends look on another picture.

A bar is a drawn thing: its ends look alike on all pictures of a series, while its length differs with
the magnification, and it lies wherever somebody put it. What surrounds it, the specimen included, tells
nothing about it. So each end is looked for by itself, in patches around the ends that are known, and
the pair is chosen that fits best and lies as the known one does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import minimize
from skimage.feature import match_template, peak_local_max

from .errors import ScaleError

_Array = NDArray[np.float64]

RADIUS_SHARE = 0.12
"""Half the side of a patch around an end, as a share of the bar's length."""

RADII = (5, 24)
"""Least and largest half side of a patch in pixels."""

SMOOTH_SHARE = 0.25
"""Standard deviation of what counts as varying slowly, as a share of a patch's half side."""

MOST_PEAKS = 40
"""Places on a picture that are considered for each end."""

LEAST_LIKENESS = 0.65
"""Correlation of both ends with the known ones, on average, below which there is no bar.

On pictures without one it was at most 0.54, on noisy ones with a faint bar at least 0.65.
"""

LEAST_LEAD = 0.05
"""By how much the best pair has to be more alike than any that is elsewhere."""

MOST_LONGER, MOST_TURN = 1.5, 15.0
"""How much longer or shorter a bar may be than the known one, and by how many degrees turned."""


@dataclass(frozen=True)
class KnownBar:
    """A scale bar of which the ends are known.

    Attributes
    ----------
    image : ndarray, shape (height, width) or (height, width, 3)
        The picture.
    start, end : (float, float)
        The ends, (row, col) in pixels.
    """

    image: NDArray[np.generic]
    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True)
class FoundBar:
    """A scale bar that was found.

    Attributes
    ----------
    start, end : (float, float)
        Its ends, (row, col) in pixels.
    likeness : float
        Correlation of its ends with the known ones, 1 for the same.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    likeness: float


def find_bar(known: KnownBar, image: ArrayLike) -> FoundBar:
    """Find the ends of a scale bar by a picture on which they are known.

    Parameters
    ----------
    known : KnownBar
        The bar on another picture of the series.
    image : array_like, shape (height, width) or (height, width, 3)
        The picture.

    Returns
    -------
    FoundBar

    Raises
    ------
    ScaleError
        If the known ends are too close together or at the edge, or no bar is on the picture beyond
        doubt.
    """
    first, second = np.asarray(known.start, float), np.asarray(known.end, float)
    along = second - first
    length = float(np.linalg.norm(along))
    radius = int(np.clip(round(RADIUS_SHARE * length), *RADII))
    if length < 2 * radius:
        raise ScaleError(
            f"The scale bar is {length:.0f} pixels long, too short to be found on other pictures."
        )
    example, grey = (_without_ground(one, radius) for one in (known.image, image))
    if min(grey.shape) <= 2 * radius + 1:
        raise ScaleError("The picture is smaller than the end of a scale bar.")
    patches = [_patch(example, end, radius) for end in (first, second)]
    (starts, like_start), (stops, like_stop) = (_candidates(patch, grey) for patch in patches)
    between = stops[None] - starts[:, None]
    lengths = np.linalg.norm(between, axis=2)
    turns = np.degrees(np.abs(np.angle(_complex(between) / _complex(along))))
    fits = (lengths > length / MOST_LONGER) & (lengths < length * MOST_LONGER) & (turns < MOST_TURN)
    likeness = np.where(fits, (like_start[:, None] + like_stop[None]) / 2, -1.0)
    place = np.unravel_index(int(likeness.argmax()), likeness.shape)
    best = float(likeness[place])
    start, stop = starts[place[0]], stops[place[1]]
    # A pair of which an end is elsewhere is another bar.
    elsewhere = (np.linalg.norm(starts - start, axis=1) > radius)[:, None] | (
        np.linalg.norm(stops - stop, axis=1) > radius
    )[None]
    second_best = float(likeness[elsewhere].max(initial=-1.0))
    if best < LEAST_LIKENESS or best - second_best < LEAST_LEAD:
        raise ScaleError(
            "The scale bar was not found beyond doubt; place its two ends, or give two points of a "
            "known distance."
        )
    start, stop = (
        _exactly(patch, grey, place) for patch, place in zip(patches, (start, stop), strict=True)
    )
    return FoundBar(_pair(start), _pair(stop), best)


def _without_ground(image: ArrayLike, radius: int) -> _Array:
    """Return the grey values without what varies slowly: the ground is another one on each picture."""
    pixels = np.asarray(image, dtype=float)
    grey = pixels if pixels.ndim == 2 else pixels[..., :3].mean(2)
    return np.asarray(grey - gaussian_filter(grey, SMOOTH_SHARE * radius))


def _patch(grey: _Array, centre: _Array, radius: int) -> _Array:
    """Return the square around a place between pixels, its centre in the middle pixel."""
    if (centre < radius).any() or (centre > np.array(grey.shape) - 1 - radius).any():
        raise ScaleError("An end of the known scale bar is too close to the edge of its picture.")
    steps = np.arange(-radius, radius + 1)
    rows, cols = np.meshgrid(centre[0] + steps, centre[1] + steps, indexing="ij")
    return np.asarray(map_coordinates(grey, [rows, cols], order=3, mode="nearest"))


def _candidates(patch: _Array, grey: _Array) -> tuple[_Array, _Array]:
    """Return the places where a picture looks like a patch, (n, 2), and how much, the best first."""
    correlation = match_template(grey, patch, pad_input=True, mode="edge")
    peaks = peak_local_max(correlation, min_distance=2, num_peaks=MOST_PEAKS, exclude_border=False)
    return peaks.astype(float).reshape(-1, 2), correlation[tuple(peaks.T)].astype(float)


def _exactly(patch: _Array, grey: _Array, place: _Array) -> _Array:
    """Return the place within a pixel where a picture looks the most like a patch.

    Between pixels the correlation of thin lines is no parabola, so that it is followed itself.
    """
    wanted = (patch - patch.mean()) / patch.std()
    radius = len(patch) // 2
    window = np.pad(grey, radius + 2, mode="edge")
    row, col = place.astype(int)
    local = window[row : row + 2 * radius + 5, col : col + 2 * radius + 5]
    middle = np.full(2, radius + 2.0)

    def unlike(shift: _Array) -> float:
        there = _patch(local, middle + np.clip(shift, -1, 1), radius)
        return -float((wanted * (there - there.mean())).mean() / max(float(there.std()), 1e-12))

    begin = np.array([(0.0, 0.0), (0.5, 0.0), (0.0, 0.5)])
    options = {"initial_simplex": begin, "xatol": 0.01, "fatol": 1e-5}
    found = minimize(unlike, begin[0], method="Nelder-Mead", options=options)
    return np.asarray(place + np.clip(found.x, -1, 1))


def _complex(vectors: _Array) -> NDArray[np.complex128]:
    return np.asarray(vectors[..., 0] + 1j * vectors[..., 1])


def _pair(place: _Array) -> tuple[float, float]:
    return float(place[0]), float(place[1])
