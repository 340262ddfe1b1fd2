"""Descriptors of image positions, computed by networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .matcher import Image


@dataclass(frozen=True, eq=False)
class Descriptors:
    """Descriptors on a regular grid over an image.

    Attributes
    ----------
    grid : Tensor, shape (channels, rows, cols)
        Descriptors, not normalised.
    size : (int, int)
        Height and width of the image in pixels.
    """

    grid: Tensor
    size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return int(self.grid.shape[1]), int(self.grid.shape[2])

    @property
    def unit(self) -> Tensor:
        """Descriptors of unit length, shape (rows * cols, channels)."""
        return functional.normalize(self.grid.flatten(1).T, dim=-1)

    @cached_property
    def activity(self) -> Tensor:
        """Norm of the descriptors, scaled to 0 at the weakest position and 1 at the strongest.

        Shape (1, rows, cols); 1 everywhere if all norms are equal.
        """
        strength = self.grid.norm(dim=0, keepdim=True)
        low, high = strength.aminmax()
        return (strength - low) / (high - low) if high > low else torch.ones_like(strength)

    def to_pixels(self, cells: NDArray[Any]) -> NDArray[np.float64]:
        """Return the positions of cell centres in pixels, (row, col)."""
        return np.asarray((cells + 0.5) * np.array(self.size) / self.shape - 0.5)

    def to_cells(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Return the positions of pixels on the grid, (row, col), cell centres at integers."""
        return np.asarray((points + 0.5) * self.shape / np.array(self.size) - 0.5)

    def at(self, points: NDArray[np.float64]) -> Tensor:
        """Return the descriptors at points, of unit length, shape (n, channels)."""
        normalised = torch.from_numpy((points + 0.5) / np.array(self.size)).to(self.grid)
        positions = (normalised.flip(-1) * 2 - 1)[None, None]
        sampled = functional.grid_sample(
            self.grid[None], positions, "bilinear", "border", align_corners=False
        )
        return functional.normalize(sampled[0, :, 0].T, dim=-1)


class Describer(ABC):
    """A network that computes descriptors of an image.

    Attributes
    ----------
    name : str
        Part of the matchers' names.
    """

    name: str

    @abstractmethod
    def levels(self, image: Image) -> list[Descriptors]:
        """Return the descriptors of an image on one or several grids, from fine to coarse."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the network."""


def to_batch(
    image: Image,
    shape: tuple[int, int],
    mean: Any,
    deviation: Any,
    device: torch.device,
    *,
    averaged: bool = False,
) -> Tensor:
    """Return an image resized and normalised, shape (1, 3, rows, cols).

    Parameters
    ----------
    image : ndarray, shape (height, width, 3)
        RGB in [0, 1].
    shape : (int, int)
        Rows and columns of the result.
    mean, deviation : sequence of float
        Of each channel; subtracted, and divided by.
    device : torch.device
        Where the result is stored.
    averaged : bool
        Resize by averaging the covered pixels, instead of antialiased interpolation.
    """
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None]
    if averaged:
        resized = functional.interpolate(pixels, size=shape, mode="area")
    else:
        resized = functional.interpolate(
            pixels, size=shape, mode="bilinear", antialias=True, align_corners=False
        )
    centre, scale = (torch.tensor(value).view(1, 3, 1, 1) for value in (mean, deviation))
    return ((resized - centre) / scale).to(device)


def whole_cells(image: Image, longest: int, cell: int) -> tuple[int, int]:
    """Return height and width with nearly an image's aspect ratio, in whole cells.

    Parameters
    ----------
    image : ndarray
        The image.
    longest : int
        Longer side of the result in pixels.
    cell : int
        Side of a cell in pixels.
    """
    height, width = image.shape[:2]
    zoom = longest / max(height, width) / cell
    return tuple(cell * max(1, round(side * zoom)) for side in (height, width))  # type: ignore[return-value]
