"""The thin-plate spline between two sets of places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator


def thin_plate_spline(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the map that carries one set of places onto another and bends least in between.

    Parameters
    ----------
    source, target : ndarray, shape (n, 2)
        The places in the same order; those of the source all differ and are not on one line.

    Returns
    -------
    callable
        Carries points (m, 2) of the source to the target.

    Examples
    --------
    >>> square = np.array([(0.0, 0), (0, 2), (2, 2), (2, 0)])
    >>> thin_plate_spline(square, 3 * square + 5)(np.array([(1.0, 1)])).round(6).tolist()
    [[8.0, 8.0]]
    """
    # In units of the source's own size, for which the equations are well conditioned.
    middle = source.mean(0)
    size = float(np.linalg.norm(source - middle))
    spline = RBFInterpolator((source - middle) / size, target, kernel="thin_plate_spline", degree=1)
    return lambda points: np.asarray(spline((points - middle) / size))
