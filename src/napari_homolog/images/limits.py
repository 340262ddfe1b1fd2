"""What images are refused, before anything is decoded."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageError

SMALLEST_SIDE = 16
"""Images with a shorter side, in pixels, are refused."""

MOST_PIXELS = 178_000_000
"""Images with more pixels are not read as a whole."""

MOST_REDUCED_PIXELS = 2_500_000_000
"""Images with more pixels are not even read at a reduced size; 50,000 on either side."""

MOST_BYTES = 3_000_000_000
"""Images that take more memory once decoded are refused, whatever their number of channels."""


def check_size(height: int, width: int, what: str, most: int = MOST_PIXELS) -> None:
    """Raise `ImageError` for images that are too small or too large."""
    if min(height, width) < SMALLEST_SIDE:
        raise ImageError(
            f"{what} has {height} x {width} pixels; at least {SMALLEST_SIDE} along either side are "
            "needed to find anything on it."
        )
    if height * width > most:
        raise ImageError(
            f"{what} has {height} x {width} pixels, more than {most:,}; scale it down first."
        )


def check_page(count: int, page: int | None, path: Path) -> int:
    """Return which of a file's pages is meant, from 0; raise `ImageError` where that is open."""
    if page is None and count > 1:
        raise ImageError(
            f"{path} holds {count} frames or pages where one picture is expected; say which page, "
            f"0 to {count - 1}, or save the one you need as a file of its own."
        )
    if page is not None and not 0 <= page < count:
        raise ImageError(f"{path} has no page {page}; it holds {count}, counted from 0.")
    return page or 0


def existing(path: str | Path) -> Path:
    """Return the path of a file that is there."""
    path = Path(path)
    if not path.is_file():
        raise ImageError(f"There is no image file {path}; check the name and the folder.")
    return path


def unreadable(path: Path, error: Exception) -> ImageError:
    """Return the error for a damaged file."""
    return ImageError(
        f"{path} cannot be read as an image ({error}); give an undamaged JPEG, PNG or TIFF file."
    )
