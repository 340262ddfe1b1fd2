"""Figures of merit: percentage of correct points, error in pixels and in % of centroid size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import LandmarkError
from ..landmarks import Landmarks


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
    """

    errors: NDArray[np.float64]
    box_sides: NDArray[np.float64]
    centroid_sizes: NDArray[np.float64]

    def pck(self, share: float) -> float:
        """Return the share of points that lie within `share` of their specimen's longer side.

        Every point counts once ("per point"), however many its specimen has.
        """
        return float((self.errors <= share * self.box_sides).mean())

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
    errors, sides, sizes = [], [], []
    for guess, real in zip(found, truth, strict=True):
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
    return Scores(np.array(errors), np.array(sides), np.array(sizes))
