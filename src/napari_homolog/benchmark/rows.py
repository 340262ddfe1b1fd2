"""The rows of a run: one for each pair and landmark."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ..errors import FormatError
from ..files import atomic_write
from .datasets import Protocol
from .scores import Scores


@dataclass(frozen=True)
class Row:
    """One landmark of one pair.

    Attributes
    ----------
    pair, category, source, target, landmark : str
        What it is; names of pictures as the data set has them.
    true_row, true_col, found_row, found_col : float
        In pixels of the target.
    error_px : float
        Distance of the two, in pixels.
    centroid_size_px : float
        Of the target's landmarks.
    corrected_side : float
        Length in pixels that thresholds of the corrected protocol are shares of.
    official_error, official_side : float
        Distance and length of the official protocol, in its own pixels.
    learn_seconds : float
        Learning the source, all its landmarks together and once for all its pairs.
    find_seconds : float
        Finding all landmarks of the pair.
    """

    pair: str
    category: str
    source: str
    target: str
    landmark: str
    true_row: float
    true_col: float
    found_row: float
    found_col: float
    error_px: float
    centroid_size_px: float
    corrected_side: float
    official_error: float
    official_side: float
    learn_seconds: float
    find_seconds: float


COLUMNS = tuple(field.name for field in fields(Row))
TEXT = COLUMNS[:5]
DECIMALS = 4


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as CSV, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = (getattr(row, name) for name in COLUMNS)
        writer.writerow(
            round(value, DECIMALS) if isinstance(value, float) else value for value in values
        )
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())


def read_rows(path: Path) -> list[Row]:
    """Read what `write_rows` wrote.

    Raises
    ------
    FormatError
        If it is something else.
    """
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS:
            raise FormatError(
                f"{path} does not hold rows of this version's benchmarks; remove it and run the "
                "benchmark again."
            )
        try:
            return [Row(*line[: len(TEXT)], *map(float, line[len(TEXT) :])) for line in reader]  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise FormatError(
                f"{path} is damaged ({error}); remove it and run the benchmark again."
            ) from error


def scores_of(rows: Sequence[Row], protocol: Protocol) -> Scores:
    """Return the scores of rows under one of the protocols.

    Errors of the official protocol are in the pixels of its square: for mean errors take the
    corrected one.
    """
    pairs: dict[str, int] = {}
    sources: dict[str, int] = {}
    official = protocol == "official"
    return Scores(
        errors=np.array([row.official_error if official else row.error_px for row in rows]),
        box_sides=np.array([row.official_side if official else row.corrected_side for row in rows]),
        centroid_sizes=np.array([row.centroid_size_px for row in rows]),
        specimens=np.array([pairs.setdefault(row.pair, len(pairs)) for row in rows]),
        blocks=np.array([sources.setdefault(row.source, len(sources)) for row in rows]),
    )


def seconds_per_pair(rows: Sequence[Row]) -> tuple[float, float]:
    """Return mean seconds of learning a source and of finding the landmarks of a pair."""
    learning = {row.source: row.learn_seconds for row in rows}
    finding = {row.pair: row.find_seconds for row in rows}
    return float(np.mean(list(learning.values()))), float(np.mean(list(finding.values())))
