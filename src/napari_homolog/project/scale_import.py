"""Scales of specimens from tables of points, and from the rulers on their pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, HomologError, ImageError, ProjectError, ScaleError
from ..formats import read_specimen_table
from ..formats.text_files import number_of
from ..images import read_image
from ..rulers import RulerReading, check_length, read_ruler
from .records import Point, Specimen
from .scales import MeasuredScale
from .specimen_names import SpecimenNames, listed
from .store import Project

PLACES = ("x1", "y1", "x2", "y2")
"""Columns of a table of points: from the centre of the upper left pixel, y downwards."""


@dataclass(frozen=True)
class Line:
    """Two points on the picture of a specimen.

    Attributes
    ----------
    start, end : (float, float)
        (row, col) in pixels.
    length : float or None
        Their distance, or the distance of ticks between them; None if the table has none.
    unit : str or None
        Its unit; None if the table has none.
    """

    start: Point
    end: Point
    length: float | None = None
    unit: str | None = None


def read_scale_lines(project: Project, file: Path) -> dict[int, Line]:
    """Read a table of two points on each picture.

    Parameters
    ----------
    project : Project
        Whose specimens the table names, by the rules for all files.
    file : Path
        A table with a column image or specimen, and x1, y1, x2 and y2 in pixels; length and unit too,
        where they differ.

    Returns
    -------
    dict of int to Line
        By the numbers of the specimens.

    Raises
    ------
    FormatError
        If it is no such table.
    ProjectError
        If it names none of the project's specimens, or one of them twice.
    """
    rows = read_specimen_table(file)
    lacking = [name for name in PLACES if name not in rows[0].values]
    if lacking:
        raise FormatError(
            f"{file}: no column {', '.join(lacking)}; expected image, {', '.join(PLACES)}, and length "
            "and unit where these differ."
        )
    known, lines, unknown = SpecimenNames(project.specimens()), dict[int, Line](), list[str]()
    for row in rows:
        specimen = known.match(row.image, row.specimen, file)
        if specimen is None:
            unknown.append(row.image or row.specimen)
            continue
        if specimen.id in lines:
            raise ProjectError(
                f"{file}, line {row.line}: there is a line about {specimen.name!r} already; keep one."
            )
        x1, y1, x2, y2 = (_number(file, row.line, name, row.values[name]) for name in PLACES)
        length = row.values.get("length", "")
        lines[specimen.id] = Line(
            (y1, x1),
            (y2, x2),
            _number(file, row.line, "length", length) if length else None,
            row.values.get("unit") or None,
        )
    if not lines:
        raise ProjectError(
            f"{file} has none of the project's specimens: it names {listed(unknown)}."
        )
    return lines


def measure_points(
    project: Project,
    lines: Mapping[int, Line],
    length: float | None = None,
    unit: str | None = None,
) -> None:
    """Set the scales of specimens from two points of a known distance on each picture.

    Parameters
    ----------
    project : Project
        Open for writing.
    lines : mapping of int to Line
        By the numbers of the specimens.
    length : float, optional
        The distance of points, where a line has none of its own.
    unit : str, optional
        Likewise its unit.

    Raises
    ------
    ScaleError
        If a length is missing or not positive, a unit unknown, or the points are in one place or
        outside the picture. Nothing is changed then.
    """
    measured = {}
    for number, line in lines.items():
        specimen = project.specimen(number)
        try:
            distance, its_unit = _known_length(line, length, unit)
            _check_inside(line, specimen)
            measured[number] = MeasuredScale.between(line.start, line.end, distance, its_unit)
        except ScaleError as error:
            raise ScaleError(f"{specimen.name}: {error}") from error
    project.measure_scales(measured)


def measure_rulers(
    project: Project,
    lines: Mapping[int, Line],
    tick: float | None = None,
    unit: str | None = None,
    *,
    picture: Callable[[Specimen], NDArray[Any]] | None = None,
) -> tuple[dict[int, RulerReading], dict[int, str]]:
    """Set the scales of specimens from the rulers on their pictures.

    Parameters
    ----------
    project : Project
        Open for writing.
    lines : mapping of int to Line
        Over the ticks of each ruler, by the numbers of the specimens.
    tick : float, optional
        The distance of neighbouring ticks, where a line has none of its own.
    unit : str, optional
        Likewise its unit.
    picture : callable, optional
        Returns the picture of a specimen, where it is not to be read from its file.

    Returns
    -------
    readings : dict of int to RulerReading
        Of the rulers that were read.
    unread : dict of int to str
        Why the others could not be read. Their scales stay as they are.

    Raises
    ------
    ScaleError
        If a distance of ticks is missing or not positive, or a unit unknown. Nothing is changed then.
    """
    lengths = {number: _known_length(line, tick, unit) for number, line in lines.items()}
    for length, its_unit in lengths.values():
        check_length(length, its_unit)
    readings, unread = dict[int, RulerReading](), dict[int, str]()
    measured = {}
    for number, line in lines.items():
        specimen = project.specimen(number)
        try:
            reading = read_ruler((picture or _picture)(specimen), line.start, line.end)
        except HomologError as error:
            unread[number] = str(error)
            continue
        readings[number] = reading
        measured[number] = MeasuredScale.of_ruler(line.start, line.end, reading, *lengths[number])
    project.measure_scales(measured)
    return readings, unread


def same_line(specimens: Iterable[Specimen], line: Line) -> dict[int, Line]:
    """Return one line for several specimens, which were photographed alike."""
    return {specimen.id: line for specimen in specimens}


def unlike_the_others(project: Project, specimens: Sequence[Specimen]) -> list[Specimen]:
    """Return the specimens whose scale is more than a fifth off the median of those given.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    specimens : sequence of Specimen
        Of one series, photographed alike.
    """
    scales = {one.id: scale for one in specimens if (scale := project.scale_of(one.id))}
    units = {scale.unit for scale in scales.values()}
    if len(scales) < 3 or len(units) > 1:
        return []
    ordered = sorted(scale.value for scale in scales.values())
    usual = ordered[len(ordered) // 2]
    return [
        one for one in specimens if one.id in scales and abs(scales[one.id].value / usual - 1) > 0.2
    ]


def _known_length(line: Line, length: float | None, unit: str | None) -> tuple[float, str]:
    distance, its_unit = (line.length or length), (line.unit or unit)
    if line.length is not None and line.length <= 0:
        distance = line.length
    if distance is None or its_unit is None:
        raise ScaleError(
            "The known distance or its unit is not given; give --length or --tick, and --unit, or "
            "columns length and unit in the table."
        )
    return distance, its_unit


def _check_inside(line: Line, specimen: Specimen) -> None:
    for row, col in (line.start, line.end):
        if not (-0.5 <= row <= specimen.size[0] - 0.5 and -0.5 <= col <= specimen.size[1] - 0.5):
            raise ScaleError(
                f"The point (x {col:g}, y {row:g}) lies outside the picture of {specimen.size[1]} x "
                f"{specimen.size[0]} pixels."
            )


def _picture(specimen: Specimen) -> NDArray[np.float32]:
    if specimen.path is None:
        raise ImageError("its picture has no file")
    return read_image(specimen.path, specimen.plane)


def _number(file: Path, line: int, column: str, text: str) -> float:
    number = number_of(text, decimal_comma=True)
    if number is None or not math.isfinite(number):
        raise FormatError(f"{file}, line {line}: {text!r} in the column {column} is no number.")
    return number
