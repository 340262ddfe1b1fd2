"""Parsing the lines of TPS files, strictly and before anything is placed on an image."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from .file_specimen import MOST_PROBLEMS
from .text_files import FAR, number_of

ABSURD_DIGITS = 7
"""A count with so many digits is itself wrong, not the number of rows after it."""

KEYWORD = re.compile(r"^\s*([A-Za-z][A-Za-z0-9]*)\s*=(.*)$")
KNOWN = {"IMAGE", "ID", "SCALE", "COMMENT"}
DROPPED = {"VARIABLES", "RADII", "RADIIXY"}
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


@dataclass
class Record:
    """One specimen of the file, before the axis is flipped."""

    line: int
    points: list[tuple[float, float] | None] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    value_lines: dict[str, int] = field(default_factory=dict)
    point_lines: list[int] = field(default_factory=list)
    curves: list[list[tuple[float, float] | None]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


class Parser:
    """Parses lines to records and collects the problems."""

    def __init__(self, path: Path, text: str, *, keep_outside: bool = False) -> None:
        self._path, self._keep_outside = path, keep_outside
        self._lines = re.split(r"\r\n|\r|\n", text)
        self._next = 0
        self._problems: list[str] = []
        self._records: list[Record] = []

    def parse(self) -> tuple[list[Record], list[str]]:
        """Return the records and the problems of the file."""
        while self._next < len(self._lines) and len(self._problems) < MOST_PROBLEMS:
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
            guess = " It looks like XML." if "<" in "".join(self._lines[:3]) else ""
            self._problem(1, f"no LM= found; expected a TPS file.{guess}")
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
                self._problem(number, f"{line.strip()[:40]!r} is before the first LM=.")
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
            self._records.append(Record(number))
            self._skip_rows()
            return
        if key == "LM":
            self._landmarks(number, value)
            return
        if not self._records:
            if key == "POINTS":
                self._skip_rows()
            self._problem(number, f"{key}= is before the first LM=.")
            return
        record = self._records[-1]
        if key in ("CURVES", "OUTLINES"):
            self._curves(number, key, value, record)
        elif key in KNOWN:
            self._value(number, key, value, record)
        elif key in DROPPED:
            record.dropped.append(f"{key}= (line {number})")
        elif key in ("POINTS", "CHAIN"):
            self._problem(number, f"{key}= without a CURVES= or OUTLINES= that announces it.")
            self._skip_rows()
        else:
            record.dropped.append(f"the unknown {key}= (line {number})")

    def _value(self, number: int, key: str, value: str, record: Record) -> None:
        if key == "COMMENT" and key in record.values:
            value = " ".join(filter(None, (record.values[key], value)))
        elif key in record.values:
            self._problem(
                number,
                f"a second {key}= (the first is on line {record.value_lines[key]}); is an LM= line "
                "lost between them?",
            )
        elif key == "SCALE" and DECIMAL_COMMA.fullmatch(value):
            self._problem(number, f"decimal comma in SCALE={value[:20]}; replace it with a point.")
        elif key == "SCALE" and value and number_of(value) is None:
            self._problem(number, f"SCALE={value[:20]} is not a number.")
        record.values[key], record.value_lines[key] = value, number

    def _landmarks(self, number: int, value: str) -> None:
        record = Record(number)
        self._records.append(record)
        if not re.fullmatch(r"[0-9]+", value):
            self._problem(
                number,
                f"expected a whole number of at least 0 after LM=, but found {value[:20]!r}.",
            )
            self._skip_rows()
            return
        for row_number, row in self._rows():
            before = len(self._problems)
            point = self._point(row_number, row)
            if len(self._problems) == before:
                record.points.append(point)
            record.point_lines.append(row_number)
        # Compared as text, because the count may have millions of digits. A foreign line among
        # enough rows has been reported already.
        counts = {str(len(record.point_lines)).lstrip("0"), str(len(record.points)).lstrip("0")}
        if value.lstrip("0") not in counts:
            self._miscounted(number, value.lstrip("0"), record)

    def _miscounted(self, number: int, announced: str, record: Record) -> None:
        if len(announced) >= ABSURD_DIGITS:
            line = number
        elif int(announced or 0) < len(record.point_lines):
            line = record.point_lines[int(announced or 0)]
        else:
            line = min(self._next + 1, len(self._lines))
        ended = self._next >= len(self._lines)
        self._problem(
            line,
            f"LM={announced[:20] or 0} (line {number}) but {len(record.points)} complete coordinate "
            f"rows{' and the file ends: is it a partial copy?' if ended else '.'}",
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
        if any(DECIMAL_COMMA.fullmatch(word) for word in words):
            self._problem(
                number,
                f"decimal commas in {row.strip()[:40]!r}; replace them with points.",
            )
            return None
        if len(words) != 2:
            self._problem(
                number,
                f"{len(words)} number{'s' if len(words) != 1 else ''} where x and y were expected: "
                f"{row.strip()[:40]!r}.",
            )
            return None
        x, y = number_of(words[0]), number_of(words[1])
        if x is None or y is None:
            word = words[0] if x is None else words[1]
            self._problem(number, f"{word[:20]!r} is not a number.")
            return None
        if math.isinf(x) or math.isinf(y) or max(abs(x), abs(y)) > FAR:
            self._problem(number, f"{row.strip()[:40]!r} is not a finite position in an image.")
            return None
        if math.isnan(x) != math.isnan(y):
            self._problem(number, "only one of the two coordinates is missing.")
            return None
        # The left half of the first pixel reaches down to x = -0.5.
        outside = (x < 0) != (y < 0)
        if outside and self._keep_outside:
            return x, y
        if outside and not -0.5 <= x < 0:
            self._problem(
                number,
                f"one coordinate of {row.strip()[:40]!r} is negative, the other not: missing, or "
                "outside the image? `homolog convert --keep-outside` keeps those outside.",
            )
            return None
        return None if math.isnan(x) or y < 0 else (x, y)

    def _curves(self, number: int, key: str, value: str, record: Record) -> None:
        if not re.fullmatch(r"[0-9]{1,6}", value):
            self._problem(
                number, f"expected a whole number after {key}=, but found {value[:20]!r}."
            )
            return
        announced, blocks = int(value), list[list[tuple[float, float] | None]]()
        while self._next < len(self._lines):
            line = self._lines[self._next]
            match = KEYWORD.match(line)
            if line.strip() and (match is None or match[1].upper() not in ("POINTS", "CHAIN")):
                break
            self._next += 1
            if match is not None:
                blocks.append(self._block(match[1].upper(), match[2].strip(), key == "CURVES"))
        if len(blocks) != announced:
            self._problem(
                min(self._next + 1, len(self._lines)),
                f"{key}={announced} (line {number}) but {len(blocks)} POINTS= blocks.",
            )
        if key == "CURVES":
            record.curves += blocks
        else:
            points = sum(map(len, blocks))
            record.dropped.append(
                f"{len(blocks)} outline{'s' if len(blocks) != 1 else ''} of {points} points"
            )

    def _block(self, key: str, value: str, curve: bool) -> list[tuple[float, float] | None]:
        """Return the points of one POINTS= or CHAIN= block; of outlines, only their number counts."""
        number, rows = self._next, self._rows()
        if key == "POINTS" and value.lstrip("0") != str(len(rows)).lstrip("0"):
            self._problem(number, f"POINTS={value[:20]} but {len(rows)} coordinate rows.")
        elif curve and key == "CHAIN":
            self._problem(number, "CHAIN= belongs to OUTLINES=, not to CURVES=.")
        elif curve:
            return [self._point(row_number, row) for row_number, row in rows]
        return [None] * len(rows)
