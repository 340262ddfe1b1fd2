"""Contact sheets of the pairs with the smallest and the largest errors of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..contact_sheet import Tile, write_contact_sheet
from ..landmarks import Landmarks
from .datasets import Pair
from .measurements import Measurement

SHOWN = 6
"""Pairs on a sheet."""

SHEETS = ("best.png", "worst.png")
COLUMNS = 4


def write_examples(
    pairs: Sequence[Pair], measurements: Sequence[Measurement], folder: Path
) -> None:
    """Write ``best.png`` and ``worst.png``: sources beside targets, found and true points joined.

    Parameters
    ----------
    pairs : sequence of Pair
        All pairs of a run.
    measurements : sequence of Measurement
        The run's measurements.
    folder : Path
        The run's folder.
    """
    by_pair: dict[str, list[Measurement]] = defaultdict(list)
    for row in measurements:
        by_pair[row.pair].append(row)
    error = {
        name: float(np.mean([row.error_px / row.corrected_side for row in rows]))
        for name, rows in by_pair.items()
    }
    ranked = sorted(
        (pair for pair in pairs if pair.name in error), key=lambda pair: error[pair.name]
    )
    for sheet, chosen in zip(SHEETS, (ranked[:SHOWN], ranked[::-1][:SHOWN]), strict=True):
        tiles = [
            tile for pair in chosen for tile in _tiles(pair, by_pair[pair.name], error[pair.name])
        ]
        write_contact_sheet(folder / sheet, tiles, COLUMNS)


def _tiles(pair: Pair, rows: Sequence[Measurement], error: float) -> list[Tile]:
    names = [row.landmark for row in rows]
    given = Landmarks({name: pair.source.landmarks[name] for name in names})
    found = Landmarks({row.landmark: (row.found_row, row.found_col) for row in rows})
    return [
        Tile(pair.source.read(), given, caption=f"source: {Path(pair.source.name).name}"),
        Tile(
            pair.target.read(),
            found,
            pair.target.landmarks,
            caption=f"target, mean error {error:.0%} of the object's side",
        ),
    ]
