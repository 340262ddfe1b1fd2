"""TPS, the format of tpsDig: one or more specimens, landmarks by number, y upwards."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

from ..errors import FormatError
from ..landmarks import Landmarks
from .specimen import FormatWarning, ImageSize, Specimen, joined, size_of
from .text import number_of, read_text
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
        One names all that was left out (curves, outlines, variables); others name doubtful scales
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
        warnings.warn(note, FormatWarning, stacklevel=3)
    return specimens


def _nothing_marked(record: Record, path: Path) -> str:
    ignored = f"; {', '.join(record.dropped)} ignored" if record.dropped else ""
    return f"{path}, line {record.line}: no landmarks (LM=0){ignored}."


def _specimen(record: Record, path: Path, image_size: ImageSize, notes: list[str]) -> Specimen:
    image = record.values.get("IMAGE", "")
    size = size_of(image, image_size)
    if size is None:
        raise FormatError(
            f"{path}, line {record.line}: y runs upwards from the lower edge of the image {image!r}, "
            "whose height is not known; say which image the file belongs to."
        )
    height, width = size
    points = []
    for point, line in zip(record.points, record.point_lines, strict=True):
        if point is None:
            points.append((math.nan, math.nan))
            continue
        row, col = flip(point[1], height), point[0]
        points.append((row, col))
        if not (-0.5 <= row <= height - 0.5 and -0.5 <= col <= width - 0.5):
            notes.append(
                f"{path}, line {line}: x = {point[0]:g}, y = {point[1]:g} lies outside the image of "
                f"{width} x {height} pixels (width x height)."
            )
    names = [str(index + 1) for index in range(len(points))]
    return Specimen(
        image=image,
        landmarks=Landmarks.from_arrays(names, points),
        identifier=record.values.get("ID") or None,
        scale=_scale(record, path, notes),
        comment=record.values.get("COMMENT") or None,
        image_size=size,
    )


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
