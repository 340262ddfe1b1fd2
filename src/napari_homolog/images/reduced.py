"""Images at a reduced size, and the conversion of positions to pixels of the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from ..errors import ImageError
from .limits import SMALLEST_SIDE


@dataclass(frozen=True, eq=False)
class ReducedImage:
    """An image that may be smaller than in its file.

    Attributes
    ----------
    pixels : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    size : (int, int)
        Height and width of the image in the file, in pixels.
    """

    pixels: NDArray[np.float32]
    size: tuple[int, int]

    @property
    def factors(self) -> tuple[float, float]:
        """Rows and columns of the file that one pixel covers."""
        height, width = self.pixels.shape[:2]
        return self.size[0] / height, self.size[1] / width

    def to_original(self, points: ArrayLike) -> NDArray[np.float64]:
        """Convert positions (n, 2), (row, col), from the reduced image to the file's image."""
        # Pixel centres are at integers, so that the corner of the image is at -0.5.
        return (np.asarray(points, dtype=float) + 0.5) * self.factors - 0.5

    def to_reduced(self, points: ArrayLike) -> NDArray[np.float64]:
        """Convert positions (n, 2), (row, col), from the file's image to the reduced image."""
        return (np.asarray(points, dtype=float) + 0.5) / self.factors - 0.5


def reduced_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return height and width of an image whose longer side is reduced to `longest` pixels."""
    factor = max(1.0, max(size) / longest)
    height, width = round(size[0] / factor), round(size[1] / factor)
    if min(height, width) < min(SMALLEST_SIDE, *size):
        raise ImageError(
            f"{size[0]} x {size[1]} pixels become {height} x {width} pixels with {longest} along "
            f"the longer side; at least {SMALLEST_SIDE} along either are needed: allow more pixels."
        )
    return height, width


def reduced_from(rgb: NDArray[np.float32], longest: int) -> ReducedImage:
    """Return an image (height, width, 3) with at most `longest` pixels along its longer side."""
    height, width = rgb.shape[:2]
    small = resize_array(rgb, (height, width), reduced_size((height, width), longest))
    return ReducedImage(small, (height, width))


def coarse_factor(size: tuple[int, int], longest: int) -> int:
    """Return the side of the squares that a first, fast reduction may average."""
    return max(1, max(size) // longest)


def resize_picture(
    picture: Image.Image, covered: tuple[float, float], size: tuple[int, int]
) -> Image.Image:
    """Return an image at another size.

    Parameters
    ----------
    picture : PIL.Image.Image
        The image.
    covered : (float, float)
        Height and width of the upper left part that shows the image. A first reduction by whole
        pixels may have left a last row and column that are only partly covered.
    size : (int, int)
        Height and width of the result in pixels.
    """
    height, width = size
    if picture.size == (width, height) and tuple(covered) == (height, width):
        return picture
    box = (0, 0, covered[1], covered[0])
    return picture.resize((width, height), Image.Resampling.BOX, box=box)


def resize_array(
    array: NDArray[np.float32], covered: tuple[float, float], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return an array (height, width, channels) at another size.

    Parameters
    ----------
    array : ndarray of float32, shape (height, width, channels)
        The image.
    covered, size : (float, float), (int, int)
        As for `resize_picture`.
    """
    channels = [
        np.asarray(resize_picture(Image.fromarray(channel), covered, size))
        for channel in np.moveaxis(array, -1, 0)
    ]
    return np.stack(channels, axis=-1)
