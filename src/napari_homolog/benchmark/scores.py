"""Figures of merit: percentage of correct points, error in pixels and in % of centroid size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import LandmarkError
from ..landmarks import Landmarks

Averaging = Literal["image", "point"]
"""Whether every image counts once, or every point."""

RESAMPLES = 2000
"""Bootstrap samples of an interval."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Errors of found landmarks, one for each point that is present in the truth.

    Attributes
    ----------
    errors : ndarray, shape (points,)
        Distance of found to true position in pixels.
    box_sides : ndarray, shape (points,)
        Longer side of the true landmarks' box on that point's specimen, in pixels.
    centroid_sizes : ndarray, shape (points,)
        Centroid size of the true landmarks on that point's specimen, in pixels.
    specimens : ndarray of int, shape (points,)
        Number of that point's specimen.
    blocks : ndarray of int, shape (points,)
        Number of what that point's specimen belongs to, such as all pairs with the same source.
    """

    errors: NDArray[np.float64]
    box_sides: NDArray[np.float64]
    centroid_sizes: NDArray[np.float64]
    specimens: NDArray[np.int64]
    blocks: NDArray[np.int64]

    def pck(self, share: float, per: Averaging = "point") -> float:
        """Return the share of points that lie within `share` of their specimen's longer side.

        Parameters
        ----------
        share : float
            Threshold.
        per : {"point", "image"}
            "point": every point counts once, however many its specimen has; "image": the mean of
            the specimens' own shares.
        """
        right, total, _ = self._counts(share, per)
        return float(right.sum() / total.sum())

    def pck_interval(
        self, share: float, per: Averaging = "point", *, level: float = 0.95, seed: int = 0
    ) -> tuple[float, float]:
        """Return a confidence interval of `pck`, by bootstrap over blocks of specimens.

        Specimens are drawn with all their points, and blocks with all their specimens, since those
        are not independent of one another.

        Parameters
        ----------
        share, per
            As for `pck`.
        level : float
            Share of the intervals that hold the true value.
        seed : int
            Of the draws.

        Returns
        -------
        low, high : float
            Percentiles (Efron and Tibshirani 1993); NaN for a single block.
        """
        from scipy.stats import bootstrap

        right, total, blocks = self._counts(share, per)
        sums = [np.bincount(blocks, weights=values) for values in (right, total)]
        if len(sums[0]) < 2:
            return float("nan"), float("nan")

        def statistic(right: Any, total: Any, axis: int = -1) -> Any:
            return right.sum(axis=axis) / total.sum(axis=axis)

        found = bootstrap(
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
        return float(found.low), float(found.high)

    def _counts(
        self, share: float, per: Averaging
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return each specimen's right points, of how many, and its block.

        Per image the points of a specimen are counted as shares of one.
        """
        _, firsts, numbers = np.unique(self.specimens, return_index=True, return_inverse=True)
        within = self.errors <= share * self.box_sides
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
        """Mean distance in percent of the specimen's centroid size."""
        return float((100 * self.errors / self.centroid_sizes).mean())


def score(found: Sequence[Landmarks], truth: Sequence[Landmarks]) -> Scores:
    """Compare found landmarks with true ones, specimen by specimen.

    Parameters
    ----------
    found, truth : sequence of Landmarks
        Matched by name; true landmarks that are missing do not count.

    Returns
    -------
    Scores

    Raises
    ------
    LandmarkError
        If a specimen has no landmark in common with the truth.
    """
    errors, sides, sizes, specimens = [], [], [], []
    for number, (guess, real) in enumerate(zip(found, truth, strict=True)):
        shared = [name for name in real.names if name in guess.names]
        if not shared:
            raise LandmarkError(
                f"Found landmarks {list(guess.names)} and true ones {list(real.names)} have no name "
                "in common; they belong to different sets."
            )
        for name in shared:
            distance = float(np.linalg.norm(guess[name] - real[name]))
            if np.isfinite(distance):
                errors.append(distance)
                sides.append(real.longer_side())
                sizes.append(real.centroid_size())
                specimens.append(number)
    numbers = np.array(specimens)
    return Scores(np.array(errors), np.array(sides), np.array(sizes), numbers, numbers)


def side_confusion(found: Sequence[Landmarks], truth: Sequence[Landmarks]) -> float | None:
    """Return how often left and right were taken for each other.

    Parameters
    ----------
    found, truth : sequence of Landmarks
        A landmark with ``left`` in its name has its counterpart under the same name with
        ``right``, and the other way round.

    Returns
    -------
    float or None
        The share of such points that lie nearer to their true counterpart than to their own true
        position; None where no landmark has a side.
    """
    confused = []
    for guess, real in zip(found, truth, strict=True):
        for name in real.names:
            other = counterpart(name)
            if name in guess.names and other is not None and other in real.names:
                own, opposite = (np.linalg.norm(guess[name] - real[n]) for n in (name, other))
                confused.append(opposite < own)
    return float(np.mean(confused)) if confused else None


def counterpart(name: str) -> str | None:
    """Return a landmark's name on the other side, or None if its name has no side."""
    for side, other in (("left", "right"), ("right", "left")):
        if side in name:
            return name.replace(side, other)
    return None
