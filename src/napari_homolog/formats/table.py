"""Reading CSV tables with one row per landmark: tidy ones, and napari's Points tables."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .delimited import read_rows
from .file_specimen import ImageSize, Specimen, combined_error, size_of
from .placement import PlacementCheck
from .text_files import FAR, number_of, unguarded

NAMING = {"name", "landmark"}
GROUPING = {"image", "file", "specimen", "replicate"}
YES, NO = {"1", "true", "yes"}, {"", "0", "false", "no"}


def read_tidy(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a tidy table, with x to the right and y downwards.

    Columns are identified by their names. The separator is ``,`` ``;`` or tab. Decimal commas are
    read if the separator is not a comma.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        Landmarks without names are called 1 to n.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About landmarks that contradict their images.
    """
    table = _Table(path, image_size)
    if not ({"x", "y"} <= table.columns and NAMING & table.columns and GROUPING & table.columns):
        raise table.refused(
            "the columns image, name, x and y of a tidy table, or napari's axis-0 and axis-1"
        )
    return table.specimens("x", "y", tuple(sorted(GROUPING)), "specimen")


def read_napari(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a table of points saved by napari.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        Landmarks without names are called 1 to n. A stack yields one specimen for each image. Its
        identifier is its index in the stack if the table has no other.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About landmarks that contradict their images.
    """
    table = _Table(path, image_size)
    axes = sorted(name for name in table.columns if name.startswith("axis-"))
    if not {"axis-0", "axis-1"} <= set(axes):
        raise table.refused("napari's columns axis-0 and axis-1")
    stack = tuple(axes[:-2])
    identifying = "specimen" if "specimen" in table.columns else "".join(stack[:1])
    return table.specimens(axes[-1], axes[-2], stack, identifying)


class _Table:
    """The rows of one file; converts them to specimens and collects the problems."""

    def __init__(self, path: Path, image_size: ImageSize) -> None:
        separator, rows = read_rows(path)
        self._path, self._image_size = path, image_size
        self._check = PlacementCheck(path, upward=False)
        self._decimal_comma = separator != ","
        self._header = [name.strip().lower() for name in rows[0][1]]
        self._rows = rows[1:]
        self._indices = {name: index for index, name in enumerate(self._header)}
        self.columns = set(self._header)
        self._problems = [
            f"{path}, line {number}: {len(cells)} fields, but the header has {len(self._header)}."
            for number, cells in self._rows
            if len(cells) != len(self._header)
        ]
        duplicate = sorted(name for name, n in Counter(self._header).items() if name and n > 1)
        if duplicate:
            self._problems.append(f"{path}, line 1: duplicate columns: {', '.join(duplicate)}.")
        if not self._rows:
            self._problems.append(f"{path}, line 1: a header, but no rows below it.")

    def refused(self, expected: str) -> FormatError:
        given = ", ".join(self._header)[:200]
        return FormatError(f"{self._path}, line 1: expected {expected}, but found {given}.")

    def specimens(
        self, x: str, y: str, grouping: tuple[str, ...], identifying: str
    ) -> list[Specimen]:
        """Return the specimens.

        Parameters
        ----------
        x, y : str
            Columns of the coordinates.
        grouping : tuple of str
            Columns whose values distinguish the specimens.
        identifying : str
            Column of the identifier.
        """
        if self._problems:
            raise combined_error(self._problems)
        groups: dict[tuple[str, ...], list[int]] = {}
        for index in range(len(self._rows)):
            key = tuple(self._text(index, column) for column in grouping if column in self.columns)
            groups.setdefault(key, []).append(index)
        specimens = [self._specimen(indices, x, y, identifying) for indices in groups.values()]
        if self._problems:
            raise combined_error(self._problems)
        self._check.warn()
        return [specimen for specimen in specimens if specimen is not None]

    def _specimen(self, indices: list[int], x: str, y: str, identifying: str) -> Specimen | None:
        names = [self._name(index, position) for position, index in enumerate(indices)]
        points = [self._point(index, x, y) for index in indices]
        lines: dict[str, list[str]] = {}
        for name, index in zip(names, indices, strict=True):
            lines.setdefault(name, []).append(str(self._rows[index][0]))
        for name, numbers in lines.items():
            if len(numbers) > 1:
                self._problems.append(
                    f"{self._path}, lines {', '.join(numbers)}: duplicate landmark {name!r} in one "
                    "specimen; expected each landmark once: is a column for the specimen missing?"
                )
        if self._problems:
            return None
        image = next(
            (self._text(indices[0], c) for c in ("image", "file") if c in self.columns), ""
        )
        try:
            landmarks = Landmarks.from_arrays(names, points)
        except LandmarkError as error:
            self._problem(indices[0], str(error))
            return None
        size = size_of(image, self._image_size)
        places = [
            f"line {self._rows[i][0]}, {name}" for i, name in zip(indices, names, strict=True)
        ]
        self._check.add(image, landmarks.points, size, places)
        status = tuple(self._text(i, "status") for i in indices) if "status" in self.columns else ()
        return Specimen(
            image=image,
            landmarks=landmarks,
            identifier=self._optional_text(indices[0], identifying),
            confidence=self._numbers(indices, "confidence", 1.0),
            spread=self._numbers(indices, "spread_px", math.inf),
            status=status if any(status) else None,
            image_size=size,
            scale=self._scale(indices[0]),
            comment=self._optional_text(indices[0], "comment"),
            occluded=self._occluded(indices),
        )

    def _scale(self, index: int) -> float | None:
        scale = self._number(index, "scale") if "scale" in self.columns else math.nan
        if scale <= 0 or math.isinf(scale):
            self._problem(
                index, f"scale is {scale:g}; expected a positive number or an empty cell."
            )
        return None if math.isnan(scale) else scale

    def _occluded(self, indices: list[int]) -> NDArray[np.bool_] | None:
        hidden = np.array([self._yes(index, "occluded") for index in indices])
        return hidden if hidden.any() else None

    def _yes(self, index: int, column: str) -> bool:
        text = (self._optional_text(index, column) or "").lower()
        if text not in YES | NO:
            self._problem(index, f"{text[:20]!r} in column {column}; expected 0 or 1.")
        return text in YES

    def _point(self, index: int, x: str, y: str) -> tuple[float, float]:
        before = len(self._problems)
        col, row = self._number(index, x), self._number(index, y)
        if len(self._problems) > before:
            return (math.nan, math.nan)
        if math.isnan(row) != math.isnan(col):
            self._problem(index, f"only one of {x} and {y} is given.")
        if max(abs(row), abs(col)) > FAR:
            self._problem(index, f"{x} or {y} is not a finite position in an image.")
        return (math.nan, math.nan) if self._yes(index, "missing") else (row, col)

    def _name(self, index: int, position: int) -> str:
        names = (self._optional_text(index, column) for column in ("name", "landmark"))
        return next((name for name in names if name), str(position + 1))

    def _optional_text(self, index: int, column: str) -> str | None:
        present = bool(column) and column in self.columns
        return (self._text(index, column) or None) if present else None

    def _numbers(self, indices: list[int], column: str, most: float) -> NDArray[np.float64] | None:
        if column not in self.columns:
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
        value = number_of(text, decimal_comma=self._decimal_comma)
        if value is None:
            self._problem(index, f"{text[:20]!r} in column {column} is not a number.")
            return math.nan
        return value

    def _text(self, index: int, column: str) -> str:
        return unguarded(self._rows[index][1][self._indices[column]].strip())

    def _problem(self, index: int, text: str) -> None:
        self._problems.append(f"{self._path}, line {self._rows[index][0]}: {text}")
