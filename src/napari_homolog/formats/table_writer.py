"""Writing CSV tables, one row a landmark: tidy ones, and points as napari saves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError
from .delimited import guarded, number_text, write_rows
from .file_specimen import Specimen, require_some, unique_identifiers


@dataclass(frozen=True)
class _Cell:
    """One landmark, on its way to a row."""

    specimen: Specimen
    number: int
    identifier: str
    place: int

    @property
    def point(self) -> tuple[float, float]:
        row, col = self.specimen.landmarks.points[self.place].tolist()
        return row, col

    @property
    def missing(self) -> bool:
        return bool(np.isnan(self.point[0]))


_COLUMNS: dict[str, Callable[[_Cell], str]] = {
    "image": lambda cell: guarded(cell.specimen.image),
    "specimen": lambda cell: guarded(cell.identifier),
    "landmark": lambda cell: str(cell.place + 1),
    "name": lambda cell: guarded(cell.specimen.landmarks.names[cell.place]),
    "x": lambda cell: number_text(cell.point[1]),
    "y": lambda cell: number_text(cell.point[0]),
    "missing": lambda cell: str(int(cell.missing)),
    "confidence": lambda cell: number_text(_of(cell.specimen.confidence, cell)),
    "spread_px": lambda cell: number_text(_of(cell.specimen.spread, cell)),
    "status": lambda cell: guarded(_of(cell.specimen.status, cell) or ""),
    "occluded": lambda cell: str(int(_of(cell.specimen.occluded, cell) or 0)),
    "scale": lambda cell: number_text(cell.specimen.scale),
    "comment": lambda cell: guarded(cell.specimen.comment or ""),
}
"""What stands in each column."""

_BY_NEED = ("occluded", "scale", "comment")
"""Columns of a tidy table that stand only where some specimen fills them."""


def write_tidy(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as a tidy table, whole or not at all.

    Numbers keep their full precision; x is the column, y the row, both in pixels, pixel centres
    at integers. Text that a spreadsheet would run as a formula gets an apostrophe before it.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        One row of the table is written for each landmark of each.

    Returns
    -------
    list of str
        Empty: nothing is left out of what the format has a place for.

    Raises
    ------
    FormatError
        If none is given or the file cannot be written.

    Warns
    -----
    FormatWarning
        If identifiers had to be made unique.
    """
    cells = _cells(path, specimens)
    columns = [name for name in _COLUMNS if name not in _BY_NEED or _fills(name, specimens)]
    write_rows(path, columns, [[_COLUMNS[name](cell) for name in columns] for cell in cells])
    return []


def write_napari(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as napari saves a Points layer, whole or not at all.

    Several specimens become a stack: ``axis-0`` is then their place in the sequence. All that is
    said of specimens and landmarks becomes a feature.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        One row of the table is written for each landmark that has a position.

    Returns
    -------
    list of str
        The missing landmarks, which a Points layer cannot hold.

    Raises
    ------
    FormatError
        If none is given, all landmarks are missing, or the file cannot be written.

    Warns
    -----
    FormatWarning
        If identifiers had to be made unique.
    """
    cells = _cells(path, specimens)
    there = [cell for cell in cells if not cell.missing]
    if not there:
        raise FormatError(f"{path}: all landmarks are missing, and napari's points need positions.")
    stacked = len(specimens) > 1
    axes = ["axis-0", "axis-1", "axis-2"] if stacked else ["axis-0", "axis-1"]
    features = ["name"] + [
        name
        for name in ("image", "specimen", "confidence", "spread_px", "status", *_BY_NEED)
        if _fills(name, specimens)
    ]
    rows = []
    for index, cell in enumerate(there):
        before = [str(index)] + ([str(cell.number)] if stacked else [])
        position = [number_text(value) for value in cell.point]
        rows.append(before + position + [_COLUMNS[name](cell) for name in features])
    write_rows(path, ["index", *axes, *features], rows)
    lost = len(cells) - len(there)
    return [f"{lost} missing landmarks"] if lost else []


def _cells(path: Path, specimens: Sequence[Specimen]) -> list[_Cell]:
    require_some(path, specimens)
    return [
        _Cell(specimen, number, identifier, place)
        for number, (specimen, identifier) in enumerate(
            zip(specimens, _identifiers(specimens), strict=True)
        )
        for place in range(len(specimen.landmarks))
    ]


def _fills(column: str, specimens: Sequence[Specimen]) -> bool:
    attribute = {"specimen": "identifier", "spread_px": "spread"}.get(column, column)
    values = (getattr(specimen, attribute) for specimen in specimens)
    return any(value is not None and np.any(np.asarray(value) != "") for value in values)


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


def _of(values: Any, cell: _Cell) -> Any:
    return None if values is None else values[cell.place]
