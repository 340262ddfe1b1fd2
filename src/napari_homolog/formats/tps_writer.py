"""Writing TPS files, using only what all known programs read in the same way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..image_names import distinct_names
from .file_specimen import (
    Specimen,
    require_same_landmarks,
    require_size,
    require_specimens,
    unique_identifiers,
    warn,
)
from .text_files import FAR, one_line, positional, write_text
from .tps import flip
from .tps_comments import with_estimated

MISSING = {"tpsdig": "-1.00000 -1.00000", "geomorph": "NA NA", "ktch": "nan nan"}
"""A missing landmark as a program reads it. tpsDig's geomorph reads too, with ``negNA = TRUE``."""


def check_spelling(missing_for: str) -> None:
    """Raise `FormatError` if there is no spelling of missing landmarks for a program."""
    if missing_for not in MISSING:
        raise FormatError(
            f"There is no spelling of missing landmarks for {missing_for!r}; choose one of "
            f"{', '.join(MISSING)}."
        )


def write_tps(
    path: Path, specimens: Sequence[Specimen], *, missing_for: str = "tpsdig"
) -> list[str]:
    """Write specimens as TPS, atomically.

    Landmarks are identified by their number. Only the file names of images are written. The comment
    of a specimen ends with the numbers of its estimated landmarks.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        With `image_size`, because y is measured from the image's lower edge.
    missing_for : str
        The program for which missing landmarks are spelled, one of `MISSING`.

    Returns
    -------
    list of str
        The scales, if only some specimens have one. They are left out then.

    Raises
    ------
    FormatError
        If there is no such program or no specimen, an image's size is not known, specimens differ in
        their landmarks, or a landmark has negative coordinates, which mean a missing one.

    Warns
    -----
    FormatWarning
        If identifiers had to be made unique, or other programs may mistake a text for a keyword.
    """
    check_spelling(missing_for)
    require_specimens(path, specimens)
    require_same_landmarks(path, specimens, "TPS identifies landmarks by their number")
    without_scale = sum(specimen.scale is None for specimen in specimens)
    identifiers = unique_identifiers([s.identifier or str(n) for n, s in enumerate(specimens)])
    # File names, with the folders that tell equal ones apart.
    images = distinct_names([specimen.image for specimen in specimens])
    specimens = [replace(one, image=name) for one, name in zip(specimens, images, strict=True)]
    blocks = [
        _block(specimen, identifier, path, not without_scale, MISSING[missing_for])
        for specimen, identifier in zip(specimens, identifiers, strict=True)
    ]
    write_text(path, "".join(blocks))
    _warn_of_keywords(specimens)
    if without_scale in (0, len(specimens)):
        return []
    return [
        f"scales ({without_scale} of {len(specimens)} specimens have no scale, and other programs "
        "would mix pixels and real units)"
    ]


def _block(specimen: Specimen, identifier: str, path: Path, scaled: bool, missing: str) -> str:
    height, _ = require_size(path, specimen, "TPS measures y from its lower edge")
    marks = specimen.landmarks
    lines = [f"LM={len(marks)}"]
    for name, point in zip(marks, marks.points, strict=True):
        lines.append(_row(point, height, f"{path}: landmark {name!r}", specimen.image, missing))
    if specimen.curves:
        lines.append(f"CURVES={len(specimen.curves)}")
    for number, curve in enumerate(specimen.curves, 1):
        lines.append(f"POINTS={len(curve)}")
        what = f"{path}: a point of curve {number}"
        lines += [_row(point, height, what, specimen.image, missing) for point in curve]
    image = one_line(specimen.image)
    if image:
        lines.append(f"IMAGE={image}")
    lines.append(f"ID={one_line(identifier)}")
    comment = with_estimated(one_line(specimen.comment or ""), specimen.status)
    if comment:
        lines.append(f"COMMENT={comment}")
    if specimen.scale is not None and scaled:
        lines.append(f"SCALE={positional(specimen.scale)}")
    return "\n".join(lines) + "\n"


def _row(point: NDArray[np.float64], height: int, what: str, image: str, missing: str) -> str:
    row, col = point.tolist()
    if np.isnan(row):
        return missing
    y = flip(row, height)
    if col < -0.5 or y < 0 or max(col, y) > FAR:
        raise FormatError(
            f"{what} at (row {row:g}, col {col:g}) lies outside the image {image!r}, but negative "
            "coordinates mean a missing landmark in TPS; correct it or mark it as missing."
        )
    return f"{col:.5f} {y:.5f}"


def _warn_of_keywords(specimens: Sequence[Specimen]) -> None:
    texts = [s.image for s in specimens]
    texts += [s.comment for s in specimens if s.comment]
    risky = [text for text in texts if re.search(r"=|ID|LM|SCALE", text)]
    if risky:
        warn(
            "Some programs mistake 'ID', 'LM', 'SCALE' or '=' in an image's name or a comment for a "
            f"keyword: {', '.join(risky[:3])}; rename the images if yours does."
        )
