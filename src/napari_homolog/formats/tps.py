"""TPS, the format of tpsDig: one or more specimens, landmarks by number, y upwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..landmarks import Landmarks
from .file_specimen import ImageSize, Specimen, joined, outside, size_of, tell
from .text_files import number_of, read_text
from .tps_lines import Parser, Record


def flip(y_or_row: float, height: int) -> float:
    """Turn a TPS ``y`` into a row, or a row into a ``y``: ``y = height - row``.

    All programs that are known to flip the axis do it so; the inverse is the same.

    Parameters
    ----------
    y_or_row : float
        Pixels upwards from the image's lower edge, or the row.
    height : int
        Rows of the image.

    Returns
    -------
    float
        The other of the two.
    """
    return height - y_or_row


def read_tps(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a TPS file, all of it or nothing.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable
        Height and width in pixels; needed because y runs upwards from the image's lower edge.

    Returns
    -------
    list of Specimen
        Landmarks are called 1 to n.

    Raises
    ------
    FormatError
        With file and line of everything that is wrong, up to 20 findings.

    Warns
    -----
    FormatWarning
        One names all that was left out (outlines, variables); others name doubtful scales
        and landmarks outside their image.
    """
    records, problems = Parser(path, read_text(path)).parse()
    problems = problems or [_nothing_marked(one, path) for one in records if not one.points]
    if problems:
        raise joined(problems)
    notes: list[str] = []
    specimens = [_specimen(record, path, image_size, notes) for record in records]
    dropped = [
        f"{', '.join(record.dropped)} (specimen of line {record.line})"
        for record in records
        if record.dropped
    ]
    if dropped:
        more = f"; and so in {len(dropped) - 20} more specimens" if len(dropped) > 20 else ""
        notes.insert(0, f"{path}: left out {'; '.join(dropped[:20])}{more}.")
    for note in notes:
        tell(note)
    return specimens


def _nothing_marked(record: Record, path: Path) -> str:
    beside = [f"{len(record.curves)} curves"] if record.curves else []
    beside += record.dropped
    ignored = f"; {', '.join(beside)} ignored" if beside else ""
    return f"{path}, line {record.line}: no landmarks (LM=0){ignored}."


def _specimen(record: Record, path: Path, image_size: ImageSize, notes: list[str]) -> Specimen:
    image = record.values.get("IMAGE", "")
    size = size_of(image, image_size)
    if size is None:
        raise FormatError(
            f"{path}, line {record.line}: y runs upwards from the lower edge of the image {image!r}, "
            "whose height is not known; say which image it is or where it lies."
        )
    height, width = size
    points = _placed(record.points, height)
    for index in outside(points, size):
        row, col = points[index]
        notes.append(
            f"{path}, line {record.point_lines[index]}: x = {col:g}, y = {flip(row, height):g} lies "
            f"outside the image of {width} x {height} pixels (width x height)."
        )
    names = [str(index + 1) for index in range(len(points))]
    return Specimen(
        image=image,
        landmarks=Landmarks.from_arrays(names, points),
        identifier=record.values.get("ID") or None,
        scale=_scale(record, path, notes),
        comment=record.values.get("COMMENT") or None,
        image_size=size,
        curves=tuple(_placed(curve, height) for curve in record.curves),
    )


def _placed(points: Sequence[tuple[float, float] | None], height: int) -> NDArray[np.float64]:
    """Return (row, col) of points that are given as x and upward y; NaN for None."""
    placed = np.full((len(points), 2), math.nan)
    for index, point in enumerate(points):
        if point is not None:
            placed[index] = flip(point[1], height), point[0]
    return placed


def _scale(record: Record, path: Path, notes: list[str]) -> float | None:
    text = record.values.get("SCALE", "")
    value = number_of(text) if text else math.nan
    if value is None or math.isnan(value):
        return None
    line = record.value_lines["SCALE"]
    if not math.isfinite(value) or value <= 0:
        notes.append(
            f"{path}, line {line}: SCALE={text[:20]} is no positive number; taken as unknown."
        )
        return None
    if value > 1:
        notes.append(
            f"{path}, line {line}: SCALE={text[:20]} is more than one unit per pixel; is it pixels "
            "per unit?"
        )
    return value
