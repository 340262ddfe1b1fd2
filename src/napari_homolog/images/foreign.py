"""Files that hold no picture of the formats that are read, although a library might open them."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageError
from ..image_names import IMAGE_SUFFIXES

HEAD_BYTES = 16
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
RAW_HEADS = (b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR")
"""Beginnings of raw files of Fujifilm, Panasonic and Olympus."""

RAW_SUFFIXES = (
    *(".arw", ".cr2", ".cr3", ".crw", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw"),
    *(".rw2", ".sr2", ".srw", ".x3f"),
)


def is_tiff(path: Path) -> bool:
    """Return whether a file is a TIFF file by its beginning, whatever it is called."""
    return _head(path).startswith(TIFF_HEADS)


def refuse_raw(path: Path) -> None:
    """Raise `ImageError` for a camera's raw file, also under another name.

    Libraries open many of them, but show the small preview in place of the picture.
    """
    head = _head(path)
    canon = head.startswith(TIFF_HEADS) and head[8:10] == b"CR"
    if (
        canon
        or head.startswith(RAW_HEADS)
        or head[4:11] == b"ftypcrx"
        or path.suffix.lower() in RAW_SUFFIXES
    ):
        raise raw(path)


def raw(path: Path) -> ImageError:
    """Return the error for a camera's raw file."""
    return ImageError(
        f"{path} is a camera's raw file, of which only a small preview could be shown; export it as "
        "TIFF, JPEG or PNG, at full size and without cropping."
    )


def unrecognised(path: Path) -> ImageError:
    """Return the error for a file in a format that is not read, or of no format."""
    return ImageError(
        f"{path} cannot be read as an image: it is in none of the formats that are read "
        f"({', '.join(suffix[1:] for suffix in IMAGE_SUFFIXES)}), whatever its name says; export it as "
        "one of them."
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
