"""How one specimen is turned and scaled against another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pose_between(
    reference: NDArray[np.float64], points: NDArray[np.float64], landmark: int
) -> NDArray[np.float64]:
    """Return how a specimen is turned and scaled against the reference, by its other landmarks.

    Parameters
    ----------
    reference : ndarray, shape (n, 2)
        The landmarks of the reference, (row, col) in pixels of its image; NaN for missing ones.
    points : ndarray, shape (n, 2)
        Those of the specimen, in pixels of its image.
    landmark : int
        The one that is judged; it does not count unless there are too few others.

    Returns
    -------
    ndarray, shape (2, 2)
        What one pixel of the reference, as a column (row, col), is on the specimen; the identity if two
        landmarks are not there.
    """
    shared = np.array(np.isfinite(np.hstack([reference, points])).all(1))
    if shared.sum() > 2:
        shared[landmark] = False
    if not shared.any():
        return np.eye(2)
    # A turn with a change of scale is a product with one complex number; this one fits best.
    here, there = (one[shared] - one[shared].mean(0) for one in (reference, points))
    here, there = here @ (1, 1j), there @ (1, 1j)
    size = float((np.abs(here) ** 2).sum())
    turn = complex((here.conj() * there).sum()) / size if size > 0 else 0
    if turn == 0:
        return np.eye(2)
    return np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
