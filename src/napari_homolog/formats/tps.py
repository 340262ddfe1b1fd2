"""Reading TPS, the format of tpsDig: specimens with numbered landmarks, y upwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..landmarks import Landmarks
from .file_specimen import ImageSize, Specimen, combined_error, size_of, warn
from .placement import PlacementCheck, listed_names
from .text_files import number_of, read_text
from .tps_comments import split_estimated
from .tps_lines import Parser, Record


def flip(y_or_row: float, height: int) -> float:
    """Convert a TPS ``y`` to a row, or a row to a ``y``: ``y = height - row``.

    All known programs that flip the axis do it like this. The conversion is its own inverse.

    Parameters
    ----------
    y_or_row : float
        The ``y``, in pixels upwards from the image's lower edge, or the row.
    height : int
        Rows of the image.

    Returns
    -------
    float
        The other of the two.
    """
    return height - y_or_row


def read_tps(path: Path, image_size: ImageSize, *, keep_outside: bool = False) -> list[Specimen]:
    """Read a TPS file. A file with any error is refused as a whole.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable
        Height and width in pixels; required because y runs upwards from the image's lower edge.
    keep_outside : bool
        Whether a landmark of which one coordinate is negative lies outside its image. Otherwise the
        file is refused, because negative coordinates mean a missing landmark.

    Returns
    -------
    list of Specimen
        Landmarks are called 1 to n. Specimens without landmarks are left out.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        One lists everything that was left out (outlines, variables); others are about doubtful
        scales, landmarks that contradict their images, and specimens without landmarks.
    """
    records, problems = Parser(path, read_text(path), keep_outside=keep_outside).parse()
    digitised = [record for record in records if record.points]
    if not digitised:
        problems = problems or [_no_landmarks(record, path) for record in records]
    if problems:
        raise combined_error(problems)
    warnings: list[str] = []
    check = PlacementCheck(path, upward=True)
    specimens = [_specimen(record, path, image_size, warnings, check) for record in digitised]
    if len(digitised) < len(records):
        names = [
            record.values.get("IMAGE") or f"the specimen of line {record.line}"
            for record in records
            if not record.points
        ]
        warnings.insert(
            0,
            f"{path}: {len(names)} of {len(records)} specimens have no landmarks yet: "
            f"{listed_names(names)}.",
        )
    check.warn()
    dropped = [
        f"{', '.join(record.dropped)} (specimen of line {record.line})"
        for record in records
        if record.dropped
    ]
    if dropped:
        more = f"; also in {len(dropped) - 20} more specimens" if len(dropped) > 20 else ""
        warnings.insert(0, f"{path}: left out {'; '.join(dropped[:20])}{more}.")
    for warning in warnings:
        warn(warning)
    return specimens


def _no_landmarks(record: Record, path: Path) -> str:
    rest = [f"{len(record.curves)} curves"] if record.curves else []
    rest += record.dropped
    ignored = f"; {', '.join(rest)} ignored" if rest else ""
    return f"{path}, line {record.line}: no landmarks (LM=0){ignored}."


def _specimen(
    record: Record,
    path: Path,
    image_size: ImageSize,
    warnings: list[str],
    check: PlacementCheck,
) -> Specimen:
    image = record.values.get("IMAGE", "")
    size = size_of(image, image_size)
    if size is None:
        raise FormatError(
            f"{path}, line {record.line}: y runs upwards from the lower edge of the image {image!r}, "
            "whose height is not known; give the image or its folder."
        )
    height, _ = size
    points = _placed(record.points, height)
    check.add(image, points, size, [f"line {line}" for line in record.point_lines])
    names = [str(index + 1) for index in range(len(points))]
    comment, status = split_estimated(record.values.get("COMMENT", ""), len(points))
    return Specimen(
        image=image,
        landmarks=Landmarks.from_arrays(names, points),
        identifier=record.values.get("ID") or None,
        scale=_scale(record, path, warnings),
        comment=comment or None,
        status=status,
        image_size=size,
        curves=tuple(_placed(curve, height) for curve in record.curves),
    )


def _placed(points: Sequence[tuple[float, float] | None], height: int) -> NDArray[np.float64]:
    """Return points given as x and upward y as (row, col); NaN for None."""
    placed = np.full((len(points), 2), math.nan)
    for index, point in enumerate(points):
        if point is not None:
            placed[index] = flip(point[1], height), point[0]
    return placed


def _scale(record: Record, path: Path, warnings: list[str]) -> float | None:
    text = record.values.get("SCALE", "")
    value = number_of(text) if text else math.nan
    if value is None or math.isnan(value):
        return None
    line = record.value_lines["SCALE"]
    if not math.isfinite(value) or value <= 0:
        warnings.append(
            f"{path}, line {line}: SCALE={text[:20]} is not a positive number; the scale is unknown."
        )
        return None
    if value > 1:
        warnings.append(
            f"{path}, line {line}: SCALE={text[:20]} is more than one unit per pixel; is it pixels "
            "per unit?"
        )
    return value
