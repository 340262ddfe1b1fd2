"""Reading and writing DeepLabCut's CSV files."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import FormatError
from .deeplabcut import Frame, frame_of, specimens_of
from .delimited import read_rows
from .file_specimen import ImageSize, Specimen, combined_error
from .text_files import formula_guarded, number_of, unguarded, write_text

SINGLE = ("scorer", "bodyparts", "coords")
SEVERAL = ("scorer", "individuals", "bodyparts", "coords")
"""First cells of the header rows, for single animals and for several."""

Row = tuple[int, list[str]]
"""The number of a line, and its cells."""


def read_deeplabcut_csv(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a DeepLabCut table of labels or of predictions.

    The first column tells how many header rows there are. Decimal commas are
    read if fields are not separated by commas.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimens get.

    Returns
    -------
    list of Specimen
        Likelihood becomes confidence. Individuals and the numbers of video frames become
        identifiers.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        If a likelihood is not within 0 and 1.
    """
    return specimens_of(path, _frame(path), image_size)


def write_deeplabcut_csv(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as a DeepLabCut table of labels, atomically.

    Parameters
    ----------
    path : Path
        The file. ``CollectedData_NAME.csv`` makes NAME the scorer. Images whose names have no folder
        get the folder of this file.
    specimens : sequence of Specimen
        Confidence is not written: DeepLabCut expects no likelihood in tables of labels.

    Returns
    -------
    list of str
        The identifiers, if they cannot be written as individuals.

    Raises
    ------
    FormatError
        If there is no specimen, one has no image name, specimens differ in their landmarks, or the
        file cannot be written.
    """
    frame, lost = frame_of(path, specimens)
    individuals, parts, coordinates = zip(*frame.columns, strict=True)
    rows = [("scorer", "", "", *[frame.scorer] * len(parts))]
    if any(individuals):
        rows.append(("individuals", "", "", *individuals))
    rows.append(("bodyparts", "", "", *parts))
    rows.append(("coords", "", "", *coordinates))
    for label, values in zip(frame.rows, frame.values.tolist(), strict=True):
        rows.append((*label, *("" if math.isnan(value) else repr(value) for value in values)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_guarded, rows))
    write_text(path, text.getvalue())
    return lost


def _guarded(row: Sequence[str]) -> list[str]:
    """Return cells of which no text is run as a formula; numbers stay as they are."""
    return [cell if number_of(cell) is not None else formula_guarded(cell) for cell in row]


def _frame(path: Path) -> Frame:
    """Return the table of a file."""
    comma, titles, header, body = _header_and_body(path)
    width = len(header[0][1])
    first_label = next((i for i in range(1, width) if header[0][1][i].strip()), width)
    cells = {
        title: [unguarded(cell.strip()) for cell in row]
        for title, (_, row) in zip(titles, header, strict=True)
    }
    scorers = sorted(set(cells["scorer"][first_label:]))
    if len(scorers) != 1:
        raise FormatError(
            f"{path}, line {header[0][0]}: {len(scorers)} scorers where one was expected; "
            "write one file for each."
        )
    individuals = cells.get("individuals", [""] * width)
    columns = list(zip(individuals, cells["bodyparts"], cells["coords"], strict=True))
    problems: list[str] = []
    values = [
        [_number(f"{path}, line {number}", cell, comma, problems) for cell in row[first_label:]]
        for number, row in body
    ]
    if problems:
        raise combined_error(problems)
    return Frame(
        scorers[0],
        columns[first_label:],
        [tuple(unguarded(cell.strip()) for cell in row[:first_label]) for _, row in body],
        np.array(values),
        f"line {header[-2][0]}",
        tuple(f"line {number}" for number, _ in body),
    )


def _header_and_body(path: Path) -> tuple[bool, tuple[str, ...], list[Row], list[Row]]:
    """Return whether commas may separate decimals, the titles of header rows, these, and the rest."""
    separator, rows = read_rows(path)
    firsts = tuple(cells[0].strip().lower() for _, cells in rows[:4])
    titles = SEVERAL if firsts == SEVERAL else SINGLE
    if firsts[: len(titles)] != titles:
        raise FormatError(
            f"{path}, line {rows[0][0]}: expected header rows scorer / (individuals) / bodyparts / "
            f"coords, but found {' / '.join(firsts)[:200]}."
        )
    header, body = rows[: len(titles)], rows[len(titles) :]
    width = len(header[0][1])
    problems = [
        f"{path}, line {number}: {len(cells)} fields, but the first line has {width}."
        for number, cells in rows
        if len(cells) != width
    ]
    if not body:
        problems.append(f"{path}, line {header[-1][0]}: a header, but no rows below it.")
    if problems:
        raise combined_error(problems)
    return separator != ",", titles, header, body


def _number(place: str, cell: str, decimal_comma: bool, problems: list[str]) -> float:
    text = cell.strip()
    if text.lower() in ("", "nan"):
        return math.nan
    value = number_of(text, decimal_comma=decimal_comma)
    if value is None or math.isinf(value):
        problems.append(f"{place}: {text[:20]!r} is not a number.")
        return math.nan
    return value
