"""CSV tables: one row a landmark, x to the right, y downwards; napari's own Points tables too."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import FormatError, LandmarkError
from ..files import atomic_write
from ..landmarks import Landmarks
from .specimen import ImageSize, Specimen, joined, size_of
from .text import read_text

COLUMNS = (
    "image",
    "specimen",
    "landmark",
    "name",
    "x",
    "y",
    "missing",
    "confidence",
    "spread_px",
    "status",
)
NAMING = {"name", "landmark"}
GROUPING = {"image", "file", "specimen", "replicate"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
"""Text cells that start so are run as formulas by spreadsheets; they get an apostrophe."""


def write_table(path: Path, specimens: Sequence[Specimen]) -> None:
    """Write specimens as a tidy table, whole or not at all.

    Numbers keep their full precision; x is the column, y the row, both in pixels, pixel centres
    at integers.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, specimen in enumerate(specimens):
        marks = specimen.landmarks
        for place, (name, (row, col)) in enumerate(zip(marks.names, marks.points, strict=True)):
            missing = bool(np.isnan(row))
            writer.writerow(
                [
                    _guarded(specimen.image),
                    _guarded(specimen.identifier or str(index)),
                    place + 1,
                    _guarded(name),
                    "" if missing else repr(float(col)),
                    "" if missing else repr(float(row)),
                    int(missing),
                    _optional(specimen.confidence, place),
                    _optional(specimen.spread, place),
                    _guarded(specimen.status[place]) if specimen.status else "",
                ]
            )
    with atomic_write(path) as file:
        file.write(text.getvalue().encode("utf-8"))


def read_table(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a tidy table, or a table of points that napari wrote.

    Columns are found by name. Separators ``,`` ``;`` and tab are understood, decimal commas where
    the separator is not a comma.

    Raises
    ------
    FormatError
        With file and line of everything that is wrong, up to 20 findings.
    """
    rows = _rows(path)
    header = [name.strip().lower() for name in rows[0][1]]
    if {"x", "y"} <= set(header) and NAMING & set(header) and GROUPING & set(header):
        return _Table(path, header, rows[1:], image_size).tidy()
    if "axis-0" in header and "axis-1" in header:
        return _Table(path, header, rows[1:], image_size).napari()
    raise FormatError(
        f"{path}, line 1: neither the columns image, name, x and y of a tidy table nor napari's axis-0 "
        f"and axis-1; found {', '.join(header)[:200]}."
    )


class _Table:
    """The rows of one file, on their way to specimens."""

    def __init__(
        self,
        path: Path,
        header: list[str],
        rows: list[tuple[int, list[str]]],
        image_size: ImageSize,
    ) -> None:
        self._path, self._header, self._rows = path, header, rows
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
        named = "name" if "name" in self._header else "landmark"
        return self._specimens("x", "y", named, tuple(sorted(GROUPING)))

    def napari(self) -> list[Specimen]:
        axes = sorted(name for name in self._header if name.startswith("axis-"))
        return self._specimens(axes[-1], axes[-2], "name", tuple(axes[:-2]))

    def _specimens(self, x: str, y: str, named: str, grouping: tuple[str, ...]) -> list[Specimen]:
        groups: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self._rows)):
            key = tuple(self._text(index, column) for column in grouping if column in self._header)
            groups.setdefault(key, []).append(index)
        made = [self._specimen(indices, x, y, named) for indices in groups.values()]
        if self._problems:
            raise joined(self._problems)
        return [specimen for specimen in made if specimen is not None]

    def _specimen(self, indices: list[int], x: str, y: str, named: str) -> Specimen | None:
        names = [
            self._text(i, named) if named in self._header else str(n + 1)
            for n, i in enumerate(indices)
        ]
        points = [self._point(index, x, y) for index in indices]
        lines: dict[str, list[str]] = {}
        for name, index in zip(names, indices, strict=True):
            lines.setdefault(name, []).append(str(self._rows[index][0]))
        for name, where in lines.items():
            if len(where) > 1:
                self._problem(
                    indices[0], f"lines {', '.join(where)}: {name!r} stands {len(where)} times."
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
        status = (
            tuple(self._text(i, "status") for i in indices) if "status" in self._header else None
        )
        return Specimen(
            image=image,
            landmarks=landmarks,
            identifier=self._text(indices[0], "specimen") if "specimen" in self._header else None,
            confidence=self._numbers(indices, "confidence"),
            spread=self._numbers(indices, "spread_px"),
            status=status,
            image_size=size_of(image, self._image_size),
        )

    def _point(self, index: int, x: str, y: str) -> tuple[float, float]:
        col, row = self._number(index, x), self._number(index, y)
        if math.isnan(row) != math.isnan(col):
            self._problem(index, f"only one of {x} and {y} is there.")
        if math.isinf(row) or math.isinf(col):
            self._problem(index, f"{x} or {y} is not finite.")
        missing = self._text(index, "missing").lower() if "missing" in self._header else ""
        return (math.nan, math.nan) if missing in ("1", "true", "yes") else (row, col)

    def _numbers(self, indices: list[int], column: str) -> np.ndarray | None:
        if column not in self._header:
            return None
        values = np.array([self._number(index, column) for index in indices])
        return None if np.isnan(values).all() else values

    def _number(self, index: int, column: str) -> float:
        text = self._text(index, column)
        if text.lower() in ("", "na", "nan"):
            return math.nan
        try:
            return float(text.replace(",", ".", 1))
        except ValueError:
            self._problem(index, f"{text[:20]!r} in column {column} is no number.")
            return math.nan

    def _text(self, index: int, column: str) -> str:
        cell = self._rows[index][1][self._header.index(column)].strip()
        return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS and cell[1:] else cell

    def _problem(self, index: int, text: str) -> None:
        self._problems.append(f"{self._path}, line {self._rows[index][0]}: {text}")


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return a file's rows with their line numbers, the header first."""
    text = read_text(path)
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
    if not rows:
        raise FormatError(f"{path} is empty.")
    return rows


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _optional(values: np.ndarray | None, index: int) -> str:
    if values is None or np.isnan(values[index]):
        return ""
    return repr(float(values[index]))
