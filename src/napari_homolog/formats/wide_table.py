"""Reading wide tables: one row per specimen, with the columns NAME_x and NAME_y, y downwards."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .delimited import read_rows
from .file_specimen import ImageSize, Specimen, combined_error, size_of
from .placement import PlacementCheck, listed_names, warn_of_other_columns
from .text_files import FAR, number_of, unguarded

COLUMN = re.compile(r"(.+)[_. ]([xy])", re.IGNORECASE)
"""Columns of coordinates, such as ``wing tip_x``."""

LABELS = ("image", "file", "filename", "id", "specimen", "")
"""Columns that name the image, the best ones first; empty in tables of R."""


def looks_like_wide_table(header: list[str]) -> bool:
    """Return whether a header has the columns NAME_x and NAME_y of some landmark."""
    names = {name.strip().lower() for name in header}
    found = (COLUMN.fullmatch(name) for name in names)
    return any(match and match[2] == "x" and f"{match[0][:-1]}y" in names for match in found)


def read_wide(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a table with one row per specimen and two columns per landmark.

    Parameters
    ----------
    path : Path
        The file. The column image, file, filename, id or specimen, else the first that holds no
        coordinate, names the image. Decimal commas are read if the separator is not a comma.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

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
        About columns that hold no landmarks, and landmarks that contradict their images.
    """
    separator, rows = read_rows(path)
    header = [name.strip() for name in rows[0][1]]
    places, label = _columns(path, header)
    names, problems, specimens = list(places), list[str](), []
    check = PlacementCheck(path, upward=False)
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            problems.append(
                f"{path}, line {number}: {len(cells)} fields, but the header has {len(header)}."
            )
            continue
        points = np.full((len(names), 2), math.nan)
        for index, name in enumerate(names):
            y, x = (_number(cells[place], separator != ",") for place in places[name])
            if x is None or y is None or math.isnan(x) != math.isnan(y):
                problems.append(f"{path}, line {number}: {name!r} has no two numbers for x and y.")
            else:
                points[index] = y, x
        image = unguarded(cells[label].strip()) if label is not None else ""
        size = size_of(image, image_size)
        check.add(image, points, size, [f"line {number}, {name}" for name in names])
        try:
            landmarks = Landmarks.from_arrays(names, points)
        except LandmarkError as error:
            problems.append(f"{path}, line {number}: {error}")
            continue
        specimens.append(Specimen(image, landmarks, image or None, image_size=size))
    if not problems and not specimens:
        problems.append(f"{path}, line 1: a header, but no rows below it.")
    if problems:
        raise combined_error(problems)
    check.warn()
    return specimens


def _columns(path: Path, header: list[str]) -> tuple[dict[str, tuple[int, int]], int | None]:
    """Return the columns of y and x of each landmark, and the column of the image's name."""
    repeated = [name for name, count in Counter(header).items() if name and count > 1]
    if repeated:
        raise FormatError(f"{path}, line 1: duplicate columns: {listed_names(repeated)}.")
    axes: dict[str, dict[str, int]] = {}
    others: dict[int, str] = {}
    for index, column in enumerate(header):
        match = COLUMN.fullmatch(column)
        if match is None:
            others[index] = column
        else:
            axes.setdefault(unguarded(match[1]), {})[match[2].lower()] = index
    single = [name for name, found in axes.items() if len(found) < 2]
    if single or not axes:
        raise FormatError(
            f"{path}, line 1: expected the columns NAME_x and NAME_y of each landmark"
            + (f"; one is lacking of {listed_names(single)}." if single else ".")
        )
    known = sorted(
        (index for index, name in others.items() if name.lower() in LABELS),
        key=lambda index: LABELS.index(header[index].lower()),
    )
    label = next(iter(known or others), None)
    warn_of_other_columns(path, [name for index, name in others.items() if index != label])
    return {name: (found["y"], found["x"]) for name, found in axes.items()}, label


def _number(cell: str, decimal_comma: bool) -> float | None:
    text = cell.strip()
    value = number_of(text, decimal_comma=decimal_comma) if text else math.nan
    return value if value is None or math.isnan(value) or abs(value) <= FAR else None
