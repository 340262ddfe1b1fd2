"""The formats of landmark files, and reading and writing files of any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import FormatError, LandmarkError
from .as_stored import Orientation, stored_sizes, tell_doubtful, turned_upright
from .coco import read_coco
from .coco_writer import write_coco
from .deeplabcut_csv import read_deeplabcut_csv, write_deeplabcut_csv
from .deeplabcut_h5 import read_deeplabcut_h5
from .deeplabcut_h5_writer import write_deeplabcut_h5
from .delimited import separator_of
from .file_specimen import ImageSize, Specimen, warn
from .imagej import looks_like_imagej_table, read_imagej_points, read_imagej_table
from .imglab import read_imglab, write_imglab
from .labelme import looks_like_labelme, read_labelme
from .losses import CONTENTS, lost_contents
from .morphoj import read_morphoj, write_morphoj
from .sleap import read_sleap
from .stereomorph import looks_like_stereomorph, read_stereomorph, write_stereomorph
from .table import read_napari, read_tidy
from .table_writer import write_napari, write_tidy
from .text_files import read_text
from .tps import read_tps
from .tps_writer import check_spelling, write_tps
from .wide_table import looks_like_wide_table, read_wide

_Reader = Callable[[Path, ImageSize], list[Specimen]]
_Writer = Callable[[Path, Sequence[Specimen]], list[str]]


@dataclass(frozen=True)
class Format:
    """A format of landmark files.

    Attributes
    ----------
    name : str
        Its name for `read_landmarks`, `write_landmarks` and the command line.
    title : str
        Its name for people.
    suffixes : tuple of str
        Suffixes of its files with the dot, the most common one first.
    carries : frozenset of str
        Which of `losses.CONTENTS` it has a place for, beside positions.
    upward : bool
        Whether y runs upwards from the image's lower edge. Between two such formats landmarks can be
        converted without the images, see `UNPLACED`.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    _read: _Reader | None = field(repr=False)
    _write: _Writer | None = field(repr=False)
    upward: bool = False

    @property
    def can_read(self) -> bool:
        """Whether files of this format can be read."""
        return self._read is not None

    @property
    def can_write(self) -> bool:
        """Whether files of this format can be written."""
        return self._write is not None


_TABLES = frozenset(CONTENTS) - {"curves", "names of curves"}
FORMATS: tuple[Format, ...] = (
    Format(
        "tps",
        "TPS (tpsDig, geomorph)",
        (".tps",),
        frozenset({"images", "identifiers", "scales", "comments", "curves"}),
        read_tps,
        write_tps,
        upward=True,
    ),
    Format("tidy", "Table, one row per landmark", (".csv",), _TABLES, read_tidy, write_tidy),
    Format("napari", "napari points", (".csv",), _TABLES, read_napari, write_napari),
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
    Format("coco", "COCO keypoints", (".json",), _TABLES, read_coco, write_coco),
    Format(
        "morphoj",
        "MorphoJ text",
        (".txt",),
        frozenset({"identifiers"}),
        read_morphoj,
        write_morphoj,
        upward=True,
    ),
    Format(
        "stereomorph",
        "StereoMorph shapes",
        (".txt",),
        frozenset({"names of landmarks", "scales", "curves", "names of curves"}),
        read_stereomorph,
        write_stereomorph,
    ),
    Format(
        "ml-morph",
        "ml-morph table",
        (".csv",),
        frozenset({"images"}),
        read_morphoj,
        None,
        upward=True,
    ),
    Format(
        "wide",
        "Table, one row per specimen",
        (".csv",),
        frozenset({"names of landmarks", "images"}),
        read_wide,
        None,
    ),
    Format(
        "imglab",
        "dlib imglab XML",
        (".xml",),
        frozenset({"names of landmarks", "images"}),
        read_imglab,
        write_imglab,
    ),
    Format(
        "imagej",
        "ImageJ point selections",
        (".roi", ".zip"),
        frozenset({"names of landmarks"}),
        read_imagej_points,
        None,
    ),
    Format(
        "imagej-table",
        "ImageJ table of points",
        (".csv",),
        frozenset({"images"}),
        read_imagej_table,
        None,
    ),
    Format(
        "labelme",
        "labelme points",
        (".json",),
        frozenset({"names of landmarks", "images"}),
        read_labelme,
        None,
    ),
    Format(
        "sleap",
        "SLEAP labels",
        (".slp",),
        frozenset({"names of landmarks", "images", "identifiers"}),
        read_sleap,
        None,
    ),
)
"""All formats. Of those that share a suffix, `write_landmarks` uses the first for it."""

SUFFIXES = tuple(dict.fromkeys(suffix for known in FORMATS for suffix in known.suffixes))
"""Suffixes of landmark files."""

SUFFIXES_TO_WRITE = tuple(
    dict.fromkeys(suffix for known in FORMATS if known.can_write for suffix in known.suffixes)
)
"""Suffixes of landmark files that can be written."""


def find_format(name: str) -> Format:
    """Return the format of a name.

    Raises
    ------
    FormatError
        If there is none.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise FormatError(f"There is no format {name!r}; choose one of {names}.")


def format_to_read(path: str | Path, name: str | None = None) -> Format:
    """Return the format in which a file is read: the named one, else by suffix and first lines.

    Raises
    ------
    FormatError
        If there is no such format, or the file cannot be read.
    """
    return _recognised(Path(path)) if name is None else find_format(name)


def format_to_write(path: str | Path, name: str | None = None) -> Format:
    """Return the format in which a file is written: the named one, else by suffix.

    Parameters
    ----------
    path : str or Path
        The file.
    name : str, optional
        Of the format.

    Raises
    ------
    FormatError
        If there is no such format, or it cannot be written.
    """
    chosen = _of_suffix(Path(path)) if name is None else find_format(name)
    if chosen._write is None:
        raise FormatError(
            f"{path}: files of the format {chosen.name} cannot be written; choose another format."
        )
    return chosen


def require_spelling(chosen: Format, missing_for: str) -> None:
    """Raise `FormatError` if missing landmarks cannot be spelled for a program in a format."""
    if chosen._write is not write_tps:
        raise FormatError(
            f"Missing landmarks have one spelling in files of the format {chosen.name}; choose the "
            "spelling for a program with TPS files only."
        )
    check_spelling(missing_for)


def read_landmarks(
    path: str | Path,
    *,
    format: str | None = None,
    image_size: ImageSize = None,
    keep_outside: bool = False,
    orientation: Orientation = None,
    as_stored: bool = False,
) -> list[Specimen]:
    """Read a landmark file.

    A file with any error is refused as a whole.

    Parameters
    ----------
    path : str or Path
        The file. Its suffix determines the format, and the first line of a ``.csv`` or ``.txt``
        file which of these formats it is.
    format : str, optional
        Name of the format (see `FORMATS`), to be used whatever the suffix.
    image_size : (int, int) or callable, optional
        Height and width of the images in pixels, or a function from an image's name in the file to
        them or None, such as `napari_homolog.images.ImageLookup.size_of`. TPS and MorphoJ files
        require it, because y runs upwards from the image's lower edge there.
    keep_outside : bool
        Whether a landmark in a TPS file with one negative coordinate lies outside its image.
        Otherwise such a file is refused, because negative coordinates mean a missing landmark there.
    orientation : callable, optional
        A function from an image's name in the file to its EXIF or TIFF orientation, 1 to 8, such as
        `napari_homolog.images.ImageLookup.orientation_of`. `image_size` is the size of the image as it
        is shown, turned by it.
    as_stored : bool
        Whether the landmarks were placed on the images as they are stored, without that turn. They are
        turned with the image.

    Returns
    -------
    list of Specimen

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About what is left out of the file, what looks wrong in it, and landmarks that fit their image
        as it is stored as well as it is shown.

    Examples
    --------
    >>> import tempfile
    >>> from napari_homolog import Landmarks
    >>> path = Path(tempfile.mkdtemp()) / "wings.csv"
    >>> marks = Landmarks({"tip": (112, 300), "base": None})
    >>> write_landmarks(path, [Specimen("wing_01.jpg", marks, comment="torn")])
    >>> (wing,) = read_landmarks(path)
    >>> wing.landmarks, wing.comment
    (Landmarks({'tip': (112.0, 300.0), 'base': None}), 'torn')
    """
    path = Path(path)
    chosen = format_to_read(path, format)
    if chosen._read is None:
        raise FormatError(
            f"{path}: files of the format {chosen.name} cannot be read; choose another format."
        )
    sizes = stored_sizes(image_size, orientation) if as_stored else image_size
    try:
        if chosen._read is read_tps:
            specimens = read_tps(path, sizes, keep_outside=keep_outside)
        else:
            specimens = chosen._read(path, sizes)
    except LandmarkError as error:
        # Names that no landmark can have, or that two have.
        raise FormatError(f"{path}: {error}") from error
    if not as_stored:
        tell_doubtful(path, specimens, orientation, upward=chosen.upward)
        return specimens
    return [
        turned_upright(one, 1 if orientation is None else orientation(one.image))
        for one in specimens
    ]


def write_landmarks(
    path: str | Path,
    specimens: Sequence[Specimen],
    *,
    format: str | None = None,
    missing_for: str | None = None,
) -> None:
    """Write a landmark file, atomically.

    Parameters
    ----------
    path : str or Path
        The file. Its suffix determines the format; ``.csv`` is the tidy table.
    specimens : sequence of Specimen
        TPS, MorphoJ and COCO files require their `image_size`.
    format : str, optional
        Name of the format (see `FORMATS`), to be used whatever the suffix.
    missing_for : str, optional
        The program for which missing landmarks are spelled in a TPS file: ``"tpsdig"`` (default),
        ``"geomorph"`` or ``"ktch"``. Other formats have one spelling.

    Raises
    ------
    FormatError
        If the format cannot hold them, there is no such spelling, or the file cannot be written.

    Warns
    -----
    FormatWarning
        One lists everything that the format has no place for; others say what was changed.
    """
    path = Path(path)
    chosen = format_to_write(path, format)
    if missing_for is not None:
        require_spelling(chosen, missing_for)
        left_out = write_tps(path, specimens, missing_for=missing_for)
    else:
        assert chosen._write is not None
        left_out = chosen._write(path, specimens)
    left_out = left_out + lost_contents(specimens, chosen.carries)
    if left_out:
        warn(f"{path}: {chosen.title} has no place for {', '.join(left_out)}; left out.")


def _of_suffix(path: Path) -> Format:
    suffix = path.suffix.lower()
    for known in FORMATS:
        if suffix in known.suffixes:
            return known
    raise FormatError(
        f"{path} is not of a known landmark format; its name must end in {' or '.join(SUFFIXES)}."
    )


def _recognised(path: Path) -> Format:
    chosen = _of_suffix(path)
    if ".txt" in chosen.suffixes:
        return find_format("stereomorph") if looks_like_stereomorph(read_text(path)) else chosen
    if ".json" in chosen.suffixes:
        return find_format("labelme") if looks_like_labelme(read_text(path)) else chosen
    if ".csv" not in chosen.suffixes:
        return chosen
    line = read_text(path).lstrip().partition("\n")[0]
    header = [cell.strip().strip('"').strip().lower() for cell in line.split(separator_of(line))]
    if header[0] in ("scorer", "individuals", "bodyparts"):
        return find_format("deeplabcut")
    if any(name.startswith("axis-") for name in header):
        return find_format("napari")
    if {"x1", "y1"} <= set(header):
        return find_format("ml-morph")
    if looks_like_imagej_table(header):
        return find_format("imagej-table")
    tidy = {"x", "y"} <= set(header)
    return find_format("wide") if not tidy and looks_like_wide_table(header) else chosen
