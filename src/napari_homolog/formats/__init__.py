"""Landmark files: ``read`` and ``write`` choose the format by the file's suffix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import FormatError
from .specimen import FormatWarning, ImageSize, Specimen
from .table import read_table
from .table_writer import write_table
from .tps import read_tps
from .tps_writer import write_tps

_READERS = {".tps": read_tps, ".csv": read_table}
_WRITERS = {".tps": write_tps, ".csv": write_table}
SUFFIXES = tuple(_READERS)
"""Suffixes of the files that can be read and written."""

__all__ = ["SUFFIXES", "FormatWarning", "Specimen", "read", "write"]


def read(path: str | Path, *, image_size: ImageSize = None) -> list[Specimen]:
    """Read a landmark file, all of it or nothing.

    Parameters
    ----------
    path : str or Path
        A ``.tps`` file, or a ``.csv`` table of this package or of napari.
    image_size : (int, int) or callable, optional
        Height and width of the images in pixels, or a function from an image's name in the file to
        them. TPS needs it: there y runs upwards from the image's lower edge.

    Returns
    -------
    list of Specimen

    Raises
    ------
    FormatError
        With file and line of what is wrong.
    """
    path = Path(path)
    return _READERS[_suffix(path)](path, image_size)


def write(path: str | Path, specimens: Sequence[Specimen]) -> None:
    """Write a landmark file, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Ends in ``.tps`` or ``.csv``.
    specimens : sequence of Specimen
        TPS needs their `image_size`.

    Raises
    ------
    FormatError
        If the format cannot hold them, or the file cannot be written.
    """
    path = Path(path)
    _WRITERS[_suffix(path)](path, specimens)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatError(
            f"{path} is of no known landmark format; its name has to end in {' or '.join(SUFFIXES)}."
        )
    return suffix
