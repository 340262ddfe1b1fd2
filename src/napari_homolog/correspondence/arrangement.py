"""Arrangement: where landmarks should be when their neighbours are where they seem to be.

Specimens of one kind carry their landmarks in about the same arrangement, moved, turned, resized and
a little stretched. An affine map from the references' mean shape to what was found, fitted so that
few strays count little, tells where each landmark is to be expected.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform

STIFFNESS = 1.0
"""How strongly the affine map is held to a similarity: 1 makes both count alike."""

FITS = 3
"""Times that the map is fitted with weights that follow from the fit before."""

STRAY = 0.15
"""Distance, as a share of the specimen's size, at which a landmark counts for a quarter."""

LEAST_WEIGHT = 1e-6
"""A landmark counts at least so much when a single other one is left out."""


def mean_arrangement(shapes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of shapes after each is moved, turned and resized onto the first.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (n, 2)
        (row, col); NaN where a landmark is missing. A shape that shares fewer than two landmarks
        with those before it cannot be placed and is left out.

    Returns
    -------
    ndarray, shape (n, 2)
        NaN where no shape has the landmark.
    """
    placed = [np.asarray(shapes[0], dtype=float)]
    for shape in shapes[1:]:
        mean = _mean(placed)
        shared = ~np.isnan(mean[:, 0]) & ~np.isnan(shape[:, 0])
        if shared.sum() >= 2:
            onto = SimilarityTransform.from_estimate(shape[shared], mean[shared])
            placed.append(onto(shape) if onto else np.full_like(mean, np.nan))
    return _mean(placed)


def expected(
    arrangement: NDArray[np.float64],
    found: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where landmarks should be, given where they were found.

    Parameters
    ----------
    arrangement : ndarray, shape (n, 2)
        The references' shape; NaN where unknown.
    found : ndarray, shape (n, 2)
        (row, col) in pixels.
    weights : ndarray, shape (n,)
        How much each landmark counts, not negative.

    Returns
    -------
    ndarray, shape (n, 2)
        In pixels; NaN where the arrangement is unknown, and everywhere if it knows fewer than
        three landmarks.
    """
    known = ~np.isnan(arrangement[:, 0])
    if known.sum() < 3:
        return np.full_like(found, np.nan)
    weight = (weights * known)[:, None]
    source, target = np.nan_to_num(arrangement), found
    middle = (source * weight).sum(0) / weight.sum()
    centre = (target * weight).sum(0) / weight.sum()
    source, target = source - middle, target - centre
    covariance = (source * weight).T @ source
    cross = (source * weight).T @ target
    left, stretch, right = np.linalg.svd(cross)
    mirrored = np.sign(np.linalg.det(left @ right))
    signs = np.array([1.0, mirrored])
    similarity = (left * signs) @ right * ((stretch * signs).sum() / np.trace(covariance))
    hold = STIFFNESS * np.trace(covariance) / 2
    affine = np.linalg.solve(covariance + hold * np.eye(2), cross + hold * similarity)
    return np.where(known[:, None], source @ affine + centre, np.nan)


def expected_places(
    arrangement: NDArray[np.float64],
    found: NDArray[np.float64],
    certain: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where landmarks should be, strays among those found counting little.

    Parameters
    ----------
    arrangement, found : ndarray, shape (n, 2)
        As in `expected`.
    certain : ndarray, shape (n,)
        How sure each landmark is before its neighbours are asked, not negative.
    """
    weights = certain
    for _ in range(FITS):
        places = expected(arrangement, found, weights)
        weights = certain * stray_weights(places, found, size_of(places))
    return places


def expected_by_others(
    arrangement: NDArray[np.float64],
    found: NDArray[np.float64],
    certain: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the others let expect each landmark, (n, 2); parameters as `expected_places`."""
    places = []
    for index in range(len(found)):
        of_others = np.maximum(certain, LEAST_WEIGHT)
        of_others[index] = 0
        places.append(expected_places(arrangement, found, of_others)[index])
    return np.stack(places)


def stray_weights(
    places: NDArray[np.float64], found: NDArray[np.float64], size: float
) -> NDArray[np.float64]:
    """Return how much landmarks (n, 2) count, by their distance to where they were expected."""
    distance = np.nan_to_num(np.linalg.norm(found - places, axis=1), nan=0.0)
    return np.asarray((1 + (distance / (STRAY * size)) ** 2) ** -2.0)


def size_of(points: NDArray[np.float64]) -> float:
    """Return the longer side of the box around points (n, 2); 1 if there is none."""
    known = points[~np.isnan(points[:, 0])]
    return float(max(np.ptp(known, axis=0).max(initial=0.0), 1.0)) if len(known) else 1.0


def _mean(shapes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    stacked = np.stack(shapes)
    count = (~np.isnan(stacked)).sum(0)
    return np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan)
