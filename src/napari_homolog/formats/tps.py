"""TPS, the format of tpsDig: one or more specimens, landmarks by number, y upwards."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import FormatError
from ..files import atomic_write
from ..landmarks import Landmarks
from .specimen import FormatWarning, ImageSize, Specimen, joined, size_of
from .text import read_text

MISSING = ("-1.00000", "-1.00000")
"""How a missing landmark is written: tpsDig's own way. In geomorph: ``negNA = TRUE``."""

FAR = 1e9
"""Coordinates beyond this are refused; a coordinate is a pixel."""

KEYWORD = re.compile(r"^\s*([A-Za-z][A-Za-z0-9]*)\s*=(.*)$")
KNOWN = {"IMAGE", "ID", "SCALE", "COMMENT"}
DROPPED = {"VARIABLES", "RADII", "RADIIXY"}


def flip(y_or_row: float, height: int) -> float:
    """Turn a TPS ``y`` into a row, or a row into a ``y``: ``y = height - row``.

    All programs that are known to flip the axis do it so; the inverse is the same.
    """
    return height - y_or_row


@dataclass
class _Record:
    """What one specimen of the file consists of, before the axis is flipped."""

    line: int
    points: list[tuple[float, float] | None] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    value_lines: dict[str, int] = field(default_factory=dict)
    point_lines: list[int] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def read_tps(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a TPS file, all of it or nothing.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable
        Needed because y runs upwards from the image's lower edge.

    Returns
    -------
    list of Specimen
        Landmarks are called 1 to n.

    Raises
    ------
    FormatError
        With file and line of everything that is wrong, up to 20 findings.

    Warns
    -----
    FormatWarning
        Names what was left out (curves, outlines, variables), doubtful scales, and landmarks
        outside their image.
    """
    records, problems = _Parser(path, read_text(path)).parse()
    if problems:
        raise joined(problems)
    notes: list[str] = []
    specimens = [_specimen(record, path, image_size, notes) for record in records]
    for note in notes:
        warnings.warn(note, FormatWarning, stacklevel=3)
    return specimens


def write_tps(path: Path, specimens: Sequence[Specimen]) -> None:
    """Write the subset of TPS that every known program reads.

    Names, confidence and status have no place in TPS; write a CSV file beside it.

    Raises
    ------
    FormatError
        If an image's size is not known, specimens differ in their landmarks, or none is given.
    """
    if not specimens:
        raise FormatError(f"{path}: there is no specimen to write.")
    if len({specimen.landmarks.names for specimen in specimens}) > 1:
        raise FormatError(
            f"{path}: the specimens differ in their landmarks or in their order; TPS knows landmarks "
            "by number alone, so that all need the same."
        )
    scaled = all(specimen.scale is not None for specimen in specimens)
    blocks = [_block(specimen, index, path, scaled) for index, specimen in enumerate(specimens)]
    _warn_of_names(specimens)
    with atomic_write(path) as file:
        file.write("".join(blocks).encode("utf-8"))


class _Parser:
    """Reads lines into records and collects what is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = re.split(r"\r\n|\r|\n", text)
        self._next = 0
        self._problems: list[str] = []
        self._records: list[_Record] = []

    def parse(self) -> tuple[list[_Record], list[str]]:
        while self._next < len(self._lines) and len(self._problems) < 20:
            number, line = self._next + 1, self._lines[self._next]
            self._next += 1
            if not line.strip():
                continue
            match = KEYWORD.match(line)
            if match is None:
                self._stray(number, line)
            else:
                self._keyword(number, match[1].upper(), match[2].strip())
        if not self._records and not self._problems:
            looks = " It looks like XML." if "<" in "".join(self._lines[:3]) else ""
            self._problem(1, f"no LM= found, so that this is no TPS file.{looks}")
        return self._records, self._problems

    def _problem(self, line: int, text: str) -> None:
        self._problems.append(f"{self._path}, line {line}: {text}")

    def _stray(self, number: int, line: str) -> None:
        if not self._records:
            if line.lstrip().startswith("<"):
                self._problem(
                    number, "no LM= found; this looks like XML (dlib or imglab), not TPS."
                )
                self._next = len(self._lines)
            else:
                self._problem(number, f"{line.strip()[:40]!r} stands before the first LM=.")
            return
        self._problem(
            number,
            f"{line.strip()[:40]!r} is neither KEYWORD=value nor one of the rows announced by "
            f"LM= on line {self._records[-1].line}.",
        )

    def _keyword(self, number: int, key: str, value: str) -> None:
        if key == "LM3":
            self._problem(
                number, "3-D landmarks (LM3=); only 2-D landmarks can be placed on images."
            )
            self._records.append(_Record(number))
            self._skip_rows()
            return
        if key == "LM":
            self._landmarks(number, value)
            return
        if not self._records:
            if key == "POINTS":
                self._skip_rows()
            self._problem(number, f"{key}= stands before the first LM=.")
            return
        record = self._records[-1]
        if key in ("CURVES", "OUTLINES"):
            self._curves(number, key, value, record)
        elif key in KNOWN:
            record.values[key], record.value_lines[key] = value, number
        elif key in DROPPED:
            record.dropped.append(f"{key}= (line {number})")
        elif key in ("POINTS", "CHAIN"):
            self._problem(number, f"{key}= without a CURVES= or OUTLINES= that announces it.")
            self._skip_rows()
        else:
            record.dropped.append(f"the unknown {key}= (line {number})")

    def _landmarks(self, number: int, value: str) -> None:
        record = _Record(number)
        self._records.append(record)
        if not re.fullmatch(r"\d+", value):
            self._problem(number, f"LM= needs a whole number of at least 0, found {value[:20]!r}.")
            self._skip_rows()
            return
        for row_number, row in self._rows():
            before = len(self._problems)
            point = self._point(row_number, row)
            if len(self._problems) == before:
                record.points.append(point)
            record.point_lines.append(row_number)
        found = len(record.point_lines)
        # The announced number is compared as text: nothing is allocated from it.
        if value.lstrip("0") != str(found).lstrip("0"):
            ended = self._next >= len(self._lines)
            hint = " and the file ends: is it a partial copy?" if ended else "."
            excess = len(value.lstrip("0")) < 9 and int(value) < found
            line = (
                record.point_lines[int(value)] if excess else min(self._next + 1, len(self._lines))
            )
            self._problem(
                line,
                f"LM={value[:20]} (line {number}) but {len(record.points)} complete coordinate rows"
                f"{hint}",
            )

    def _rows(self) -> list[tuple[int, str]]:
        """Return the non-empty lines up to the next one that starts with a letter and an =."""
        rows = []
        while self._next < len(self._lines):
            line = self._lines[self._next]
            if KEYWORD.match(line):
                break
            self._next += 1
            if line.strip():
                rows.append((self._next, line))
        return rows

    def _skip_rows(self) -> None:
        self._rows()

    def _point(self, number: int, row: str) -> tuple[float, float] | None:
        words = row.split()
        if any(re.fullmatch(r"-?\d+,\d+", word) for word in words):
            self._problem(
                number,
                f"decimal commas in {row.strip()[:40]!r}; replace them by points and try again.",
            )
            return None
        if len(words) != 2:
            self._problem(
                number,
                f"{len(words)} number{'s' if len(words) != 1 else ''} where x and y were expected: "
                f"{row.strip()[:40]!r}.",
            )
            return None
        values = [_number(word) for word in words]
        for word, one in zip(words, values, strict=True):
            if one is None:
                self._problem(number, f"{word[:20]!r} is no number.")
                return None
        x, y = values
        assert x is not None
        assert y is not None
        if math.isinf(x) or math.isinf(y) or max(abs(x), abs(y)) > FAR:
            self._problem(number, f"{row.strip()[:40]!r} is not a finite position in an image.")
            return None
        if math.isnan(x) != math.isnan(y):
            self._problem(number, "only one of the two coordinates is missing.")
            return None
        if (x < 0) != (y < 0):
            self._problem(
                number,
                f"one coordinate of {row.strip()[:40]!r} is negative, the other not: missing, or "
                "outside the image?",
            )
            return None
        return None if math.isnan(x) or x < 0 else (x, y)

    def _curves(self, number: int, key: str, value: str, record: _Record) -> None:
        if not re.fullmatch(r"\d{1,6}", value):
            self._problem(number, f"{key}= needs a whole number, found {value[:20]!r}.")
            return
        announced, found, points = int(value), 0, 0
        while self._next < len(self._lines):
            match = KEYWORD.match(self._lines[self._next])
            if match is None and not self._lines[self._next].strip():
                self._next += 1
                continue
            if match is None or match[1].upper() not in ("POINTS", "CHAIN"):
                break
            self._next += 1
            rows = self._rows()
            if (
                match[2].strip().lstrip("0") != str(len(rows)).lstrip("0")
                and match[1].upper() == "POINTS"
            ):
                self._problem(
                    self._next, f"POINTS={match[2].strip()[:20]} but {len(rows)} coordinate rows."
                )
            found, points = found + 1, points + len(rows)
        if found != announced:
            self._problem(
                min(self._next + 1, len(self._lines)),
                f"{key}={announced} (line {number}) but {found} POINTS= blocks.",
            )
        what = {"CURVES": "curve", "OUTLINES": "outline"}[key]
        record.dropped.append(f"{found} {what}{'s' if found != 1 else ''} of {points} points")


def _number(word: str) -> float | None:
    if word.upper() == "NA":
        return math.nan
    try:
        # Python's underscores and non-ASCII digits are no TPS.
        return float(word) if word.isascii() and "_" not in word else None
    except ValueError:
        return None


def _specimen(record: _Record, path: Path, image_size: ImageSize, notes: list[str]) -> Specimen:
    image = record.values.get("IMAGE", "")
    if record.dropped:
        notes.append(
            f"{path}, specimen of line {record.line}: left out {'; '.join(record.dropped)}."
        )
    if not record.points:
        ignored = f"; {', '.join(record.dropped)} ignored" if record.dropped else ""
        raise FormatError(f"{path}, line {record.line}: no landmarks (LM=0){ignored}.")
    size = size_of(image, image_size)
    if size is None:
        raise FormatError(
            f"{path}: y runs upwards from the lower edge of the image {image!r}, whose height is not "
            "known; say which image the file belongs to."
        )
    height, width = size
    points = []
    for point, line in zip(record.points, record.point_lines, strict=True):
        points.append((math.nan, math.nan) if point is None else (flip(point[1], height), point[0]))
        if point is not None and (point[0] > width or point[1] > height):
            notes.append(
                f"{path}, line {line}: x = {point[0]:g}, y = {point[1]:g} lies outside the image of "
                f"{width} x {height} pixels (width x height)."
            )
    names = [str(index + 1) for index in range(len(points))]
    return Specimen(
        image=image,
        landmarks=Landmarks.from_arrays(names, points),
        identifier=record.values.get("ID") or None,
        scale=_scale(record, path, notes),
        comment=record.values.get("COMMENT") or None,
        image_size=size,
    )


def _scale(record: _Record, path: Path, notes: list[str]) -> float | None:
    text = record.values.get("SCALE", "")
    if not text:
        return None
    line = record.value_lines["SCALE"]
    value = _number(text)
    if value is None or not math.isfinite(value) or value <= 0:
        notes.append(
            f"{path}, line {line}: SCALE={text[:20]} is no positive number; taken as unknown."
        )
        return None
    if value > 1:
        notes.append(
            f"{path}, line {line}: SCALE={text[:20]} is more than one unit per pixel; is it pixels per "
            "unit?"
        )
    return value


def _block(specimen: Specimen, index: int, path: Path, scaled: bool) -> str:
    if specimen.image_size is None:
        raise FormatError(
            f"{path}: the height of the image {specimen.image!r} is not known, and TPS counts y from "
            "its lower edge; give the specimen's image_size."
        )
    height = specimen.image_size[0]
    rows = []
    for row, col in specimen.landmarks.points:
        there = not np.isnan(row)
        rows.append(f"{col:.5f} {flip(row, height):.5f}" if there else " ".join(MISSING))
    lines = [f"LM={len(rows)}", *rows]
    if specimen.image:
        lines.append(f"IMAGE={_one_line(specimen.image)}")
    lines.append(f"ID={_one_line(specimen.identifier or str(index))}")
    if scaled:
        lines.append(f"SCALE={specimen.scale:.10f}".rstrip("0"))
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _warn_of_names(specimens: Sequence[Specimen]) -> None:
    """Warn of image names in which other programs find keywords."""
    risky = [s.image for s in specimens if re.search(r"=|ID|LM|SCALE", s.image)]
    if risky:
        warnings.warn(
            f"Some programs mistake 'ID', 'LM', 'SCALE' or '=' in an image's name for a keyword: "
            f"{', '.join(risky[:3])}; rename the images if yours does.",
            FormatWarning,
            stacklevel=3,
        )
