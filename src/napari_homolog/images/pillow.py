"""Reading JPEG, PNG and other image files with Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from .arrays import used_maximum
from .channels import check_channels, of_channels
from .colour import from_pillow
from .foreign import is_heif, register_heif, unrecognised
from .header import Header
from .limits import MOST_PIXELS, MOST_REDUCED_PIXELS, check_density, check_page, check_size
from .plane import RGB, Plane
from .reduced import ReducedImage, coarse_factor, reduced_size, resize_picture

EXIF_ORIENTATION = 0x0112
FORMATS: tuple[str, ...] = ("JPEG", "PNG", "BMP", "DIB", "GIF", "WEBP")
"""Formats that Pillow is to read, whatever a file is called; some others start programs."""

DAMAGES = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
)
"""Exceptions that Pillow raises for files that it cannot read."""


def read_pillow(path: Path, plane: Plane) -> NDArray[np.float32]:
    """Return an image file as RGB in [0, 1], shape (height, width, 3)."""
    with _recognised(path) as picture:
        _seek(picture, plane.page, path)
        check_size(picture.height, picture.width, str(path))
        check_density(path, picture.height, picture.width)
        rgb = from_pillow(ImageOps.exif_transpose(picture), path)
        return of_channels(rgb, plane.channels, path)


def header_by_pillow(path: Path, plane: Plane) -> Header:
    """Return the size after the EXIF rotation, and the orientation.

    Only PNG files without an EXIF chunk before the pixels are decoded for it.
    """
    with _opened(path) as picture:
        _seek(picture, plane.page, path)
        check_channels(plane.channels, len(RGB), path)
        return Header.of_raster(picture.height, picture.width, _orientation(picture))


def read_reduced_pillow(path: Path, longest: int, plane: Plane) -> ReducedImage:
    """Return an image file reduced to a number of pixels along its longer side.

    Parameters
    ----------
    path : Path
        The file.
    longest : int
        Pixels along the longer side, at most.
    plane : Plane
        Which picture of the file.
    """
    with _opened(path) as picture:
        _seek(picture, plane.page, path)
        width, height = picture.size
        jpeg = isinstance(picture, JpegImagePlugin.JpegImageFile)
        check_size(height, width, str(path), MOST_REDUCED_PIXELS if jpeg else MOST_PIXELS)
        check_density(path, height, width)
        size = reduced_size((height, width), longest)
        step = 1
        if jpeg:
            # The decoder averages over 2, 4 or 8 pixels itself, in a fraction of the memory.
            coarse = coarse_factor((height, width), longest)
            step = max(power for power in (1, 2, 4, 8) if power <= coarse)
            picture.draft(None, (width // step, height // step))
            step = round(width / picture.width)
            check_size(picture.height, picture.width, f"{path} at 1/{step} of its size")
        # Pillow cannot average palettes or 16-bit pixels.
        if picture.mode in ("P", "PA", "1"):
            profile = picture.info.get("icc_profile")
            picture = picture.convert("RGBA")
            picture.info["icc_profile"] = profile
        elif picture.mode.startswith("I"):
            picture = picture.convert("I")
            most = used_maximum(int(np.asarray(picture).max()), np.dtype(np.uint16))
            picture = picture.convert("F").point(lambda value: value * (1 / most) + 0)
        orientation = _orientation(picture)
        small = resize_picture(picture, (height / step, width / step), size)
        small.info.update(picture.info)
        if orientation in TRANSPOSITIONS:
            small = small.transpose(TRANSPOSITIONS[orientation])
        original = Header.of_raster(height, width, orientation).size
        return ReducedImage(of_channels(from_pillow(small, path), plane.channels, path), original)


TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that makes a raster of each EXIF orientation upright."""


def _opened(path: Path) -> Image.Image:
    with path.open("rb") as file:
        jpeg = file.read(3) == b"\xff\xd8\xff"
    # Not by Image.open, which refuses large files: these are decoded at an eighth of their size.
    return JpegImagePlugin.JpegImageFile(path) if jpeg else _recognised(path)


def _recognised(path: Path) -> Image.Image:
    """Open a file, or raise `ImageError` if it is in none of the formats."""
    formats = FORMATS
    if is_heif(path):
        register_heif(path)
        formats = ("HEIF",)
    try:
        return Image.open(path, formats=formats)
    except UnidentifiedImageError as error:
        raise unrecognised(path) from error


def _orientation(picture: Image.Image) -> int:
    orientation = picture.getexif().get(EXIF_ORIENTATION)
    # Anything else is no orientation, and Pillow does not apply it either.
    return orientation if orientation in TRANSPOSITIONS else 1


def _seek(picture: Image.Image, page: int | None, path: Path) -> None:
    # In multi-picture files of cameras, all pictures but the first are previews.
    if picture.format == "HEIF":
        # It is opened at the primary picture, which need not be the first.
        check_page(1, page, path)
        return
    count = 1 if picture.format in ("JPEG", "MPO") else getattr(picture, "n_frames", 1)
    picture.seek(check_page(count, page, path))
