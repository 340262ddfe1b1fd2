"""Measurements: the error of each landmark of each pair, as rows of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ..errors import FormatError
from ..files import atomic_write
from ..formats.text_files import formula_guarded, unguarded
from .datasets import Protocol
from .scores import Scores


@dataclass(frozen=True)
class Measurement:
    """One landmark of one pair.

    Attributes
    ----------
    pair, category, source, target, landmark : str
        Names; those of pictures as the data set has them.
    true_row, true_col, found_row, found_col : float
        True and predicted position in pixels of the target.
    error_px : float
        Distance between the two in pixels.
    centroid_size_px : float
        Centroid size of the target's landmarks in pixels.
    corrected_side : float
        Length in pixels by which thresholds of the corrected protocol are multiplied.
    official_error, official_side : float
        Distance and length of the official protocol, in its own pixels.
    learn_seconds : float
        Time to learn all landmarks of the source, once for all its pairs.
    find_seconds : float
        Time to find all landmarks of the pair.
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


COLUMNS = tuple(field.name for field in fields(Measurement))
TEXT_COLUMNS = COLUMNS[:5]
DECIMALS = 4


def write_measurements(path: Path, measurements: Sequence[Measurement]) -> None:
    """Write measurements as CSV, atomically."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for measurement in measurements:
        values = (getattr(measurement, name) for name in COLUMNS)
        writer.writerow(map(_cell, values))
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())


def _cell(value: object) -> object:
    if isinstance(value, float):
        return round(value, DECIMALS)
    return formula_guarded(value) if isinstance(value, str) else value


def read_measurements(path: Path) -> list[Measurement]:
    """Read what `write_measurements` wrote.

    Raises
    ------
    FormatError
        If the file holds something else.
    """
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS:
            raise FormatError(
                f"{path} does not hold rows of this version's benchmarks; remove it and run the "
                "benchmark again."
            )
        texts = len(TEXT_COLUMNS)
        try:
            return [
                Measurement(*map(unguarded, line[:texts]), *map(float, line[texts:]))  # type: ignore[arg-type]
                for line in reader
            ]
        except (TypeError, ValueError) as error:
            raise FormatError(
                f"{path} is damaged ({error}); remove it and run the benchmark again."
            ) from error


def scores_of(measurements: Sequence[Measurement], protocol: Protocol) -> Scores:
    """Return the scores of measurements under one of the protocols.

    Errors of the official protocol are in the pixels of its square: for mean errors take the
    corrected one.
    """
    pairs: dict[str, int] = {}
    sources: dict[str, int] = {}
    official = protocol == "official"
    return Scores(
        errors=np.array([row.official_error if official else row.error_px for row in measurements]),
        box_sides=np.array(
            [row.official_side if official else row.corrected_side for row in measurements]
        ),
        centroid_sizes=np.array([row.centroid_size_px for row in measurements]),
        specimens=np.array([pairs.setdefault(row.pair, len(pairs)) for row in measurements]),
        blocks=np.array([sources.setdefault(row.source, len(sources)) for row in measurements]),
    )


def mean_seconds(measurements: Sequence[Measurement]) -> tuple[float, float]:
    """Return mean seconds to learn a source, and to find the landmarks of a pair."""
    learning = {row.source: row.learn_seconds for row in measurements}
    finding = {row.pair: row.find_seconds for row in measurements}
    return float(np.mean(list(learning.values()))), float(np.mean(list(finding.values())))
