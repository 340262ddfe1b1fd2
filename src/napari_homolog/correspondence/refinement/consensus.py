"""One answer from several references: each votes for every landmark, and outvoted ones count little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..priors.affine import fit_affine
from ..priors.shape_prior import size_of
from .registration import Registration
from .specimen_drawing import MarkedDrawing

SCORE_WEIGHT = 4.0
"""A vote counts e times more for each 1 / 4 by which its score is higher."""

SHAPE_DISTANCE = 0.03
"""Difference between two shapes, a share of their size, at which a reference counts e times less."""

STEPPING_STONE_WEIGHT = 0.5
"""Of a vote by a specimen whose landmarks were located themselves."""

ITERATIONS = 30
"""Of the geometric median (Weiszfeld 1937)."""

SIMILARITY = 1e6
"""Stiffness that leaves only a similarity of an affine map."""


@dataclass(frozen=True, eq=False)
class Consensus:
    """What several references say together.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target; NaN where no reference has the landmark.
    scores : ndarray of float64, shape (n,)
        Mean agreement of the surroundings, by the weight of the votes; NaN likewise.
    spread : ndarray of float64, shape (n,)
        Mean distance of the votes, in pixels; NaN with fewer than two.
    """

    points: NDArray[np.float64]
    scores: NDArray[np.float64]
    spread: NDArray[np.float64]


def consensus(
    registrations: Sequence[Registration], references: Sequence[MarkedDrawing]
) -> Consensus:
    """Return the weighted geometric median of the references' votes.

    A vote counts by its score, by that of the reference's other landmarks, and by how little the
    reference had to be deformed: one of a similar shape knows better. Where the landmarks of a
    reference were located themselves, the lower of both scores counts: a chain is as strong as
    its weakest link.

    Parameters
    ----------
    registrations : sequence of Registration
        One for each reference, in their order, all on one picture. Each has a landmark at least.
    references : sequence of MarkedDrawing
        The references.
    """
    votes = np.stack([one.points for one in registrations])
    scores = np.stack(
        [
            one.scores if by.agreement is None else np.minimum(one.scores, by.agreement)
            for one, by in zip(registrations, references, strict=True)
        ]
    )
    cast = np.isfinite(scores)
    with np.errstate(invalid="ignore"):
        overall = np.array([one[there].mean() for one, there in zip(scores, cast, strict=True)])
    difference = np.array(
        [
            shape_difference(of.points, by.points)
            for of, by in zip(references, registrations, strict=True)
        ]
    )
    exponent = SCORE_WEIGHT * (scores + overall[:, None]) - difference[:, None] / SHAPE_DISTANCE
    weights = np.where(cast, np.exp(exponent - np.nanmax(exponent)), 0.0)
    weights[[one.agreement is not None for one in references]] *= STEPPING_STONE_WEIGHT
    share = weights / np.maximum(weights.sum(0), 1e-300)
    points = geometric_median(np.nan_to_num(votes), share)
    distance = np.linalg.norm(np.nan_to_num(votes) - points, axis=2)
    known = np.asarray(cast.any(0))
    return Consensus(
        points=np.where(known[:, None], points, np.nan),
        scores=np.where(known, (share * np.nan_to_num(scores)).sum(0), np.nan),
        spread=np.where(cast.sum(0) > 1, (share * distance).sum(0), np.nan),
    )


def geometric_median(
    points: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the points with the least sum of weighted distances to others.

    Parameters
    ----------
    points : ndarray, shape (k, n, 2)
        k votes for each of n points.
    weights : ndarray, shape (k, n)
        Not negative; the median of a point without any weight is the origin.

    Returns
    -------
    ndarray, shape (n, 2)

    References
    ----------
    Weiszfeld 1937.

    Examples
    --------
    The third vote is far off, and does not move the answer:

    >>> votes = np.array([[[0.0, 0.0]], [[0.0, 0.0]], [[90.0, 30.0]]])
    >>> bool(np.abs(geometric_median(votes, np.ones((3, 1)))).max() < 1e-3)
    True
    """
    counted = weights
    for _ in range(ITERATIONS):
        total = np.maximum(counted.sum(0), 1e-300)
        median = (points * counted[..., None]).sum(0) / total[:, None]
        # A thousandth of a pixel keeps the weight of a vote at the median itself finite.
        counted = weights / (np.linalg.norm(points - median, axis=2) + 1e-3)
    return np.asarray(median)


def shape_difference(shape: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how different two shapes (n, 2) are after a similarity; a share of the other's size."""
    shared = np.isfinite(shape[:, 0]) & np.isfinite(other[:, 0])
    if not shared.any():
        return 0.0
    shape, other = shape[shared], other[shared]
    laid = fit_affine(shape, other, np.ones(len(shape)), SIMILARITY)(shape)
    return float(np.sqrt(((laid - other) ** 2).sum(1).mean()) / size_of(other))
