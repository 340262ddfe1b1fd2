"""MorphoJ's text files and ml-morph's tables: one row per specimen of x and upward y in turn."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import FormatError
from ..image_names import stem_of
from ..landmarks import Landmarks
from .delimited import read_rows
from .file_specimen import (
    ImageSize,
    Specimen,
    combined_error,
    require_same_landmarks,
    require_size,
    require_specimens,
    size_of,
    unique_identifiers,
)
from .placement import PlacementCheck, warn_of_other_columns
from .text_files import (
    FAR,
    formula_guarded,
    number_of,
    one_line,
    positional,
    unguarded,
    write_text,
)
from .tps import flip

COORDINATE = re.compile(r"([xy])([0-9]{1,9})")
"""Columns of coordinates, in lower case."""


def read_morphoj(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a table of raw coordinates: a label, then x and y of each landmark.

    Separators are tabs, commas or semicolons. As in MorphoJ, the first line is a header if its cells
    after the label are not numbers. Unlike MorphoJ, this refuses a first line with some numbers. If
    columns are called x1, y1 and so on, the others are covariates and are left out.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable
        Height and width in pixels; a function is called with the specimen's label. Required because
        y runs upwards from the image's lower edge.

    Returns
    -------
    list of Specimen
        Landmarks are called 1 to n; the label is both the image's name and the identifier.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About covariates, and landmarks that contradict their images.
    """
    separator, rows = read_rows(path)
    comma = separator != ","
    first, header = rows[0]
    places = list(range(1, len(header)))
    if _is_header(header, f"{path}, line {first}", comma=comma):
        places = _places(header, path)
        rows = rows[1:]
    if not rows:
        raise FormatError(f"{path}, line {first}: a header, but no rows below it.")
    if len(rows[0][1]) < 3:
        raise FormatError(
            f"{path}, line {rows[0][0]}: expected x and y of each landmark after the label."
        )
    expected, problems = len(rows[0][1]), list[str]()
    specimens = []
    for number, cells in rows:
        place = f"{path}, line {number}"
        if len(cells) != expected or max(places) >= expected or len(places) % 2:
            what = (
                "expected x and y in turn" if len(cells) == expected else f"expected {expected - 1}"
            )
            problems.append(f"{place}: {len(cells) - 1} numbers after the label, {what}.")
            continue
        points = _points([cells[index].strip() for index in places], place, comma, problems)
        specimens.append((unguarded(cells[0].strip()), points, number))
    if problems:
        raise combined_error(problems)
    check = PlacementCheck(path, upward=True)
    read = [
        _specimen(label, points, path, number, image_size, check)
        for label, points, number in specimens
    ]
    check.warn()
    return read


def write_morphoj(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens for MorphoJ, atomically: tabs, a header, y upwards.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        With `image_size`, because y is measured from the image's lower edge. Those with missing
        landmarks are left out, because MorphoJ has none.

    Returns
    -------
    list of str
        The specimens that were left out.

    Raises
    ------
    FormatError
        If no specimen is complete, an image's size is not known, or specimens differ in their
        landmarks.

    Warns
    -----
    FormatWarning
        If identifiers had to be made unique.
    """
    require_specimens(path, specimens)
    require_same_landmarks(path, specimens, "MorphoJ identifies landmarks by their number")
    complete = [specimen for specimen in specimens if specimen.landmarks.present.all()]
    if not complete:
        raise FormatError(
            f"{path}: every specimen lacks a landmark, and MorphoJ reads complete specimens only; "
            "leave out the landmarks that are missing."
        )
    labels = unique_identifiers(
        [
            one_line(specimen.identifier or stem_of(specimen.image)) or str(number)
            for number, specimen in enumerate(complete)
        ]
    )
    count = len(complete[0].landmarks)
    lines = ["ID\t" + "\t".join(f"x{n + 1}\ty{n + 1}" for n in range(count))]
    for label, specimen in zip(labels, complete, strict=True):
        height, _ = require_size(path, specimen, "MorphoJ measures y from its lower edge")
        points = specimen.landmarks.points.tolist()
        numbers = [positional(value) for row, col in points for value in (col, flip(row, height))]
        lines.append("\t".join([formula_guarded(label), *numbers]))
    write_text(path, "\n".join(lines) + "\n")
    left_out = len(specimens) - len(complete)
    return [f"{left_out} specimens with missing landmarks"] if left_out else []


def _is_header(cells: list[str], place: str, *, comma: bool) -> bool:
    names = [cell.strip().lower() for cell in cells[1:]]
    if any(re.fullmatch(r"z[0-9]+", name) for name in names):
        raise FormatError(f"{place}: 3-D landmarks; only 2-D landmarks can be placed on images.")
    words = [name for name in names if number_of(name, decimal_comma=comma) is None]
    if any(COORDINATE.fullmatch(word) for word in words):
        return True
    if words and len(words) < len(names):
        raise FormatError(
            f"{place}: {words[0][:20]!r} is not a number, but others in the line are; "
            "expected a header, or numbers throughout."
        )
    return bool(words)


def _places(header: list[str], path: Path) -> list[int]:
    """Return the columns of x1, y1, x2, y2 and so on; all after the label if none is called so."""
    columns: dict[tuple[int, str], int] = {}
    others = []
    for index, name in enumerate(header[1:], 1):
        match = COORDINATE.fullmatch(name.strip().lower())
        if match is None:
            others.append(name.strip())
        elif (int(match[2]), match[1]) in columns:
            raise FormatError(f"{path}, line 1: duplicate column {name.strip()!r}.")
        else:
            columns[int(match[2]), match[1]] = index
    if not columns:
        return list(range(1, len(header)))
    for number, axis in columns:
        other = "y" if axis == "x" else "x"
        if (number, other) not in columns:
            raise FormatError(
                f"{path}, line 1: there is a column {axis}{number}, but no {other}{number}."
            )
    warn_of_other_columns(path, others)
    return [columns[key] for key in sorted(columns)]


def _points(
    cells: list[str], place: str, comma: bool, problems: list[str]
) -> list[tuple[float, float]]:
    """Return x and upward y of each landmark; NaN for missing ones."""
    values = [number_of(cell, decimal_comma=comma) for cell in cells]
    for cell, value in zip(cells, values, strict=True):
        if value is None or abs(value) > FAR:
            problems.append(f"{place}: {cell[:20]!r} is not a position in pixels.")
    points = []
    for x, y in zip(values[::2], values[1::2], strict=True):
        if x is None or y is None:
            continue
        if math.isnan(x) != math.isnan(y):
            problems.append(f"{place}: only one of the two coordinates is missing.")
        else:
            points.append((x, y))
    return points


def _specimen(
    label: str,
    points: list[tuple[float, float]],
    path: Path,
    line: int,
    image_size: ImageSize,
    check: PlacementCheck,
) -> Specimen:
    size = size_of(label, image_size)
    if size is None:
        raise FormatError(
            f"{path}, line {line}: y runs upwards from the lower edge of the image {label!r}, whose "
            "height is not known; give the image or its folder."
        )
    placed = np.array([(flip(y, size[0]), x) for x, y in points]).reshape(-1, 2)
    check.add(label, placed, size, [f"line {line}"] * len(placed))
    names = [str(index + 1) for index in range(len(points))]
    return Specimen(label, Landmarks.from_arrays(names, placed), label or None, image_size=size)
