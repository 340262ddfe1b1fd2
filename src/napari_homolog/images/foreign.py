"""Files that hold no picture of the formats that are read, although a library might open them."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageError
from ..image_names import IMAGE_SUFFIXES, RAW_SUFFIXES

HEAD_BYTES = 16
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
RAW_HEADS = (b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR")
"""Beginnings of raw files of Fujifilm, Panasonic and Olympus."""


def is_tiff(path: Path) -> bool:
    """Return whether a file is a TIFF file by its beginning, whatever it is called."""
    return _head(path).startswith(TIFF_HEADS)


RAW_ADVICE = "export it as TIFF, JPEG or PNG, at full size and without cropping."
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""What files of telephones state of their kind, after ``ftyp``."""


class RawFileError(ImageError):
    """A TIFF file turned out to be a camera's raw file when its pages were looked at."""


def is_raw(path: Path) -> bool:
    """Return whether a file is a camera's raw file by its beginning or its suffix.

    Libraries open many of them, but show the small preview in place of the picture.
    """
    head = _head(path)
    canon = head.startswith(TIFF_HEADS) and head[8:10] == b"CR"
    return (
        canon
        or head.startswith(RAW_HEADS)
        or head[4:11] == b"ftypcrx"
        or path.suffix.lower() in RAW_SUFFIXES
    )


def is_heif(path: Path) -> bool:
    """Return whether a file is a picture of a telephone in HEIF by its beginning."""
    head = _head(path)
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def register_heif(path: Path) -> None:
    """Let Pillow read HEIF, or raise `ImageError` if pillow-heif is not installed."""
    try:
        import pillow_heif
    except ImportError as error:
        raise ImageError(
            f'{path} is in HEIF, as telephones write it; install "napari-homolog[heic]" to read it, or '
            "export it as JPEG or PNG."
        ) from error
    pillow_heif.register_heif_opener(thumbnails=False)


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
