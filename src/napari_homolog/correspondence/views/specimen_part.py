"""The part of an image in which a specimen is looked for: what surrounds its box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...boxes import Box

MARGIN = 0.15
"""Surroundings of a box that are seen with it, as a share of its longer side."""


def part_around(
    image: NDArray[np.float32], box: Box | None
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return what surrounds a box, or the whole image without one.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3)
        RGB.
    box : Box or None
        Around the specimen, in pixels of the image.

    Returns
    -------
    part : ndarray, shape (rows, cols, 3)
        The part.
    origin : ndarray of float64, shape (2,)
        (row, col) of its first pixel on the image.

    Raises
    ------
    BoxError
        If the box does not lie on the image.
    """
    if box is None:
        return image, np.zeros(2)
    seen = box.within(image.shape).widened(MARGIN).within(image.shape)
    rows, cols = seen.pixels
    origin = np.array([rows.start, cols.start], np.float64)
    return np.ascontiguousarray(image[rows, cols]), origin
