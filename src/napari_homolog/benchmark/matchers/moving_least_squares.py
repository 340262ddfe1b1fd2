"""Moving least squares: points carried along by matches, the near ones most.

Schaefer, McPhail, Warren 2006, "Image deformation using moving least squares": around each point the
affine map that fits the matches best, each weighted by the inverse of its squared distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAREST = 1e-6
"""Distance in pixels below which a point lies on a match."""

RIDGE = 1e-9
"""Weight of the identity against the matches."""


def move(
    points: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move points as matches around them moved.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        To be moved.
    before, after : ndarray, shape (m, 2)
        Matches; at least one.

    Returns
    -------
    ndarray, shape (n, 2)
        A point that lies on a match goes where the match went. Matches that follow one affine map
        move every point by it.
    """
    distances = ((points[:, None] - before) ** 2).sum(-1)
    weights = 1 / np.maximum(distances, NEAREST**2)
    weights /= weights.sum(1, keepdims=True)
    centre_before = weights @ before
    centre_after = weights @ after
    reach_before = before - centre_before[:, None]
    reach_after = after - centre_after[:, None]
    spread = np.einsum("nm,nmi,nmj->nij", weights, reach_before, reach_before)
    cross = np.einsum("nm,nmi,nmj->nij", weights, reach_before, reach_after)
    size = np.trace(spread, axis1=1, axis2=2) + np.finfo(float).tiny
    # Held to the identity where matches along one line say nothing.
    hold = RIDGE * np.eye(2)
    share = size[:, None, None]
    maps = np.linalg.solve(spread / share + hold, cross / share + hold)
    return np.asarray(np.einsum("ni,nij->nj", points - centre_before, maps) + centre_after)
