"""Images in, as RGB in [0, 1]: files and arrays of any common depth and number of channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import ImageError

SMALLEST_SIDE = 16
"""Images with a shorter side, in pixels, are refused."""

MOST_PIXELS = 178_000_000
"""Images with more pixels are refused before they are decoded."""

EXIF_ORIENTATION = 0x0112
QUARTER_TURNED = {5, 6, 7, 8}
"""Values of the EXIF orientation under which height and width change places."""

TIFF_SUFFIXES = {".tif", ".tiff"}


def read_image(path: str | Path) -> NDArray[np.float32]:
    """Read an image file as RGB.

    8- and 16-bit and float, grey, RGB, RGBA (laid over white), CMYK and palettes are understood;
    an EXIF rotation is applied.

    Parameters
    ----------
    path : str or Path
        A JPEG, PNG, TIFF or other file that Pillow or tifffile reads.

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].

    Raises
    ------
    ImageError
        If the file is missing, no image, damaged, animated or of several pages, smaller than 16
        pixels, or larger than 178 million pixels.
    """
    path = _existing(path)
    if path.suffix.lower() in TIFF_SUFFIXES:
        return _read_tiff(path)
    try:
        with Image.open(path) as picture:
            _check_frames(getattr(picture, "n_frames", 1), path)
            _check_size(picture.height, picture.width, str(path))
            return _from_pillow(ImageOps.exif_transpose(picture))
    except ImageError:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
    ) as error:
        raise _unreadable(path, error) from error


def image_size(path: str | Path) -> tuple[int, int]:
    """Return height and width of an image file, after its EXIF rotation, without decoding it.

    Raises
    ------
    ImageError
        If the file is missing or no image.
    """
    path = _existing(path)
    try:
        if path.suffix.lower() in TIFF_SUFFIXES:
            with tifffile.TiffFile(path) as tiff:
                page = tiff.pages.first
                return int(page.imagelength), int(page.imagewidth)
        with Image.open(path) as picture:
            if picture.getexif().get(EXIF_ORIENTATION) in QUARTER_TURNED:
                return picture.width, picture.height
            return picture.height, picture.width
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        tifffile.TiffFileError,
        OSError,
        SyntaxError,
    ) as error:
        raise _unreadable(path, error) from error


def as_rgb(array: NDArray[Any]) -> NDArray[np.float32]:
    """Return an image array as RGB.

    Parameters
    ----------
    array : ndarray, shape (height, width), (height, width, 1), (height, width, 3) or (height, width, 4)
        Boolean, unsigned integers (scaled by their full range), or floats, which are taken as they
        are within [0, 1] and scaled by their own range otherwise.

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        RGB in [0, 1]; a fourth channel is opacity, laid over white.

    Raises
    ------
    ImageError
        If the shape or the type is another one, a value is not finite, or the image is too small
        or too large.
    """
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4):
        raise ImageError(
            f"An array of shape {array.shape} is no single picture; expected (height, width), or "
            "(height, width, channels) with 1, 3 or 4 channels. Of a stack, choose one plane."
        )
    _check_size(array.shape[0], array.shape[1], "The image")
    values = _to_unit_range(array)
    if values.shape[-1] == 4:
        opacity = values[..., 3:]
        values = values[..., :3] * opacity + (1 - opacity)
    if values.shape[-1] == 1:
        values = np.repeat(values, 3, axis=-1)
    return np.ascontiguousarray(values, dtype=np.float32)


def _to_unit_range(array: NDArray[Any]) -> NDArray[np.float32]:
    if array.dtype == bool:
        return array.astype(np.float32)
    if np.issubdtype(array.dtype, np.unsignedinteger):
        return (array / np.float32(np.iinfo(array.dtype).max)).astype(np.float32)
    if not (
        np.issubdtype(array.dtype, np.floating) or np.issubdtype(array.dtype, np.signedinteger)
    ):
        raise ImageError(
            f"Pixels of type {array.dtype} are no grey values; expected booleans, integers or floats."
        )
    values = array.astype(np.float32)
    if not np.isfinite(values).all():
        raise ImageError(
            "The image holds values that are not finite; replace NaN and infinity first."
        )
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        values = (values - low) / max(high - low, 1e-12)
    return values


def _existing(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_file():
        raise ImageError(f"There is no image file {path}; check the name and the folder.")
    return path


def _check_frames(count: int, path: Path) -> None:
    if count > 1:
        raise ImageError(
            f"{path} holds {count} frames or pages where one picture is expected; save the one you "
            "need as a file of its own."
        )


def _check_size(height: int, width: int, what: str) -> None:
    if min(height, width) < SMALLEST_SIDE:
        raise ImageError(
            f"{what} has {height} x {width} pixels; at least {SMALLEST_SIDE} along either side are "
            "needed to find anything on it."
        )
    if height * width > MOST_PIXELS:
        raise ImageError(
            f"{what} has {height} x {width} pixels, more than {MOST_PIXELS:,}; scale it down first."
        )


def _unreadable(path: Path, error: Exception) -> ImageError:
    return ImageError(
        f"{path} cannot be read as an image ({error}); give an undamaged JPEG, PNG or TIFF file."
    )


def _read_tiff(path: Path) -> NDArray[np.float32]:
    try:
        with tifffile.TiffFile(path) as tiff:
            _check_frames(len(tiff.pages), path)
            page = tiff.pages.first
            _check_size(page.imagelength, page.imagewidth, str(path))
            array = tiff.asarray()
            photometric = page.photometric
            planar_first = array.ndim == 3 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
    except ImageError:
        raise
    except (tifffile.TiffFileError, OSError, ValueError, KeyError, IndexError) as error:
        raise _unreadable(path, error) from error
    if planar_first:
        array = np.moveaxis(array, 0, -1)
    if photometric == tifffile.PHOTOMETRIC.SEPARATED:
        return _from_pillow(Image.fromarray(array, mode="CMYK"))
    if photometric == tifffile.PHOTOMETRIC.PALETTE:
        with Image.open(path) as picture:
            return _from_pillow(picture)
    rgb = as_rgb(array)
    return 1 - rgb if photometric == tifffile.PHOTOMETRIC.MINISWHITE else rgb


def _from_pillow(picture: Image.Image) -> NDArray[np.float32]:
    if picture.mode == "CMYK":
        return as_rgb(np.asarray(picture.convert("RGB")))
    if picture.mode in ("P", "PA", "LA", "La", "RGBa"):
        picture = picture.convert("RGBA")
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Pillow reads 16-bit grey as 32-bit signed integers in some formats.
        return as_rgb(np.asarray(picture).astype(np.uint16))
    if picture.mode not in ("1", "L", "RGB", "RGBA", "F"):
        picture = picture.convert("RGB")
    return as_rgb(np.asarray(picture))
