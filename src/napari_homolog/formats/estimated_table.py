"""The table that tells which landmarks of a landmark file were estimated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .delimited import guarded, write_rows
from .file_specimen import ESTIMATED, Specimen


def write_estimated(path: Path, specimens: Sequence[Specimen], method: str) -> int:
    """Write one row for each estimated landmark, atomically; only a header if there is none.

    Parameters
    ----------
    path : Path
        The file, ``.csv``.
    specimens : sequence of Specimen
        Those of the landmark file.
    method : str
        How they were estimated.

    Returns
    -------
    int
        How many landmarks were estimated.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    rows = [
        [
            guarded(specimen.image),
            guarded(specimen.identifier or ""),
            str(number),
            guarded(specimen.landmarks.names[number - 1]),
            method,
        ]
        for specimen in specimens
        for number, status in enumerate(specimen.status or (), 1)
        if status == ESTIMATED
    ]
    write_rows(path, ["image", "specimen", "landmark", "name", "method"], rows)
    return len(rows)
