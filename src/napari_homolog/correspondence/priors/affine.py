"""Affine maps between two sets of landmarks, held towards a similarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STIFFNESS = 1.0
"""How strongly the affine map is pulled towards a similarity: 1 gives both the same weight."""

FITS = 4
"""Fits of `robust_affine`, each with weights that follow from the residuals of the one before."""


ROUNDING = 1e-10
"""Differences of coordinates, relative to these, that computing with them makes."""


@dataclass(frozen=True, eq=False)
class AffineMap:
    """A map ``points @ matrix + offset``.

    Attributes
    ----------
    matrix : ndarray, shape (2, 2)
        Its linear part; points are rows.
    offset : ndarray, shape (2,)
        Where the origin comes to lie.
    """

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return mapped points, shape (..., 2)."""
        return np.asarray(points @ self.matrix + self.offset)

    def inverse(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points (..., 2) that are mapped onto these."""
        return np.asarray((points - self.offset) @ np.linalg.inv(self.matrix))


def fit_affine(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    weights: NDArray[np.float64],
    stiffness: float = STIFFNESS,
) -> AffineMap:
    """Return the weighted least-squares affine map, held towards the best similarity.

    Two points give a similarity, one a translation, and so do points that are all in one place on
    either side.

    Parameters
    ----------
    source, target : ndarray, shape (n, 2)
        Corresponding points.
    weights : ndarray, shape (n,)
        Not negative, not all zero.
    stiffness : float
        Weight of the similarity relative to the affine map.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0]])
    >>> fitted = fit_affine(corners, 3 * corners + 1, np.ones(3))
    >>> np.allclose(fitted.matrix, 3 * np.eye(2)), np.allclose(fitted.offset, 1)
    (True, True)
    """
    share = (weights / weights.sum())[:, None]
    middle, centre = (source * share).sum(0), (target * share).sum(0)
    source, target = source - middle, target - centre
    covariance = (source * share).T @ source
    spread = np.trace(covariance)
    if spread <= 0 or _in_one_place(source, middle) or _in_one_place(target, centre):
        # Either side is in one place, which tells neither size nor direction.
        return AffineMap(np.eye(2), centre - middle)
    cross = (source * share).T @ target
    left, stretch, right = np.linalg.svd(cross)
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    similarity = (left * signs) @ right * ((stretch * signs).sum() / spread)
    hold = stiffness * spread / 2
    matrix = np.linalg.solve(covariance + hold * np.eye(2), cross + hold * similarity)
    return AffineMap(matrix, centre - middle @ matrix)


def _in_one_place(centred: NDArray[np.float64], centre: NDArray[np.float64]) -> bool:
    """Return whether centred points differ by no more than rounding."""
    return bool(np.abs(centred).max() <= ROUNDING * (1 + np.abs(centre).max()))


def robust_affine(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    weights: NDArray[np.float64],
    outlier_distance: float,
) -> AffineMap:
    """Return an affine map in which points that do not follow the others count little.

    Parameters
    ----------
    source, target, weights : ndarray
        As in `fit_affine`.
    outlier_distance : float
        Distance from its expected place at which a point counts for a quarter.
    """
    counted = weights
    for _ in range(FITS):
        fitted = fit_affine(source, target, counted)
        counted = weights * outlier_weights(fitted(source), target, outlier_distance)
    return fitted


def outlier_weights(
    expected: NDArray[np.float64], located: NDArray[np.float64], outlier_distance: float
) -> NDArray[np.float64]:
    """Return weights that decrease with the distance to expected positions, shape (n,).

    Parameters
    ----------
    expected, located : ndarray, shape (n, 2)
        Positions in one unit; the weight is 1 where one is NaN.
    outlier_distance : float
        Distance at which the weight is a quarter.
    """
    distance = np.nan_to_num(np.linalg.norm(located - expected, axis=1), nan=0.0)
    return np.asarray((1 + (distance / outlier_distance) ** 2) ** -2.0)
