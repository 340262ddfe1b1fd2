"""What locating yields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class Prediction:
    """Landmarks found on one target.

    Attributes
    ----------
    names : tuple of str
        The landmarks, in the order of the landmark set.
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, pixel centres at integers.
    maps : ndarray of float32, shape (n, rows, cols)
        What speaks for each place, in [0, 1], on a coarser grid that lies exactly on the image:
        ``image coordinate = index * scale + translate``. With the matcher ``attention`` it is the
        attention, averaged over views, heads, layers and rounds.
    scale, translate : ndarray of float64, shape (2,)
        Pixels per cell and the pixel of the first cell's centre, (row, col).
    spread : ndarray of float64, shape (n,)
        Root mean squared distance of the rounds' answers to their mean, in pixels.
    confidence : ndarray of float64, shape (n,)
        Share of a map's mass within two standard deviations of the learned target around its
        point, in [0, 1]. It ranks landmarks; it is not a calibrated probability.
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    maps: NDArray[np.float32]
    scale: NDArray[np.float64]
    translate: NDArray[np.float64]
    spread: NDArray[np.float64]
    confidence: NDArray[np.float64]

    @property
    def landmarks(self) -> Landmarks:
        """The points with their names."""
        return Landmarks.from_arrays(self.names, self.points)
