"""Accuracy: percentage of correct keypoints (PCK), errors in pixels and in % of centroid size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import LandmarkError
from ..landmarks import Landmarks

Averaging = Literal["image", "point"]
"""Whether every image has the same weight, or every point."""

RESAMPLES = 2000
"""Bootstrap samples of an interval."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Errors of located landmarks, one for each point that is present in the truth.

    Attributes
    ----------
    errors : ndarray, shape (points,)
        Distance between located and true position in pixels.
    box_sides : ndarray, shape (points,)
        Longer side of the box of the true landmarks of the point's specimen, in pixels.
    centroid_sizes : ndarray, shape (points,)
        Centroid size of the true landmarks of the point's specimen, in pixels.
    specimens : ndarray of int, shape (points,)
        Number of the point's specimen.
    blocks : ndarray of int, shape (points,)
        Number of the block that the specimen belongs to, such as all pairs with the same source.

    Examples
    --------
    Two specimens with boxes of 100 and 50 pixels; three of four points are within 0.1:

    >>> scores = Scores(
    ...     errors=np.array([4.0, 20.0, 2.0, 5.0]),
    ...     box_sides=np.array([100.0, 100.0, 50.0, 50.0]),
    ...     centroid_sizes=np.array([80.0, 80.0, 40.0, 40.0]),
    ...     specimens=np.array([0, 0, 1, 1]),
    ...     blocks=np.array([0, 0, 1, 1]),
    ... )
    >>> scores.pck(0.1), scores.pck(0.05, "image")
    (0.75, 0.5)
    >>> scores.mean_error, scores.mean_relative_error, scores.share_within(5)
    (7.75, 11.875, 0.5)
    """

    errors: NDArray[np.float64]
    box_sides: NDArray[np.float64]
    centroid_sizes: NDArray[np.float64]
    specimens: NDArray[np.int64]
    blocks: NDArray[np.int64]

    def pck(self, threshold: float, per: Averaging = "point") -> float:
        """Return the fraction of points within a fraction of their specimen's longer side.

        Parameters
        ----------
        threshold : float
            As a fraction of the longer side.
        per : {"point", "image"}
            "point": every point has the same weight; "image": the mean of the specimens' own
            fractions.
        """
        right, total, _ = self._counts(threshold, per)
        return float(right.sum() / total.sum())

    def pck_interval(
        self, threshold: float, per: Averaging = "point", *, level: float = 0.95, seed: int = 0
    ) -> tuple[float, float]:
        """Return a confidence interval of `pck`, by bootstrap over blocks of specimens.

        Blocks are drawn with all their specimens and points, because these are not independent.

        Parameters
        ----------
        threshold : float
            As for `pck`.
        per : {"point", "image"}
            As for `pck`.
        level : float
            Confidence level.
        seed : int
            Seed of the bootstrap.

        Returns
        -------
        low, high : float
            Percentiles (Efron and Tibshirani 1993); NaN for a single block.
        """
        from scipy.stats import bootstrap

        right, total, blocks = self._counts(threshold, per)
        sums = [np.bincount(blocks, weights=values) for values in (right, total)]
        if len(sums[0]) < 2:
            return float("nan"), float("nan")

        def statistic(right: Any, total: Any, axis: int = -1) -> Any:
            return right.sum(axis=axis) / total.sum(axis=axis)

        interval = bootstrap(
            sums,
            statistic,
            paired=True,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=100,
            confidence_level=level,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        return float(interval.low), float(interval.high)

    def _counts(
        self, threshold: float, per: Averaging
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return the right points, all points and the block of each specimen.

        Per image the points of a specimen add up to one.
        """
        _, firsts, numbers = np.unique(self.specimens, return_index=True, return_inverse=True)
        within = self.errors <= threshold * self.box_sides
        right = np.bincount(numbers, weights=within).astype(np.float64)
        total = np.bincount(numbers).astype(np.float64)
        _, blocks = np.unique(self.blocks[firsts], return_inverse=True)
        if per == "image":
            return right / total, np.ones_like(total), blocks
        return right, total, blocks

    @property
    def mean_error(self) -> float:
        """Mean distance in pixels."""
        return float(self.errors.mean())

    @property
    def mean_relative_error(self) -> float:
        """Mean distance in percent of the centroid size of each specimen."""
        return float(self.relative_errors.mean())

    @property
    def relative_errors(self) -> NDArray[np.float64]:
        """Distances in percent of the centroid size of each specimen, shape (points,)."""
        return np.asarray(100 * self.errors / self.centroid_sizes)

    def share_within(self, percent: float) -> float:
        """Return the share of points within so many percent of their specimen's centroid size."""
        return float((self.relative_errors <= percent).mean())

    @property
    def relative_error_95(self) -> float:
        """Distance in percent of the centroid size that 95 % of the points do not exceed."""
        return float(np.percentile(self.relative_errors, 95))


def score(located: Sequence[Landmarks], truth: Sequence[Landmarks]) -> Scores:
    """Compare located landmarks with true ones, specimen by specimen.

    Parameters
    ----------
    located, truth : sequence of Landmarks
        Matched by name; landmarks that are missing in the truth do not count.

    Returns
    -------
    Scores

    Raises
    ------
    LandmarkError
        If a specimen has no landmark in common with the truth.
    """
    errors, sides, sizes, specimens = [], [], [], []
    for number, (own, true) in enumerate(zip(located, truth, strict=True)):
        shared = [name for name in true.names if name in own.names]
        if not shared:
            raise LandmarkError(
                f"Located landmarks {list(own.names)} and true ones {list(true.names)} have no name "
                "in common; give landmarks of the same set."
            )
        for name in shared:
            distance = float(np.linalg.norm(own[name] - true[name]))
            if np.isfinite(distance):
                errors.append(distance)
                sides.append(true.longer_side())
                sizes.append(true.centroid_size())
                specimens.append(number)
    numbers = np.array(specimens)
    return Scores(np.array(errors), np.array(sides), np.array(sizes), numbers, numbers)


def side_confusion(located: Sequence[Landmarks], truth: Sequence[Landmarks]) -> float | None:
    """Return how often left and right were confused.

    Parameters
    ----------
    located, truth : sequence of Landmarks
        A landmark with ``left`` in its name has its counterpart under the same name with
        ``right``, and vice versa.

    Returns
    -------
    float or None
        The fraction of such points that are closer to the true counterpart than to their own true
        position; None if no landmark has a side.
    """
    confused = []
    for own, true in zip(located, truth, strict=True):
        for name in true.names:
            opposite = counterpart(name)
            if name in own.names and opposite is not None and opposite in true.names:
                to_own, to_opposite = (
                    np.linalg.norm(own[name] - true[side]) for side in (name, opposite)
                )
                confused.append(to_opposite < to_own)
    return float(np.mean(confused)) if confused else None


def counterpart(name: str) -> str | None:
    """Return a landmark's name on the other side, or None if its name has no side.

    Examples
    --------
    >>> counterpart("left eye")
    'right eye'
    """
    for side, opposite in (("left", "right"), ("right", "left")):
        if side in name:
            return name.replace(side, opposite)
    return None
