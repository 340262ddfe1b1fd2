"""Reading point selections of ImageJ and Fiji, and the table of their multi-point tool.

Unlike those of its areas, ImageJ's coordinates of points are relative to the centres of pixels.
"""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, LandmarkError
from ..files import reason_of
from ..image_names import stem_of
from ..landmarks import Landmarks
from .delimited import read_rows
from .file_specimen import ImageSize, Specimen, combined_error, size_of, warn
from .placement import PlacementCheck, listed_names
from .text_files import FAR, number_of

MOST_BYTES = 20_000_000
"""A selection of more bytes, or an archive of selections that unpacks to more, is not read."""

MOST_SELECTIONS = 100_000

UNNAMED = re.compile(r"(roi ?set|results?|measurements?)[-_ ()0-9]*", re.IGNORECASE)
"""Names that ImageJ gives to files by itself, which are those of no image."""

AUTOMATIC = re.compile(r"[0-9]{3,}(-[0-9]{3,}){1,3}(-[0-9]+)?|")
"""Names that ImageJ gives to selections by itself, from their places."""

ARCHIVE_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(RuntimeError, NotImplementedError, EOFError, ValueError, KeyError),
)
"""Exceptions that zipfile and its decompressors raise for damaged archives."""

POINTS = 10
"""ImageJ's type of selections that are points."""


def read_imagej_points(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read the point selections of a ``.roi`` file, or of the ROI Manager's ``.zip``.

    Parameters
    ----------
    path : Path
        The file. It does not name its image: its own name without the suffix stands for it, unless it
        is one that ImageJ gives, such as ``RoiSet.zip``.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimen gets.

    Returns
    -------
    list of Specimen
        One. Selections of one point are landmarks called as the selections, or 1 to n if ImageJ named
        these; the points of a single selection of several are landmarks 1 to n.

    Raises
    ------
    FormatError
        If the file cannot be read, or holds no points.

    Warns
    -----
    FormatWarning
        About selections that are no points, which are left out, and landmarks that contradict their
        image.
    """
    selections = [(name, _parsed(data, path, name)) for name, data in _selections(path)]
    chosen = [(name, roi) for name, roi in selections if int(roi.roitype) == POINTS]
    others = [name for name, roi in selections if int(roi.roitype) != POINTS]
    if not chosen:
        raise FormatError(
            f"{path} holds {len(others)} selections but no points; save those of the point or "
            "multi-point tool."
        )
    if others:
        warn(
            f"{path}: left out {len(others)} selections that are no points: {listed_names(others)}."
        )
    points = [_coordinates(roi, path) for _, roi in chosen]
    if len(chosen) > 1 and any(len(one) != 1 for one in points):
        raise FormatError(
            f"{path} holds {len(chosen)} selections, of which some have several points, so that their "
            "order is not known; save one multi-point selection for each image, or single points."
        )
    together = np.concatenate(points)
    labels = [stem_of(Path(name).name).removesuffix(".roi") for name, _ in chosen]
    image = "" if UNNAMED.fullmatch(path.stem) else path.stem
    return [_specimen(path, image, _names(labels, len(together)), together, image_size)]


def read_imagej_table(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read the table that ImageJ's *Measure* makes of points.

    Parameters
    ----------
    path : Path
        A table with the columns X and Y. The column Label, if there is one, names the image, else the
        file does, unless it is called as ImageJ calls it, such as ``Results.csv``.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        One for each image, with landmarks 1 to n in the order of the rows.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About landmarks that contradict their images: ImageJ writes real units where it knows a scale.
    """
    separator, rows = read_rows(path)
    header = [cell.strip().lower() for cell in rows[0][1]]
    if not {"x", "y"} <= set(header):
        raise FormatError(
            f"{path}, line 1: expected the columns X and Y; check *Centroid* in ImageJ's *Set "
            "Measurements*."
        )
    x, y = header.index("x"), header.index("y")
    label = header.index("label") if "label" in header else None
    usual = "" if UNNAMED.fullmatch(path.stem) else path.stem
    problems, found = list[str](), dict[str, list[tuple[float, float]]]()
    for number, cells in rows[1:]:
        point = _point(cells, (y, x), separator != ",") if len(cells) == len(header) else None
        if point is None:
            problems.append(f"{path}, line {number}: no two numbers for X and Y.")
            continue
        image = usual if label is None else image_of_label(cells[label].strip())
        found.setdefault(image, []).append(point)
    if problems:
        raise combined_error(problems)
    if not found:
        raise FormatError(f"{path}, line 1: a header, but no rows below it.")
    return [
        _specimen(path, image, _names([], len(points)), np.array(points), image_size)
        for image, points in found.items()
    ]


def image_of_label(label: str) -> str:
    """Return the image that ImageJ means by a label such as ``wing.tif:0001-0002``.

    Examples
    --------
    >>> image_of_label("wing.tif:0001-0002"), image_of_label("wing.tif")
    ('wing.tif', 'wing.tif')
    """
    return label.partition(":")[0]


def looks_like_imagej_table(header: list[str]) -> bool:
    """Return whether a header in lower case is one of ImageJ's measurements with X and Y."""
    names = set(header)
    if not {"x", "y"} <= names:
        return False
    measured = {"area", "mean", "min", "max", "slice", "counter", "point", "ch", "frame", "label"}
    return {"area", "mean"} <= names or (header[0] == "" and names - {"x", "y", ""} <= measured)


def _point(
    cells: list[str], places: tuple[int, int], decimal_comma: bool
) -> tuple[float, float] | None:
    """Return the (row, col) in two cells; None if they hold no finite numbers."""
    row, col = (number_of(cells[place].strip(), decimal_comma=decimal_comma) for place in places)
    if row is None or col is None or not (abs(row) <= FAR and abs(col) <= FAR):
        return None
    return row, col


def _selections(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the selections of a file with their names."""
    try:
        if not zipfile.is_zipfile(path):
            if path.stat().st_size > MOST_BYTES:
                raise FormatError(f"{path} is no selection of ImageJ: it is too large.")
            yield path.name, path.read_bytes()
            return
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(".roi")]
            if sum(one.file_size for one in members) > MOST_BYTES or len(members) > MOST_SELECTIONS:
                raise FormatError(f"{path} unpacks to more than selections of points take.")
            for one in members:
                yield one.filename, archive.read(one)
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({reason_of(error)}).") from error
    except ARCHIVE_DAMAGES as error:
        raise FormatError(f"{path} is a damaged archive ({error}); save it again.") from error


def _parsed(data: bytes, path: Path, name: str) -> Any:
    import roifile

    try:
        return roifile.ImagejRoi.frombytes(data)
    # A damaged selection ends in any error of its parser.
    except Exception as error:
        raise FormatError(
            f"{path}: {name} is no selection of ImageJ, or is damaged; save it again."
        ) from error


def _coordinates(roi: Any, path: Path) -> NDArray[np.float64]:
    """Return the points of a selection, (row, col)."""
    points = np.asarray(roi.coordinates(), np.float64).reshape(-1, 2)[:, ::-1]
    if not len(points) or not np.isfinite(points).all() or np.abs(points).max() > FAR:
        raise FormatError(f"{path}: a selection has no points, or impossible ones; save it again.")
    return points


def _names(labels: list[str], count: int) -> list[str]:
    """Return the names of selections if they are a person's, else numbers."""
    own = len(labels) == count and len(set(labels)) == count and count > 1
    if own and not any(AUTOMATIC.fullmatch(label) for label in labels):
        return labels
    return [str(number) for number in range(1, count + 1)]


def _specimen(
    path: Path, image: str, names: list[str], points: NDArray[np.float64], sizes: ImageSize
) -> Specimen:
    size = size_of(image, sizes)
    check = PlacementCheck(path, upward=False)
    check.add(image, points, size, [f"landmark {name}" for name in names])
    check.warn()
    try:
        landmarks = Landmarks.from_arrays(names, points)
    except LandmarkError as error:
        raise FormatError(f"{path}: {error}") from error
    return Specimen(image, landmarks, image_size=size)
