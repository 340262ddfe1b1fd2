"""What an image shows across a curve: profiles of colour, edges and lines along its normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

HALF_WIDTH = 10
"""Steps that a profile reaches to either side of the curve."""

NOISE = 0.02
"""Differences of colour, of a range of 1, that a profile may show by noise alone."""


GRADIENT_SHARE = 0.6
"""Weight of edges in the agreement of structure; lines have the rest."""

RIDGE = 2
"""Steps to either side of which lightness is compared with its own, for the ridge profile."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """What is seen along the normals of a curve.

    Attributes
    ----------
    colour : ndarray, shape (n, steps, 3)
        RGB in [0, 1].
    gradient : ndarray, shape (n, steps)
        Length of the colour's change per step: where edges are, whatever their colours.
    ridge : ndarray, shape (n, steps)
        Second difference of the lightness: where dark and bright lines are.
    """

    colour: NDArray[np.float64]
    gradient: NDArray[np.float64]
    ridge: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well a reference's profile fits at each offset of a target's: correlations, at most 1.

    Attributes
    ----------
    colour : ndarray, shape (n, offsets)
        Of the colours. Where specimens differ in colour it tells nothing.
    structure : ndarray, shape (n, offsets)
        Of edges and lines.
    """

    colour: NDArray[np.float64]
    structure: NDArray[np.float64]


def smoothed(image: NDArray[np.float32], step: float) -> NDArray[np.float32]:
    """Return an image (height, width, 3) without details finer than a step of so many pixels."""
    sigma = max(0.5 * step, 0.5)
    return np.asarray(gaussian_filter(image, (sigma, sigma, 0), mode="nearest"))


def sample_profiles(
    image: NDArray[np.float32],
    path: NDArray[np.float64],
    across: NDArray[np.float64],
    step: float,
    reach: int,
    fineness: int = 1,
) -> Profiles:
    """Return profiles across a curve.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3)
        RGB in [0, 1], as `smoothed` returns it.
    path, across : ndarray, shape (n, 2)
        Points and unit normals.
    step : float
        Pixels of a step.
    reach : int
        Steps to either side of the curve.
    fineness : int
        Samples per step.
    """
    margin = (reach + RIDGE) * fineness
    offsets = np.arange(-margin, margin + 1) * (step / fineness)
    places = path[:, None] + offsets[None, :, None] * across[:, None]
    grid = places.transpose(2, 0, 1)
    channels = [
        map_coordinates(image[..., channel], grid, order=1, mode="nearest") for channel in range(3)
    ]
    colour = np.stack(channels, axis=2).astype(float)
    lightness = colour.mean(2)
    ends, near = RIDGE * fineness, (RIDGE - 1) * fineness
    inner = slice(near, colour.shape[1] - near)
    change = colour[:, inner][:, 2 * fineness :] - colour[:, inner][:, : -2 * fineness]
    return Profiles(
        colour=colour[:, ends:-ends],
        gradient=np.linalg.norm(change, axis=2) / 2,
        ridge=lightness[:, 2 * ends :] + lightness[:, : -2 * ends] - 2 * lightness[:, ends:-ends],
    )


def compare(reference: Profiles, target: Profiles, fineness: int = 1) -> Agreement:
    """Return how well the reference's profile fits at each offset of the target's.

    Parameters
    ----------
    reference : Profiles
        With one sample per step.
    target : Profiles
        That reach further to both sides.
    fineness : int
        The target's samples per step.
    """
    width = (reference.gradient.shape[1] - 1) * fineness + 1

    def windows(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return sliding_window_view(values, width, axis=1)[..., ::fineness]

    by_gradient = _correlation(reference.gradient[:, None], windows(target.gradient), (2,))
    by_ridge = _correlation(reference.ridge[:, None], windows(target.ridge), (2,))
    return Agreement(
        colour=_correlation(
            reference.colour.transpose(0, 2, 1)[:, None], windows(target.colour), (2, 3)
        ),
        structure=GRADIENT_SHARE * by_gradient + (1 - GRADIENT_SHARE) * by_ridge,
    )


def _correlation(
    one: NDArray[np.float64], other: NDArray[np.float64], axes: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the correlation over axes of profiles, of which the last axis is along the normal."""
    one = one - one.mean(-1, keepdims=True)
    other = other - other.mean(-1, keepdims=True)
    count = np.prod([one.shape[axis] for axis in axes])
    norms = [np.sqrt((values**2).sum(axes) + NOISE**2 * count) for values in (one, other)]
    return np.asarray((one * other).sum(axes) / (norms[0] * norms[1]))
