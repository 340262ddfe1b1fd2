"""Reading and writing delimited text tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ..errors import FormatError
from .text_files import formula_guarded, read_text, unguarded, write_text

SEPARATORS = ",;\t"


def separator_of(line: str) -> str:
    """Return the separator that occurs most often in a line, outside quotes."""
    return max(SEPARATORS, key=re.sub('"[^"]*"', "", line).count)


def read_rows(path: Path) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return the separator of a table, and its rows that are not empty with their line numbers.

    Where all rows have one cell more than the first, they start with names as R's ``write.table``
    writes them; the first row gets an empty cell before its others.

    Raises
    ------
    FormatError
        If the file is not text, is empty, has one column only, or its quotes do not match.
    """
    text = read_text(path)
    if not text.strip():
        raise FormatError(f"{path} is empty; expected a table with a header.")
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
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
        raise FormatError(
            f"{path}, line {reader.line_num}: not a valid table ({error})."
        ) from error
    if not rows:
        raise FormatError(f"{path}: all cells are empty; expected a table with a header.")
    width = len(rows[0][1])
    if len(rows) > 1 and all(len(cells) == width + 1 for _, cells in rows[1:]):
        rows[0][1].insert(0, "")
    return separator, rows


def read_columns(path: Path, names: Sequence[str]) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return the separator of a table, and the cells of some columns with their line numbers.

    Parameters
    ----------
    path : Path
        The file.
    names : sequence of str
        The columns, in lower case; in the file they may be in any case and order, beside others.

    Raises
    ------
    FormatError
        If the file cannot be read, or lacks a column.
    """
    separator, rows = read_rows(path)
    header = [cell.strip().lower() for cell in rows[0][1]]
    lacking = [name for name in names if name not in header]
    if lacking:
        raise FormatError(
            f"{path}, line 1: no column {', '.join(lacking)}; expected {', '.join(names)}."
        )
    places = [header.index(name) for name in names]
    # Cells that are lacking at the end of a line are empty.
    padded = ((line, [*cells, *[""] * len(header)]) for line, cells in rows[1:])
    return separator, [
        (line, [unguarded(cells[place].strip()) for place in places]) for line, cells in padded
    ]


def write_rows(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], *, separator: str = ","
) -> None:
    """Write a table with a header, atomically.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str
        The header.
    rows : iterable of sequence of str
        The cells of each row.
    separator : str
        Between cells.

    Raises
    ------
    FormatError
        If the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def guarded(text: str) -> str:
    """Return a text as a cell of one line that spreadsheets do not run as a formula."""
    # Not every program reads line breaks within a cell.
    text = " ".join(filter(None, map(str.strip, re.split(r"[\r\n]", text))))
    return formula_guarded(text)


def number_text(value: float | None) -> str:
    """Return a number in full precision; empty if it is unknown."""
    return "" if value is None or np.isnan(value) else repr(float(value))
