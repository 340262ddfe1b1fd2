"""The box prior: specimens lie in their boxes alike, so that a box says where landmarks are."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...boxes import Box

DEVIATION = 0.04
"""Standard deviation of a landmark's place, as a share of the longer side of what is seen of a target:
its box with some surroundings."""


def places_in_boxes(
    boxes: Sequence[Box | None], points: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """Return the mean place of each landmark in the boxes of specimens.

    Parameters
    ----------
    boxes : sequence of Box or None
        None for a specimen without a box, which does not count.
    points : sequence of ndarray, shape (n, 2)
        The specimens' landmarks, (row, col) in pixels as their boxes; NaN where one is missing.

    Returns
    -------
    ndarray, shape (n, 2), or None
        Shares of the boxes' sides, (row, col); NaN for a landmark that none has. None without boxes.
    """
    shares = [
        box.to_normalised(one) for box, one in zip(boxes, points, strict=True) if box is not None
    ]
    if not shares:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(shares, axis=0))
