"""The shape prior: where landmarks are expected, given where the others were located.

Specimens of one kind have about the same shape: translated, rotated, scaled and a little sheared. A
robust affine fit of the references' mean shape to the located landmarks predicts each position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform

from .affine import fit_affine, outlier_weights

FITS = 3
"""Iterations of the fit, each with weights that follow from the residuals of the one before."""

OUTLIER_DISTANCE = 0.15
"""Residual, as a share of the specimen's size, at which a landmark counts for a quarter."""

MINIMUM_WEIGHT = 1e-6
"""Minimum weight of a landmark when a single other one is left out."""


def mean_shape(shapes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of shapes after each is superimposed on those before it by a similarity.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (n, 2)
        (row, col); NaN where a landmark is missing. A shape that has fewer than two landmarks in
        common with those before it cannot be superimposed and is left out.

    Returns
    -------
    ndarray, shape (n, 2)
        NaN where no shape has the landmark.
    """
    superimposed = [np.asarray(shapes[0], dtype=float)]
    for shape in shapes[1:]:
        mean = _mean(superimposed)
        shared = ~np.isnan(mean[:, 0]) & ~np.isnan(shape[:, 0])
        if shared.sum() >= 2:
            onto = SimilarityTransform.from_estimate(shape[shared], mean[shared])
            superimposed.append(onto(shape) if onto else np.full_like(mean, np.nan))
    return _mean(superimposed)


def affine_prediction(
    shape: NDArray[np.float64],
    located: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the mean shape comes to lie by a weighted affine fit to located landmarks.

    Parameters
    ----------
    shape : ndarray, shape (n, 2)
        The references' mean shape; NaN where unknown.
    located : ndarray, shape (n, 2)
        (row, col) in pixels.
    weights : ndarray, shape (n,)
        Weight of each landmark in the fit, not negative.

    Returns
    -------
    ndarray, shape (n, 2)
        In pixels; NaN where the shape is unknown, and everywhere if fewer than three of its
        landmarks are known.
    """
    known = ~np.isnan(shape[:, 0])
    if known.sum() < 3:
        return np.full_like(located, np.nan)
    source = np.nan_to_num(shape)
    return np.where(known[:, None], fit_affine(source, located, weights * known)(source), np.nan)


def expected_positions(
    shape: NDArray[np.float64],
    located: NDArray[np.float64],
    certainty: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where landmarks are expected by a robust fit, in which outliers count little.

    Parameters
    ----------
    shape, located : ndarray, shape (n, 2)
        As in `affine_prediction`.
    certainty : ndarray, shape (n,)
        How certain each location is without regard to the others, not negative.
    """
    weights = certainty
    for _ in range(FITS):
        positions = affine_prediction(shape, located, weights)
        weights = certainty * outlier_weights(
            positions, located, OUTLIER_DISTANCE * size_of(positions)
        )
    return positions


def positions_expected_by_others(
    shape: NDArray[np.float64],
    located: NDArray[np.float64],
    certainty: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return each landmark's position as expected from all others, (n, 2).

    Parameters
    ----------
    shape, located, certainty : ndarray
        As in `expected_positions`.
    """
    positions = []
    for index in range(len(located)):
        others = np.maximum(certainty, MINIMUM_WEIGHT)
        others[index] = 0
        positions.append(expected_positions(shape, located, others)[index])
    return np.stack(positions)


def size_of(points: NDArray[np.float64]) -> float:
    """Return the longer side of the box around points (n, 2), at least 1; 1 if there is none."""
    known = points[~np.isnan(points[:, 0])]
    return float(max(np.ptp(known, axis=0).max(initial=0.0), 1.0)) if len(known) else 1.0


def _mean(shapes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    stacked = np.stack(shapes)
    count = (~np.isnan(stacked)).sum(0)
    return np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan)
