"""CSV tables: one row a landmark, x to the right, y downwards; napari's own Points tables too."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .specimen import ImageSize, Specimen, joined, size_of
from .text import number_of, read_text, runs_as_formula

NAMING = {"name", "landmark"}
GROUPING = {"image", "file", "specimen", "replicate"}
FAR = 1e9
"""Coordinates beyond this are refused; a coordinate is a pixel."""

YES, NO = {"1", "true", "yes"}, {"", "0", "false", "no"}


def read_table(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a tidy table, or a table of points that napari wrote.

    Columns are found by name. Separators ``,`` ``;`` and tab are understood, decimal commas where
    the separator is not a comma.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, kept with the specimens.

    Returns
    -------
    list of Specimen
        Landmarks without names are called 1 to n. Of a stack that napari wrote, one specimen for
        each picture, with its place in the stack as identifier.

    Raises
    ------
    FormatError
        With file and line of everything that is wrong, up to 20 findings.
    """
    separator, rows = _rows(path)
    header = [name.strip().lower() for name in rows[0][1]]
    if {"x", "y"} <= set(header) and NAMING & set(header) and GROUPING & set(header):
        return _Table(path, header, rows[1:], image_size, separator).tidy()
    if "axis-0" in header and "axis-1" in header:
        return _Table(path, header, rows[1:], image_size, separator).napari()
    raise FormatError(
        f"{path}, line 1: neither the columns image, name, x and y of a tidy table nor napari's "
        f"axis-0 and axis-1; found {', '.join(header)[:200]}."
    )


class _Table:
    """The rows of one file, on their way to specimens."""

    def __init__(
        self,
        path: Path,
        header: list[str],
        rows: list[tuple[int, list[str]]],
        image_size: ImageSize,
        separator: str,
    ) -> None:
        self._path, self._header, self._rows = path, header, rows
        self._decimal_comma = separator != ","
        self._image_size = image_size
        self._problems = [
            f"{path}, line {number}: {len(cells)} fields, the header has {len(header)}."
            for number, cells in rows
            if len(cells) != len(header)
        ]
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            self._problems.append(f"{path}, line 1: these columns stand twice: {', '.join(twice)}.")
        if not rows:
            self._problems.append(f"{path}, line 1: a header, but no rows below it.")
        if self._problems:
            raise joined(self._problems)

    def tidy(self) -> list[Specimen]:
        return self._specimens("x", "y", tuple(sorted(GROUPING)), "specimen")

    def napari(self) -> list[Specimen]:
        axes = sorted(name for name in self._header if name.startswith("axis-"))
        return self._specimens(axes[-1], axes[-2], tuple(axes[:-2]), "".join(axes[:-2][:1]))

    def _specimens(
        self, x: str, y: str, grouping: tuple[str, ...], identifying: str
    ) -> list[Specimen]:
        groups: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self._rows)):
            key = tuple(self._text(index, column) for column in grouping if column in self._header)
            groups.setdefault(key, []).append(index)
        made = [self._specimen(indices, x, y, identifying) for indices in groups.values()]
        if self._problems:
            raise joined(self._problems)
        return [specimen for specimen in made if specimen is not None]

    def _specimen(self, indices: list[int], x: str, y: str, identifying: str) -> Specimen | None:
        names = [self._name(index, place) for place, index in enumerate(indices)]
        points = [self._point(index, x, y) for index in indices]
        lines: dict[str, list[str]] = {}
        for name, index in zip(names, indices, strict=True):
            lines.setdefault(name, []).append(str(self._rows[index][0]))
        for name, where in lines.items():
            if len(where) > 1:
                self._problems.append(
                    f"{self._path}, lines {', '.join(where)}: landmark {name!r} stands {len(where)} "
                    "times in one specimen; a specimen has each landmark once."
                )
        if self._problems:
            return None
        image = next(
            (self._text(indices[0], c) for c in ("image", "file") if c in self._header), ""
        )
        try:
            landmarks = Landmarks.from_arrays(names, points)
        except LandmarkError as error:
            self._problem(indices[0], str(error))
            return None
        status = tuple(self._text(i, "status") for i in indices) if "status" in self._header else ()
        return Specimen(
            image=image,
            landmarks=landmarks,
            identifier=self._optional_text(indices[0], identifying),
            confidence=self._numbers(indices, "confidence", 1.0),
            spread=self._numbers(indices, "spread_px", math.inf),
            status=status if any(status) else None,
            image_size=size_of(image, self._image_size),
        )

    def _point(self, index: int, x: str, y: str) -> tuple[float, float]:
        before = len(self._problems)
        col, row = self._number(index, x), self._number(index, y)
        if len(self._problems) > before:
            return (math.nan, math.nan)
        if math.isnan(row) != math.isnan(col):
            self._problem(index, f"only one of {x} and {y} is there.")
        if max(abs(row), abs(col)) > FAR:
            self._problem(index, f"{x} or {y} is not a finite position in an image.")
        missing = (self._optional_text(index, "missing") or "").lower()
        if missing not in YES | NO:
            self._problem(index, f"{missing[:20]!r} in column missing; expected 0 or 1.")
        return (math.nan, math.nan) if missing in YES else (row, col)

    def _name(self, index: int, place: int) -> str:
        named = (self._optional_text(index, column) for column in ("name", "landmark"))
        return next((name for name in named if name), str(place + 1))

    def _optional_text(self, index: int, column: str) -> str | None:
        named = bool(column) and column in self._header
        return (self._text(index, column) or None) if named else None

    def _numbers(self, indices: list[int], column: str, most: float) -> NDArray[np.float64] | None:
        if column not in self._header:
            return None
        values = np.array([self._number(index, column) for index in indices])
        for index, value in zip(indices, values, strict=True):
            if value < 0 or value > most or math.isinf(value):
                limits = "within 0 and 1" if most == 1 else "a finite number of at least 0"
                self._problem(index, f"{column} is {value:g}; expected {limits}.")
        return None if np.isnan(values).all() else values

    def _number(self, index: int, column: str) -> float:
        text = self._text(index, column)
        if text.lower() in ("", "na", "nan"):
            return math.nan
        if self._decimal_comma and text.count(",") == 1:
            text = text.replace(",", ".")
        value = number_of(text)
        if value is None:
            self._problem(index, f"{text[:20]!r} in column {column} is no number.")
            return math.nan
        return value

    def _text(self, index: int, column: str) -> str:
        cell = self._rows[index][1][self._header.index(column)].strip()
        return cell[1:] if cell.startswith("'") and runs_as_formula(cell) else cell

    def _problem(self, index: int, text: str) -> None:
        self._problems.append(f"{self._path}, line {self._rows[index][0]}: {text}")


def _rows(path: Path) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return a file's separator, and its rows with their line numbers, the header first."""
    text = read_text(path)
    if not text.strip():
        raise FormatError(f"{path} is empty; expected a table with a header.")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    if not first.count(separator):
        raise FormatError(f"{path}, line 1: no columns found; expected a table with a header.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise FormatError(f"{path}, line {reader.line_num}: {error}.") from error
    return separator, rows
