"""Carrying points from one specimen to another by their landmarks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...errors import CurveError
from ...thin_plate import thin_plate_spline
from ..priors.affine import fit_affine

FLAT = 1e-3
"""Landmarks are on one line if their breadth is a smaller share of their length."""

SIMILARITY = 1e6
"""Stiffness with which an affine map is a similarity."""


class Spline:
    """The thin-plate spline between the landmarks of two specimens.

    Two landmarks, or landmarks on one line, give a similarity.

    Parameters
    ----------
    source, target : ndarray, shape (n, 2)
        The landmarks of both in the same order, (row, col).

    Raises
    ------
    CurveError
        If there are fewer than two landmarks at different places.
    """

    def __init__(self, source: NDArray[np.float64], target: NDArray[np.float64]) -> None:
        _, first = np.unique(source, axis=0, return_index=True)
        source, target = source[np.sort(first)], target[np.sort(first)]
        if len(source) < 2:
            raise CurveError(
                f"{len(source)} landmarks are known on both specimens; a curve is laid by two or more."
            )
        lengths = np.linalg.svd(source - source.mean(0), compute_uv=False)
        if len(source) == 2 or lengths[1] < FLAT * lengths[0]:
            self._carry: Callable[[NDArray[np.float64]], NDArray[np.float64]] = fit_affine(
                source, target, np.ones(len(source)), SIMILARITY
            )
            return
        self._carry = thin_plate_spline(source, target)

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the source, (m, 2), on the target."""
        return self._carry(points)
