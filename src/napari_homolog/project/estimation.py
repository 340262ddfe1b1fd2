"""Missing landmarks on export: estimated from the other specimens, and marked as estimated."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import formats
from ..landmarks import Landmarks, points_outside
from ..missing_landmarks import EstimationMethod, estimate_missing


@dataclass(frozen=True)
class MissingLandmarks:
    """What becomes of missing landmarks in a landmark file.

    Attributes
    ----------
    estimate : EstimationMethod or None
        How to estimate them; None writes them as missing. Those estimated have the status
        ``"estimated"``, and are listed in a table beside: see `estimated_beside`.
    spelled_for : str or None
        The program for which those that stay missing are spelled, as ``missing_for`` of
        `napari_homolog.write_landmarks`.
    """

    estimate: EstimationMethod | None = None
    spelled_for: str | None = None


AS_MISSING = MissingLandmarks()
"""They are written as missing, in the format's usual spelling."""


def with_estimates(
    file: Path,
    rows: Sequence[formats.Specimen],
    method: EstimationMethod,
    turned: Callable[[Sequence[Landmarks]], Sequence[Landmarks]],
) -> list[formats.Specimen]:
    """Return the rows of a landmark file with missing landmarks estimated, and write their table.

    An estimated landmark has the status ``"estimated"`` and no confidence, and counts as occluded.
    Estimates outside the image stay missing.

    Parameters
    ----------
    file : Path
        The landmark file; the table is written to `estimated_beside` it.
    rows : sequence of Specimen
        What is to be written, all with the same landmarks.
    method : EstimationMethod
        How to estimate.
    turned : callable
        Returns the landmarks of all rows in one orientation, and those back as they were: what is
        seen from the other side says nothing about where a landmark is.

    Raises
    ------
    LandmarkError
        If too few specimens are complete.
    WriteError
        If the table cannot be written.

    Warns
    -----
    FormatWarning
        How many landmarks were estimated, and how many stay missing.
    """
    estimates = turned(estimate_missing(turned([row.landmarks for row in rows]), method))
    filled = [_filled(row, found) for row, found in zip(rows, estimates, strict=True)]
    table = estimated_beside(file)
    count = formats.write_estimated(table, filled, method.value)
    gaps = sum(int((~row.landmarks.present).sum()) for row in filled)
    if count:
        _warn(f"{file}: {count} missing landmarks were estimated; {table.name} lists them.")
    if gaps:
        _warn(
            f"{file}: {gaps} landmarks stay missing, because their specimen has fewer than three "
            "landmarks or all on a line, or because they would lie outside the image."
        )
    return filled


def estimated_beside(file: Path) -> Path:
    """Return where the table of estimated landmarks is written: ``wings_estimated.csv``."""
    return file.with_name(f"{file.stem}_estimated.csv")


def _filled(row: formats.Specimen, estimate: Landmarks) -> formats.Specimen:
    marks = row.landmarks
    points = estimate.points.copy()
    if row.image_size is not None:
        points[points_outside(points, row.image_size) & ~marks.present] = np.nan
    new = ~marks.present & np.isfinite(points[:, 0])
    if not new.any():
        return row
    hidden = np.zeros(len(marks), bool) if row.occluded is None else row.occluded
    before = row.status or ("",) * len(marks)
    return replace(
        row,
        landmarks=Landmarks.from_arrays(marks.names, points),
        status=tuple(
            formats.ESTIMATED if is_new else one for one, is_new in zip(before, new, strict=True)
        ),
        confidence=None if row.confidence is None else np.where(new, np.nan, row.confidence),
        spread=None if row.spread is None else np.where(new, np.nan, row.spread),
        occluded=hidden | new,
    )


def _warn(message: str) -> None:
    warnings.warn(message, formats.FormatWarning, stacklevel=4)
