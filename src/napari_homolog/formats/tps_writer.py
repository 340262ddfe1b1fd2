"""Writing TPS: the subset that every known program reads alike."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import FormatError
from .specimen import FormatWarning, Specimen, unique_identifiers
from .text import write_text
from .tps import flip
from .tps_lines import FAR

MISSING = "-1.00000 -1.00000"
"""How a missing landmark is written: tpsDig's own way. In geomorph: ``negNA = TRUE``."""


def write_tps(path: Path, specimens: Sequence[Specimen]) -> None:
    """Write specimens as TPS, whole or not at all.

    Landmarks go by number; their names, confidence and status have no place in TPS, so write a CSV
    file beside it. Of an image's path only the last part is written.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        With `image_size`, because y is counted from the image's lower edge.

    Raises
    ------
    FormatError
        If none is given, an image's size is not known, specimens differ in their landmarks, or a
        landmark lies where TPS has no way to put it.

    Warns
    -----
    FormatWarning
        If scales are left out because only some specimens have one, identifiers had to be made
        unique, or a text holds what other programs take for a keyword.
    """
    if not specimens:
        raise FormatError(f"{path}: there is no specimen to write.")
    if len({specimen.landmarks.names for specimen in specimens}) > 1:
        raise FormatError(
            f"{path}: the specimens differ in their landmarks or in their order; TPS knows "
            "landmarks by number alone, so that all need the same."
        )
    with_scale = [specimen.scale is not None for specimen in specimens]
    if any(with_scale) and not all(with_scale):
        warnings.warn(
            f"{path}: {with_scale.count(False)} of {len(specimens)} specimens have no scale, so none "
            "was written; other programs would mix pixels and real units.",
            FormatWarning,
            stacklevel=3,
        )
    identifiers = unique_identifiers([s.identifier or str(n) for n, s in enumerate(specimens)])
    blocks = [
        _block(specimen, identifier, path, all(with_scale))
        for specimen, identifier in zip(specimens, identifiers, strict=True)
    ]
    write_text(path, "".join(blocks))
    _warn_of_keywords(specimens)


def _block(specimen: Specimen, identifier: str, path: Path, scaled: bool) -> str:
    if specimen.image_size is None:
        raise FormatError(
            f"{path}: the height of the image {specimen.image!r} is not known, and TPS counts y from "
            "its lower edge; give the specimen's image_size."
        )
    height = specimen.image_size[0]
    lines = [f"LM={len(specimen.landmarks)}"]
    for name, (row, col) in zip(specimen.landmarks, specimen.landmarks.points, strict=True):
        if np.isnan(row):
            lines.append(MISSING)
            continue
        y = flip(float(row), height)
        if col < -0.5 or y < 0 or max(col, y) > FAR:
            raise FormatError(
                f"{path}: landmark {name!r} at (row {row:g}, col {col:g}) lies outside the image "
                f"{specimen.image!r}, and TPS takes negative coordinates for missing ones; correct "
                "it or mark it missing."
            )
        lines.append(f"{col:.5f} {y:.5f}")
    image = _one_line(re.split(r"[/\\]", specimen.image)[-1])
    if image:
        lines.append(f"IMAGE={image}")
    lines.append(f"ID={_one_line(identifier)}")
    if specimen.comment and _one_line(specimen.comment):
        lines.append(f"COMMENT={_one_line(specimen.comment)}")
    if scaled:
        lines.append(f"SCALE={_scale(specimen, path)}")
    return "\n".join(lines) + "\n"


def _scale(specimen: Specimen, path: Path) -> str:
    scale = specimen.scale
    if scale is None or not np.isfinite(scale) or scale <= 0:
        raise FormatError(
            f"{path}: the scale of {specimen.image!r} is {scale}; expected a positive number of "
            "units per pixel, or None where it is not known."
        )
    # Programs of the field do not read exponents.
    return np.format_float_positional(scale, unique=True, trim="0")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _warn_of_keywords(specimens: Sequence[Specimen]) -> None:
    texts = [re.split(r"[/\\]", s.image)[-1] for s in specimens]
    texts += [s.comment for s in specimens if s.comment]
    risky = [text for text in texts if re.search(r"=|ID|LM|SCALE", text)]
    if risky:
        warnings.warn(
            "Some programs mistake 'ID', 'LM', 'SCALE' or '=' in an image's name or a comment for a "
            f"keyword: {', '.join(risky[:3])}; rename the images if yours does.",
            FormatWarning,
            stacklevel=4,
        )
