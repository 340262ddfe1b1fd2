"""Reading image files: TIFF with tifffile, everything else with Pillow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from . import camera_raw, pillow, tiff
from .foreign import RawFileError, is_raw, is_tiff
from .header import Header
from .limits import SMALLEST_SIDE, existing, unreadable
from .plane import Plane, plane_of
from .reduced import ReducedImage, reduced_from

_T = TypeVar("_T")


def read_image(path: str | Path, page: int | Plane | None = None) -> NDArray[np.float32]:
    """Read an image file as RGB.

    Grey, RGB, RGBA (laid over white), CMYK and palette images of 8 or 16 bits or floats are read.
    The orientation is applied, and colours with a profile are converted to sRGB.

    Parameters
    ----------
    path : str or Path
        A JPEG, PNG, TIFF, BMP, GIF or WebP file, recognised by its contents.
    page : int or Plane, optional
        Which page or frame, counted from 0, or which of its channels as well; required if there are
        several.

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].

    Raises
    ------
    ImageError
        If the file is missing, damaged or no image, has several pages or channels of which none is
        chosen, or is smaller than 16 pixels along a side or larger than 178 million pixels.
    """
    return _read(
        path,
        lambda path: tiff.read_tiff(path, plane_of(page)),
        lambda path: pillow.read_pillow(path, plane_of(page)),
        lambda path: camera_raw.read_raw(path, plane_of(page)),
    )


def read_reduced(path: str | Path, longest: int, page: int | Plane | None = None) -> ReducedImage:
    """Read an image file at a reduced size.

    Large files are never decoded at full size: JPEG files are decoded at 1/2 to 1/8 of their size,
    TIFF files from stored reductions, strips or tiles. Other formats are limited as in
    `read_image`.

    Parameters
    ----------
    path : str or Path
        The file.
    longest : int
        Pixels along the longer side, at most. Smaller images keep their size.
    page : int or Plane, optional
        Which page or frame, counted from 0, or which of its channels as well; required if there are
        several.

    Returns
    -------
    ReducedImage
        Its `to_original` converts positions to pixels of the file.

    Raises
    ------
    ImageError
        As for `read_image`; JPEG and TIFF files may have up to 2,500 million pixels.
    """
    if longest < SMALLEST_SIDE:
        raise ImageError(
            f"The longer side cannot be reduced to {longest} pixels; give {SMALLEST_SIDE} or more."
        )
    return _read(
        path,
        lambda path: tiff.read_reduced_tiff(path, longest, plane_of(page)),
        lambda path: pillow.read_reduced_pillow(path, longest, plane_of(page)),
        lambda path: reduced_from(camera_raw.read_raw(path, plane_of(page)), longest),
    )


def image_size(path: str | Path, page: int | Plane | None = None) -> tuple[int, int]:
    """Return height and width of an image file after its rotation.

    Raises
    ------
    ImageError
        If the file is missing, no image, or of several pages or channels of which none is
        chosen.
    """
    return read_header(path, page).size


def read_header(path: str | Path, page: int | Plane | None = None) -> Header:
    """Return the size of an image file after its rotation, and its EXIF or TIFF orientation.

    Raises
    ------
    ImageError
        If the file is missing, no image, or of several pages or channels of which none is
        chosen.
    """
    return _read(
        path,
        lambda path: tiff.tiff_header(path, plane_of(page)),
        lambda path: pillow.header_by_pillow(path, plane_of(page)),
        lambda path: camera_raw.raw_header(path, plane_of(page)),
    )


def _read(
    path: str | Path,
    by_tifffile: Callable[[Path], _T],
    by_pillow: Callable[[Path], _T],
    by_rawpy: Callable[[Path], _T],
) -> _T:
    path = existing(path)
    try:
        if is_raw(path):
            return by_rawpy(path)
        if not is_tiff(path):
            return by_pillow(path)
        try:
            return by_tifffile(path)
        except RawFileError:
            return by_rawpy(path)
    except ImageError as error:
        if str(path) in str(error):
            raise
        # Errors about arrays do not name the file.
        raise ImageError(f"{path}: {error}") from error
    except (*tiff.DAMAGES, *pillow.DAMAGES, MemoryError) as error:
        raise unreadable(path, error) from error
