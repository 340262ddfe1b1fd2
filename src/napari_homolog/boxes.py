"""Boxes around specimens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import BoxError

SMALLEST = 8.0
"""Shorter side of a box in pixels below which nothing can be seen in it."""


@dataclass(frozen=True)
class Box:
    """A rectangle around one specimen, parallel to the edges of its image.

    Attributes
    ----------
    top, left, bottom, right : float
        Its edges, (row, col) in pixels of the image; pixel centres are at integers, so that the whole
        image spans rows -0.5 to height - 0.5.

    Raises
    ------
    BoxError
        If it is not finite or has a side of less than 8 pixels.

    Examples
    --------
    >>> Box(10, 20, 110, 220).widened(0.1)
    Box(top=-10.0, left=0.0, bottom=130.0, right=240.0)
    """

    top: float
    left: float
    bottom: float
    right: float

    def __post_init__(self) -> None:
        height, width = self.bottom - self.top, self.right - self.left
        # Written so that NaN is refused too.
        if not SMALLEST <= min(height, width) <= max(height, width) < np.inf:
            raise BoxError(
                f"The box from row {self.top:g}, column {self.left:g} to row {self.bottom:g}, column "
                f"{self.right:g} is no rectangle of at least {SMALLEST:g} pixels on each side; draw "
                "it around the whole specimen."
            )

    @property
    def size(self) -> float:
        """The longer side in pixels."""
        return max(self.bottom - self.top, self.right - self.left)

    def widened(self, share: float) -> Box:
        """Return the box with a share of its longer side added at each edge."""
        margin = share * self.size
        return Box(self.top - margin, self.left - margin, self.bottom + margin, self.right + margin)

    def mirrored(self, width: int) -> Box:
        """Return the box on the mirror image of an image of that width in pixels."""
        last = width - 1
        return Box(self.top, last - self.right, self.bottom, last - self.left)

    def within(self, shape: tuple[int, ...]) -> Box:
        """Return the part of the box that lies on an image.

        Parameters
        ----------
        shape : (int, int) or (int, int, int)
            Height and width of the image in pixels.

        Raises
        ------
        BoxError
            If less than 8 pixels of it do.
        """
        height, width = shape[:2]
        low = np.clip((self.top, self.left), -0.5, None)
        high = np.minimum((self.bottom, self.right), (height - 0.5, width - 0.5))
        if (high - low).min() < SMALLEST:
            raise BoxError(
                f"The box from row {self.top:g}, column {self.left:g} to row {self.bottom:g}, column "
                f"{self.right:g} does not lie on its image of {height} x {width} pixels; draw it on "
                "the specimen."
            )
        return Box(*map(float, (*low, *high)))

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns of the pixels whose centres lie in the box, which is `within` its image."""
        (top, left), (bottom, right) = (
            np.ceil((self.top, self.left)).astype(int).tolist(),
            np.floor((self.bottom, self.right)).astype(int).tolist(),
        )
        return slice(top, bottom + 1), slice(left, right + 1)

    def to_normalised(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (n, 2), (row, col) in pixels of the image, as shares of the box's sides."""
        return np.asarray((points - self._origin) / self._sides)

    def to_pixels(self, normalised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what `to_normalised` returned, as (row, col) in pixels of the image."""
        return np.asarray(normalised * self._sides + self._origin)

    @property
    def _origin(self) -> NDArray[np.float64]:
        return np.array([self.top, self.left])

    @property
    def _sides(self) -> NDArray[np.float64]:
        return np.array([self.bottom - self.top, self.right - self.left])
