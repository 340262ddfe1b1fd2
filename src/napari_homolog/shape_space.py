"""Principal components of superimposed shapes, and specimens of unusual shape.

Specimens whose landmarks nobody has decided about can be kept out of superimposition and components:
they are only laid onto them, so that errors of their landmarks move no other specimen (Courtenay 2026,
arXiv 2601.18448).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import LandmarkError
from .landmarks import Landmarks
from .procrustes import (
    Superimposition,
    generalised_procrustes_analysis,
    superimposed_on,
    tangent_coordinates,
)

_Array = NDArray[np.float64]

LEAST_SPECIMENS = 3
"""Fewer specimens span no plane of shapes."""

MOST_AXES = 10
"""Axes that are kept."""

WHISKER = 1.5
"""Interquartile ranges above the upper quartile beyond which a distance is unusual, as in box plots."""

NO_VARIATION = 1e-20
"""Variance below which an axis is rounding."""


@dataclass(frozen=True, eq=False)
class ShapeSpace:
    """Superimposed specimens along their principal components.

    Attributes
    ----------
    series : Superimposition
        All specimens, on the mean of those that the space was made from.
    training : ndarray of bool, shape (m,)
        Which specimens the mean and the axes were made from.
    axes : ndarray of float64, shape (k, n, 2)
        The directions of the axes, each of length one, (row, col).
    variances : ndarray of float64, shape (k,)
        Of the training specimens along the axes, the largest first.
    total : float
        Their variance along all axes.
    scores : ndarray of float64, shape (m, k)
        Where each specimen is along the axes, in units of the centroid size.
    """

    series: Superimposition
    training: NDArray[np.bool_]
    axes: _Array
    variances: _Array
    total: float
    scores: _Array

    @property
    def shares(self) -> _Array:
        """The share of the variance along each axis, shape (k,)."""
        return self.variances / self.total

    def shape_at(self, axis: int, score: float) -> _Array:
        """Return the shape at a place along an axis and in the middle of all others, (n, 2)."""
        return np.asarray(self.series.mean + score * self.axes[axis])

    def ends(self, axis: int) -> tuple[_Array, _Array]:
        """Return the shapes where the outermost specimens are along an axis, each (n, 2)."""
        along = self.scores[:, axis]
        return self.shape_at(axis, float(along.min())), self.shape_at(axis, float(along.max()))

    def unusual(self) -> list[int]:
        """Return the specimens that are far from the mean, the farthest first.

        Their Procrustes distance is more than 1.5 interquartile ranges above the upper quartile of the
        training specimens, as in geomorph's ``plotOutliers``.
        """
        distances = self.series.distances
        low, high = np.percentile(distances[self.training], (25, 75))
        far = np.flatnonzero(distances > high + WHISKER * (high - low))
        return [int(one) for one in sorted(far, key=lambda one: -distances[one])]


def shape_space(
    specimens: Sequence[Landmarks], training: Sequence[bool] | None = None
) -> ShapeSpace:
    """Superimpose specimens and return their principal components.

    Parameters
    ----------
    specimens : sequence of Landmarks
        All with the same landmarks, none of them missing.
    training : sequence of bool, optional
        Which specimens mean and axes are made from; the others are laid onto these. Default: all.

    Returns
    -------
    ShapeSpace
        With at most ten axes, of shapes projected into the tangent space at the mean.

    Raises
    ------
    LandmarkError
        If a landmark is missing, there are fewer than three training specimens, or all have one
        shape.
    """
    chosen = np.ones(len(specimens), bool) if training is None else np.array(training, bool)
    if any(not one.present.all() for one in specimens):
        raise LandmarkError("A landmark is missing; give specimens that have all landmarks.")
    if chosen.sum() < LEAST_SPECIMENS:
        raise LandmarkError(
            f"{int(chosen.sum())} specimens have all landmarks; principal components need "
            f"{LEAST_SPECIMENS}."
        )
    own = generalised_procrustes_analysis(
        [one for one, made in zip(specimens, chosen, strict=True) if made]
    )
    series = superimposed_on(specimens, own)
    tangent = tangent_coordinates(series)
    middle = tangent[chosen].mean(0)
    _, sizes, directions = np.linalg.svd(tangent[chosen] - middle, full_matrices=False)
    variances = sizes**2 / (chosen.sum() - 1)
    total = float(variances.sum())
    if total < NO_VARIATION:
        raise LandmarkError("All specimens have the same shape, so that it has no components.")
    kept = int((variances > 1e-12 * total).sum())
    kept = min(kept, MOST_AXES)
    directions = _with_fixed_signs(directions[:kept])
    scores = (tangent - middle) @ directions.T
    count = len(own.names)
    axes = directions.reshape(kept, count, 2)
    return ShapeSpace(series, chosen, axes, variances[:kept], total, scores)


def _with_fixed_signs(directions: _Array) -> _Array:
    """Return directions (k, d) so that the largest component of each is positive."""
    largest = np.abs(directions).argmax(1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return directions * signs[:, None]
