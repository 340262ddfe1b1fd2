"""One specimen of a landmark file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..landmarks import Landmarks

ImageSize = tuple[int, int] | Callable[[str], tuple[int, int]] | None
"""Height and width in pixels, or a function from an image's name in the file to them."""


class FormatWarning(UserWarning):
    """Something in a file was left out, or looks wrong; the message names it."""


@dataclass(frozen=True, eq=False)
class Specimen:
    """Landmarks of one image, with what files say beside them.

    Attributes
    ----------
    image : str
        The image's name as it stands in the file; may be empty.
    landmarks : Landmarks
        (row, col) in pixels of the image.
    identifier : str or None
        The specimen's own name.
    scale : float or None
        Real units per pixel; None where unknown.
    comment : str or None
        Free text.
    confidence, spread : ndarray of float64, shape (n,), or None
        Confidence in [0, 1] and spread in pixels of each landmark; NaN where unknown.
    status : tuple of str or None
        Such as ``"manual"`` or ``"predicted"``, for each landmark.
    image_size : (int, int) or None
        Height and width of the image in pixels.
    """

    image: str
    landmarks: Landmarks
    identifier: str | None = None
    scale: float | None = None
    comment: str | None = None
    confidence: NDArray[np.float64] | None = None
    spread: NDArray[np.float64] | None = None
    status: tuple[str, ...] | None = None
    image_size: tuple[int, int] | None = None


def size_of(image: str, sizes: ImageSize) -> tuple[int, int] | None:
    """Return the size of an image by what the caller gave: a size, a function or nothing."""
    return sizes(image) if callable(sizes) else sizes


def joined(problems: list[str]) -> FormatError:
    """Return one error for up to 20 findings."""
    return FormatError("\n".join(problems[:20]))
