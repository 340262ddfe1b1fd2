"""Writing CSV tables with one row per landmark: tidy ones, and napari's Points tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError
from .delimited import guarded, number_text, write_rows
from .file_specimen import Specimen, require_specimens, unique_identifiers


@dataclass(frozen=True)
class _Cell:
    """One landmark of a specimen, from which a row is made."""

    specimen: Specimen
    number: int
    identifier: str
    index: int

    @property
    def point(self) -> tuple[float, float]:
        row, col = self.specimen.landmarks.points[self.index].tolist()
        return row, col

    @property
    def missing(self) -> bool:
        return bool(np.isnan(self.point[0]))


_COLUMNS: dict[str, Callable[[_Cell], str]] = {
    "image": lambda cell: guarded(cell.specimen.image),
    "specimen": lambda cell: guarded(cell.identifier),
    "landmark": lambda cell: str(cell.index + 1),
    "name": lambda cell: guarded(cell.specimen.landmarks.names[cell.index]),
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
"""The contents of each column."""

_OPTIONAL = ("occluded", "scale", "comment")
"""Columns of a tidy table that are left out if they would be empty."""


def write_tidy(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as a tidy table, atomically.

    Numbers keep their full precision; x is the column, y the row, both in pixels, pixel centres
    at integers. Text that a spreadsheet would run as a formula is preceded by an apostrophe.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        One row is written for each landmark of each specimen.

    Returns
    -------
    list of str
        Empty: nothing that the format has a place for is left out.

    Raises
    ------
    FormatError
        If there is no specimen, or the file cannot be written.

    Warns
    -----
    FormatWarning
        If identifiers had to be made unique.
    """
    cells = _cells(path, specimens)
    columns = [name for name in _COLUMNS if name not in _OPTIONAL or _fills(name, specimens)]
    write_rows(path, columns, [[_COLUMNS[name](cell) for name in columns] for cell in cells])
    return []


def write_napari(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as napari saves a Points layer, atomically.

    Several specimens become a stack, with the index of the specimen as ``axis-0``. All properties of
    specimens and landmarks become features.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        One row is written for each landmark that has a position.

    Returns
    -------
    list of str
        The missing landmarks, which a Points layer cannot hold.

    Raises
    ------
    FormatError
        If there is no specimen, all landmarks are missing, or the file cannot be written.

    Warns
    -----
    FormatWarning
        If identifiers had to be made unique.
    """
    cells = _cells(path, specimens)
    placed = [cell for cell in cells if not cell.missing]
    if not placed:
        raise FormatError(
            f"{path}: all landmarks are missing, and napari's points need positions; place one first."
        )
    stacked = len(specimens) > 1
    axes = ["axis-0", "axis-1", "axis-2"] if stacked else ["axis-0", "axis-1"]
    features = ["name"] + [
        name
        for name in ("image", "specimen", "confidence", "spread_px", "status", *_OPTIONAL)
        if _fills(name, specimens)
    ]
    rows = []
    for index, cell in enumerate(placed):
        numbers = [str(index)] + ([str(cell.number)] if stacked else [])
        position = [number_text(value) for value in cell.point]
        rows.append(numbers + position + [_COLUMNS[name](cell) for name in features])
    write_rows(path, ["index", *axes, *features], rows)
    left_out = len(cells) - len(placed)
    return [f"{left_out} missing landmarks"] if left_out else []


def _cells(path: Path, specimens: Sequence[Specimen]) -> list[_Cell]:
    require_specimens(path, specimens)
    return [
        _Cell(specimen, number, identifier, index)
        for number, (specimen, identifier) in enumerate(
            zip(specimens, _identifiers(specimens), strict=True)
        )
        for index in range(len(specimen.landmarks))
    ]


def _fills(column: str, specimens: Sequence[Specimen]) -> bool:
    attribute = {"specimen": "identifier", "spread_px": "spread"}.get(column, column)
    values = (getattr(specimen, attribute) for specimen in specimens)
    return any(value is not None and np.any(np.asarray(value) != "") for value in values)


def _identifiers(specimens: Sequence[Specimen]) -> list[str]:
    """Return identifiers that distinguish the specimens of an image."""
    images: dict[str, list[int]] = {}
    for index, specimen in enumerate(specimens):
        images.setdefault(specimen.image, []).append(index)
    identifiers = [specimen.identifier or "" for specimen in specimens]
    for indices in images.values():
        if len(indices) > 1:
            replicates = unique_identifiers(
                [identifiers[i] or str(n + 1) for n, i in enumerate(indices)]
            )
            for index, identifier in zip(indices, replicates, strict=True):
                identifiers[index] = identifier
    return identifiers


def _of(values: Any, cell: _Cell) -> Any:
    return None if values is None else values[cell.index]
