"""Pictures of the pairs that went best and worst."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..landmarks import Landmarks
from ..pictures import Tile, write_contact_sheet
from .datasets import Pair
from .rows import Row

SHOWN = 6
"""Pairs on a sheet."""

SHEETS = ("best.png", "worst.png")
COLUMNS = 4


def write_examples(pairs: Sequence[Pair], rows: Sequence[Row], folder: Path) -> None:
    """Write ``best.png`` and ``worst.png``: sources beside targets, found points joined to true ones.

    Parameters
    ----------
    pairs : sequence of Pair
        All pairs of a run.
    rows : sequence of Row
        What the run found.
    folder : Path
        The run's.
    """
    by_pair: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_pair[row.pair].append(row)
    error = {
        name: float(np.mean([row.error_px / row.corrected_side for row in found]))
        for name, found in by_pair.items()
    }
    ranked = sorted((pair for pair in pairs if pair.name in error), key=lambda p: error[p.name])
    for sheet, chosen in zip(SHEETS, (ranked[:SHOWN], ranked[::-1][:SHOWN]), strict=True):
        tiles = [
            tile for pair in chosen for tile in _tiles(pair, by_pair[pair.name], error[pair.name])
        ]
        write_contact_sheet(folder / sheet, tiles, COLUMNS)


def _tiles(pair: Pair, rows: Sequence[Row], error: float) -> list[Tile]:
    names = [row.landmark for row in rows]
    given = Landmarks({name: pair.source.landmarks[name] for name in names})
    found = Landmarks({row.landmark: (row.found_row, row.found_col) for row in rows})
    return [
        Tile(pair.source.read(), given, caption=f"given: {Path(pair.source.name).name}"),
        Tile(
            pair.target.read(),
            found,
            pair.target.landmarks,
            caption=f"found, mean error {error:.0%} of the object's side",
        ),
    ]
