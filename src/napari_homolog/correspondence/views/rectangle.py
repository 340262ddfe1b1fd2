"""Where a view lies on its image, and the coordinates inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Rectangle:
    """Where a view lies on the image.

    Its edges are given in image coordinates whose pixel centres are integers, so that the whole
    image spans rows -0.5 to height - 0.5.

    Attributes
    ----------
    top, left : float
        The upper left corner, (row, col) of an edge.
    height, width : float
        In pixels of the image.

    Examples
    --------
    >>> whole = Rectangle(-0.5, -0.5, 100, 200)
    >>> whole.to_pixels(whole.to_normalised(np.array([[10.0, 20.0]]))).tolist()
    [[10.0, 20.0]]
    """

    top: float
    left: float
    height: float
    width: float

    def to_normalised(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (n, 2), (row, col) in image pixels, in normalised coordinates."""
        return (points - (self.top, self.left)) / (self.height, self.width)

    def to_pixels(self, normalised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return normalised coordinates (n, 2) as (row, col) in image pixels."""
        return normalised * (self.height, self.width) + (self.top, self.left)


def in_view(normalised: Tensor) -> Tensor:
    """Return 1 where normalised coordinates (..., 2) lie in the view, else (or for NaN) 0."""
    return ((normalised > 0) & (normalised < 1)).all(-1).float()
