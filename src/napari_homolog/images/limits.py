"""Limits on the size of images, checked before anything is decoded."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageError
from ..files import reason_of

SMALLEST_SIDE = 16
"""Images with a shorter side, in pixels, are refused."""

MOST_PIXELS = 178_000_000
"""Images with more pixels are not read at full size."""

MOST_REDUCED_PIXELS = 2_500_000_000
"""Images with more pixels, 50,000 along either side, are not even read at a reduced size."""

UNSUSPECTED_PIXELS = 8_000_000
"""Images of no more pixels are read however small their files are, with up to 30 bytes for each."""

MOST_PIXELS_PER_BYTE = 500
"""Pixels for each byte of a larger image's file; photographs have 1 to 50, drawings up to 300.

A few kilobytes can be made to unpack to gigabytes. This bounds the memory by the file's size.
"""

MOST_BYTES = 3_000_000_000
"""Images that need more memory when decoded are refused, whatever their number of channels."""


def check_size(height: int, width: int, what: str, most: int = MOST_PIXELS) -> None:
    """Raise `ImageError` if an image is too small or too large.

    Parameters
    ----------
    height, width : int
        Its size in pixels.
    what : str
        The image, for the message.
    most : int
        The largest number of pixels.
    """
    if min(height, width) < SMALLEST_SIDE:
        raise ImageError(
            f"{what} has {height} x {width} pixels; at least {SMALLEST_SIDE} along either side are "
            "needed: give a larger image."
        )
    if height * width > most:
        raise ImageError(
            f"{what} has {height} x {width} pixels, more than {most:,}; scale it down first."
        )


def check_density(path: Path, height: int, width: int) -> None:
    """Raise `ImageError` if a large image would be unpacked from a file that is far too small.

    Parameters
    ----------
    path : Path
        The file.
    height, width : int
        The image's size in pixels.
    """
    pixels, size = height * width, path.stat().st_size
    if pixels > UNSUSPECTED_PIXELS and pixels > MOST_PIXELS_PER_BYTE * size:
        raise ImageError(
            f"{path} states {height} x {width} pixels in a file of {size:,} bytes, as no picture of a "
            "specimen has; scale it down first if it is one."
        )


def check_page(count: int, page: int | None, path: Path) -> int:
    """Return which of a file's pages is meant, counted from 0.

    Parameters
    ----------
    count : int
        The number of pages.
    page : int or None
        The page that was asked for.
    path : Path
        The file, for the message.

    Raises
    ------
    ImageError
        If there is no such page, or several of which none was asked for.
    """
    if page is None and count > 1:
        raise ImageError(
            f"{path} holds {count} frames or pages where one picture is expected; say which page, "
            f"0 to {count - 1} (`--page`), or save that page as a separate file."
        )
    if page is not None and not 0 <= page < count:
        raise ImageError(
            f"{path} has no page {page}; it holds {count}, counted from 0: choose one of them."
        )
    return page or 0


def existing(path: str | Path) -> Path:
    """Return a path, or raise `ImageError` if it is no file or may not be looked at."""
    path = Path(path)
    try:
        there = path.is_file()
    except (OSError, ValueError) as error:
        raise refused(path, error) from error
    if not there:
        raise ImageError(f"There is no image file {path}; check the name and the folder.")
    return path


def refused(path: Path, error: OSError | ValueError) -> ImageError:
    """Return the error for a file that the system does not let us read."""
    return ImageError(
        f"{path} cannot be read ({reason_of(error)}); check its name, its permissions and those of "
        "its folder."
    )


def unreadable(path: Path, error: Exception) -> ImageError:
    """Return the error for a file that no library can decode, or that may not be read."""
    if isinstance(error, OSError) and error.errno is not None:
        return refused(path, error)
    if isinstance(error, MemoryError):
        return ImageError(
            f"There is not enough memory to read {path}; close other programs, or scale it down."
        )
    return ImageError(
        f"{path} cannot be read as an image ({error}); give an undamaged JPEG, PNG or TIFF file."
    )
