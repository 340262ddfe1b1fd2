"""Writing tidy CSV tables: one row a landmark, x to the right, y downwards."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .specimen import FormatWarning, Specimen, unique_identifiers
from .text import runs_as_formula, write_text

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


def write_table(path: Path, specimens: Sequence[Specimen]) -> None:
    """Write specimens as a tidy table, whole or not at all.

    Numbers keep their full precision; x is the column, y the row, both in pixels, pixel centres
    at integers. Text that a spreadsheet would run as a formula gets an apostrophe before it.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        One row of the table is written for each landmark of each.

    Raises
    ------
    FormatError
        If none is given or the file cannot be written.

    Warns
    -----
    FormatWarning
        If scales or comments are left out, or identifiers had to be made unique.
    """
    if not specimens:
        raise FormatError(f"{path}: there is no specimen to write.")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for specimen, identifier in zip(specimens, _identifiers(specimens), strict=True):
        marks = specimen.landmarks
        for place, (name, (row, col)) in enumerate(zip(marks.names, marks.points, strict=True)):
            missing = bool(np.isnan(row))
            writer.writerow(
                [
                    _guarded(specimen.image),
                    _guarded(identifier),
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
    write_text(path, text.getvalue())
    lost = [what for what in ("scale", "comment") if any(getattr(s, what) for s in specimens)]
    if lost:
        warnings.warn(
            f"{path}: a table has no place for the {' and the '.join(lost)} of specimens; left out.",
            FormatWarning,
            stacklevel=3,
        )


def _guarded(text: str) -> str:
    # Not every reader takes a line break within a cell.
    text = re.sub(r"\s*[\r\n]+\s*", " ", text).strip()
    return f"'{text}" if runs_as_formula(text) else text


def _identifiers(specimens: Sequence[Specimen]) -> list[str]:
    """Return what tells specimens of the same image apart."""
    images: dict[str, list[int]] = {}
    for index, specimen in enumerate(specimens):
        images.setdefault(specimen.image, []).append(index)
    made = [specimen.identifier or "" for specimen in specimens]
    for indices in images.values():
        if len(indices) > 1:
            replicates = unique_identifiers([made[i] or str(n + 1) for n, i in enumerate(indices)])
            for index, identifier in zip(indices, replicates, strict=True):
                made[index] = identifier
    return made


def _optional(values: NDArray[np.float64] | None, index: int) -> str:
    if values is None or np.isnan(values[index]):
        return ""
    return repr(float(values[index]))
