"""A grid that lies exactly on an image, on which the maps of its views are averaged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..views.rectangle import Rectangle


class MapGrid:
    """A grid that lies exactly on an image and averages the maps of its views.

    ``image coordinate = index * scale + translate``.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the image in pixels.
    side : int
        Cells along the image's longer side.

    Attributes
    ----------
    rows, cols : int
        Cells along either side.
    scale, translate : ndarray of float64, shape (2,)
        Pixels per cell and the pixel of the first cell's centre, (row, col).
    """

    def __init__(self, shape: tuple[int, int], side: int) -> None:
        height, width = shape
        cells = side / max(height, width)
        self.rows, self.cols = max(1, round(height * cells)), max(1, round(width * cells))
        self.scale = np.array([height / self.rows, width / self.cols])
        self.translate = (self.scale - 1) / 2

    def add_up(self, maps: Tensor, rectangles: Sequence[Rectangle]) -> tuple[Tensor, Tensor]:
        """Return the sum of all views' maps, and how many views cover each cell.

        Parameters
        ----------
        maps : Tensor, shape (views, n, rows, cols)
            Maps on the views' own grids.
        rectangles : sequence of Rectangle
            Where the views lie.

        Returns
        -------
        total : Tensor, shape (n, self.rows, self.cols)
        count : Tensor, shape (self.rows, self.cols)
        """
        rows = [_interpolation(self._normalised(0, r), maps.shape[2]) for r in rectangles]
        cols = [_interpolation(self._normalised(1, r), maps.shape[3]) for r in rectangles]
        down, right = (torch.from_numpy(np.stack(axis)).to(maps) for axis in (rows, cols))
        # Bilinear interpolation is one product from either side, which sums over the views too.
        widened = torch.einsum("vnij,vcj->nvic", maps, right).flatten(1, 2)
        total = down.movedim(0, 1).flatten(1) @ widened
        return total, torch.einsum("vr,vc->rc", down.sum(-1), right.sum(-1))

    def average(self, maps: Tensor, rectangles: Sequence[Rectangle]) -> Tensor:
        """Return the mean, (n, self.rows, self.cols), of maps as in `add_up`.

        It is zero where no view reaches.
        """
        total, count = self.add_up(maps, rectangles)
        return total / count.clamp(min=1)

    def to_cells(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (..., 2), (row, col) in pixels of the image, in cells."""
        return np.asarray((points - self.translate) / self.scale)

    def to_pixels(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return cells (..., 2) as (row, col) in pixels of the image."""
        return np.asarray(cells * self.scale + self.translate)

    def gaussians(self, points: NDArray[np.float64], deviation: float) -> Tensor:
        """Return Gaussians around points; ones where a point is unknown (NaN).

        Their height is one at the cell nearest to the point, however narrow they are and wherever
        the point lies.

        Parameters
        ----------
        points : ndarray, shape (n, 2)
            (row, col) in pixels of the image.
        deviation : float
            Standard deviation in pixels.

        Returns
        -------
        Tensor of float32, shape (n, self.rows, self.cols)
        """
        profiles = []
        for axis, count in enumerate((self.rows, self.cols)):
            pixels = np.arange(count) * self.scale[axis] + self.translate[axis]
            distance = np.abs(pixels - points[:, axis, None])
            squares = distance**2 - distance.min(1, keepdims=True) ** 2
            with np.errstate(over="ignore"):
                excess = squares / deviation / deviation
            profiles.append(np.nan_to_num(np.exp(-excess / 2), nan=1.0))
        return torch.from_numpy(profiles[0][:, :, None] * profiles[1][:, None, :]).float()

    def _normalised(self, axis: int, rectangle: Rectangle) -> NDArray[np.float64]:
        """Return the grid's rows (axis 0) or columns in a view's normalised coordinates."""
        count = (self.rows, self.cols)[axis]
        start = (rectangle.top, rectangle.left)[axis]
        length = (rectangle.height, rectangle.width)[axis]
        pixels = np.arange(count) * self.scale[axis] + self.translate[axis]
        return np.asarray((pixels - start) / length)


def _interpolation(normalised: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Return the weights (positions, cells) of linear interpolation, zero outside the view.

    Between the outermost cells' centres and the view's edges the outermost cell's value holds.
    """
    position = np.clip(normalised * cells - 0.5, 0, cells - 1)
    weights = np.clip(1 - np.abs(position[:, None] - np.arange(cells)), 0, None)
    inside = (normalised >= 0) & (normalised <= 1)
    return np.asarray(weights * inside[:, None])
