"""The formats of landmark files, and the choice between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import FormatError
from .coco import read_coco
from .coco_writer import write_coco
from .deeplabcut_csv import read_deeplabcut_csv, write_deeplabcut_csv
from .deeplabcut_h5 import read_deeplabcut_h5
from .deeplabcut_h5_writer import write_deeplabcut_h5
from .delimited import separator_of
from .file_specimen import ImageSize, Specimen, tell
from .losses import HELD, losses
from .morphoj import read_morphoj, write_morphoj
from .table import read_napari, read_tidy
from .table_writer import write_napari, write_tidy
from .text_files import read_text
from .tps import read_tps
from .tps_writer import write_tps

_Reader = Callable[[Path, ImageSize], list[Specimen]]
_Writer = Callable[[Path, Sequence[Specimen]], list[str]]


@dataclass(frozen=True)
class Format:
    """A format of landmark files.

    Attributes
    ----------
    name : str
        What `read`, `write` and the command line call it.
    title : str
        What people call it.
    suffixes : tuple of str
        How its files' names end, with the dot, the usual one first.
    carries : frozenset of str
        What it has a place for beside positions, in the words of `FormatWarning`.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    _read: _Reader | None = field(repr=False)
    _write: _Writer | None = field(repr=False)

    @property
    def can_read(self) -> bool:
        """Whether files of this format can be read."""
        return self._read is not None

    @property
    def can_write(self) -> bool:
        """Whether files of this format can be written."""
        return self._write is not None


_ALL = frozenset(HELD)
FORMATS: tuple[Format, ...] = (
    Format(
        "tps",
        "TPS (tpsDig, geomorph)",
        (".tps",),
        frozenset({"images", "identifiers", "scales", "comments", "curves"}),
        read_tps,
        write_tps,
    ),
    Format(
        "tidy", "Table, one row a landmark", (".csv",), _ALL - {"curves"}, read_tidy, write_tidy
    ),
    Format("napari", "napari points", (".csv",), _ALL - {"curves"}, read_napari, write_napari),
    Format(
        "deeplabcut",
        "DeepLabCut table",
        (".csv",),
        frozenset({"names of landmarks", "images", "identifiers"}),
        read_deeplabcut_csv,
        write_deeplabcut_csv,
    ),
    Format(
        "deeplabcut-h5",
        "DeepLabCut HDF5",
        (".h5", ".hdf5"),
        frozenset({"names of landmarks", "images", "identifiers"}),
        read_deeplabcut_h5,
        write_deeplabcut_h5,
    ),
    Format("coco", "COCO keypoints", (".json",), _ALL - {"curves"}, read_coco, write_coco),
    Format(
        "morphoj",
        "MorphoJ text",
        (".txt",),
        frozenset({"identifiers"}),
        read_morphoj,
        write_morphoj,
    ),
    Format("ml-morph", "ml-morph table", (".csv",), frozenset({"images"}), read_morphoj, None),
)
"""All formats; of those that share a suffix, the first is the one that `write` takes for it."""

SUFFIXES = tuple(dict.fromkeys(suffix for one in FORMATS for suffix in one.suffixes))
"""Suffixes of the files that can be read and written."""


def find_format(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    FormatError
        If there is none of that name.
    """
    for one in FORMATS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in FORMATS)
    raise FormatError(f"There is no format {name!r}; choose one of {known}.")


def read_landmarks(
    path: str | Path, *, format: str | None = None, image_size: ImageSize = None
) -> list[Specimen]:
    """Read a landmark file, all of it or nothing.

    Parameters
    ----------
    path : str or Path
        The file. Its suffix tells the format; which of the ``.csv`` formats it is, its first line.
    format : str, optional
        Name of the format (see `FORMATS`), whatever the suffix.
    image_size : (int, int) or callable, optional
        Height and width of the images in pixels, or a function from an image's name in the file to
        them or None. TPS and MorphoJ need it: there y runs upwards from the image's lower edge.

    Returns
    -------
    list of Specimen

    Raises
    ------
    FormatError
        With file and line of what is wrong, up to 20 findings.

    Warns
    -----
    FormatWarning
        Of what the file holds and is left out, and of what looks wrong.
    """
    path = Path(path)
    chosen = _recognised(path) if format is None else find_format(format)
    if chosen._read is None:
        raise FormatError(f"{path}: files of the format {chosen.name} cannot be read.")
    return chosen._read(path, image_size)


def write_landmarks(
    path: str | Path, specimens: Sequence[Specimen], *, format: str | None = None
) -> None:
    """Write a landmark file, whole or not at all.

    Parameters
    ----------
    path : str or Path
        The file. Its suffix tells the format; ``.csv`` is the tidy table.
    specimens : sequence of Specimen
        TPS, MorphoJ and COCO need their `image_size`.
    format : str, optional
        Name of the format (see `FORMATS`), whatever the suffix.

    Raises
    ------
    FormatError
        If the format cannot hold them, or the file cannot be written.

    Warns
    -----
    FormatWarning
        One names all that the format has no place for; others say what was changed.
    """
    path = Path(path)
    chosen = _of_suffix(path) if format is None else find_format(format)
    if chosen._write is None:
        raise FormatError(f"{path}: files of the format {chosen.name} cannot be written.")
    lost = chosen._write(path, specimens) + losses(specimens, chosen.carries)
    if lost:
        tell(f"{path}: {chosen.title} has no place for {', '.join(lost)}; left out.")


def _of_suffix(path: Path) -> Format:
    suffix = path.suffix.lower()
    for one in FORMATS:
        if suffix in one.suffixes:
            return one
    raise FormatError(
        f"{path} is of no known landmark format; its name has to end in {' or '.join(SUFFIXES)}."
    )


def _recognised(path: Path) -> Format:
    chosen = _of_suffix(path)
    if ".csv" not in chosen.suffixes:
        return chosen
    line = read_text(path).lstrip().partition("\n")[0]
    header = [cell.strip().strip('"').lower() for cell in line.split(separator_of(line))]
    if header[0] in ("scorer", "individuals", "bodyparts"):
        return find_format("deeplabcut")
    if any(name.startswith("axis-") for name in header):
        return find_format("napari")
    if all(re.fullmatch("[xy][0-9]+", name) for name in header[1:]) and len(header) > 2:
        return find_format("ml-morph")
    return chosen
