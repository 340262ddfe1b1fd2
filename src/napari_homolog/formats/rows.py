"""Rows of text tables, whatever their separator."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ..errors import FormatError
from .text import read_text

SEPARATORS = ",;\t"


def separator_of(line: str) -> str:
    """Return the separator that stands most often in a line."""
    return max(SEPARATORS, key=line.count)


def read_rows(path: Path) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return a file's separator, and its rows with their line numbers, without the empty ones.

    Raises
    ------
    FormatError
        If the file is no text, is empty, has one column only, or breaks the rules of quoting.
    """
    text = read_text(path)
    if not text.strip():
        raise FormatError(f"{path} is empty; expected a table with a header.")
    first = text.partition("\n")[0]
    separator = separator_of(first)
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
        raise FormatError(f"{path}: all cells are empty; expected a table with a header.")
    return separator, rows
