"""Reading and writing StereoMorph's shapes files: one specimen each, with named curves."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..landmarks import Landmarks
from .file_specimen import ImageSize, Specimen, combined_error, require_specimens, size_of, warn
from .placement import PlacementCheck
from .text_files import number_of, one_line, positional, read_text, write_text

OPENING = re.compile(r"^\s*<([^/<>\s][^<>]*)>(.*)$")
TYPE = re.compile(r"\stype=(\w+)")
CLOSING = re.compile(r"^\s*</([^<>]+)>\s*$")

Rows = list[tuple[int, list[str]]]


def looks_like_stereomorph(text: str) -> bool:
    """Return whether a text begins as StereoMorph's shapes files do."""
    return text.lstrip().startswith("<shapes ")


def read_stereomorph(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read a StereoMorph shapes file: the landmarks and curves in pixels, and the scale.

    The file does not name its image: its own name without the suffix stands for it. Of curves, all
    points are read, or their control points if there are no others.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, which the specimen gets.

    Returns
    -------
    list of Specimen
        One.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.
    """
    text = read_text(path)
    if not looks_like_stereomorph(text):
        raise FormatError(f"{path}, line 1: no <shapes>; expected a shapes file of StereoMorph.")
    values, matrices = _parsed(text)
    problems: list[str] = []
    marks = matrices.get(("landmarks.pixel",), [])
    names = ["\t".join(cells[:-2]) for _, cells in marks]
    points = _numbers(path, [(line, cells[-2:]) for line, cells in marks], problems)
    curves = {
        key[1]: _numbers(path, rows, problems)
        for group in ("curves.control", "curves.pixel")
        for key, rows in matrices.items()
        if len(key) == 2 and key[0] == group and rows
    }
    if problems:
        raise combined_error(problems)
    if not marks:
        raise FormatError(f"{path}: no landmarks in pixels (landmarks.pixel); place some first.")
    image = path.stem
    scale = number_of(values.get("scaling", "NA"))
    size = size_of(image, image_size)
    check = PlacementCheck(path, upward=False)
    check.add(image, points, size, [f"line {line}" for line, _ in marks])
    check.warn()
    return [
        Specimen(
            image=image,
            landmarks=Landmarks.from_arrays(names, points),
            scale=scale if scale is not None and math.isfinite(scale) and scale > 0 else None,
            image_size=size,
            curves=tuple(curves.values()),
            curve_names=tuple(curves) or None,
        )
    ]


def write_stereomorph(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write one specimen as a StereoMorph shapes file, atomically.

    Parameters
    ----------
    path : Path
        The file, which StereoMorph wants to be called as the image.
    specimens : sequence of Specimen
        One.

    Returns
    -------
    list of str
        Nothing.

    Raises
    ------
    FormatError
        If there is not exactly one specimen, or the file cannot be written.

    Warns
    -----
    FormatWarning
        If the names of curves had to be changed.
    """
    require_specimens(path, specimens)
    if len(specimens) > 1:
        raise FormatError(
            f"{path}: StereoMorph keeps one specimen in a file, and {len(specimens)} are given; "
            "write each to its own file."
        )
    (specimen,) = specimens
    lines = ["<shapes type=list>"]
    if specimen.scale is not None:
        lines.append(
            "\t<scaling type=vector names=FALSE length=1 as.numeric=TRUE >"
            f"{positional(specimen.scale)}</scaling>"
        )
    marks = specimen.landmarks
    names = [one_line(name) for name in marks.names]
    lines += _matrix("landmarks.pixel", marks.points, names, "\t")
    if specimen.curves:
        given = specimen.curve_names or [f"curve{n}" for n in range(1, len(specimen.curves) + 1)]
        tags = [re.sub(r"[^\w.]+", "_", name) for name in given]
        if len(set(tags)) < len(tags):
            tags = [f"{tag}_{n}" for n, tag in enumerate(tags, 1)]
        changed = [name for name, tag in zip(given, tags, strict=True) if name != tag]
        if changed:
            warn(f"{path}: curves were renamed to be tags: {', '.join(changed[:5])}.")
        for group in ("curves.control", "curves.pixel"):
            lines.append(f"\t<{group} type=list>")
            for tag, curve in zip(tags, specimen.curves, strict=True):
                lines += _matrix(tag, curve, None, "\t\t")
            lines.append(f"\t</{group}>")
    write_text(path, "\n".join([*lines, "</shapes>"]) + "\n")
    return []


def _matrix(
    tag: str, points: NDArray[np.float64], names: Sequence[str] | None, indent: str
) -> list[str]:
    rows = [
        "\t".join("NA" if math.isnan(value) else positional(value) for value in (col, row))
        for row, col in points.tolist()
    ]
    if names is not None:
        rows = [f"{name}\t{row}" for name, row in zip(names, rows, strict=True)]
    return [
        f"{indent}<{tag} type=matrix rownames={'FALSE' if names is None else 'TRUE'} colnames=FALSE "
        f"nrow={len(points)} ncol=2 as.numeric=TRUE >",
        *(f"{indent}\t{row}" for row in rows),
        f"{indent}</{tag}>",
    ]


def _parsed(text: str) -> tuple[dict[str, str], dict[tuple[str, ...], Rows]]:
    """Return the values and the matrices of a file by the tags that hold them."""
    values: dict[str, str] = {}
    matrices: dict[tuple[str, ...], Rows] = {}
    inside: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        opening, closing = OPENING.match(line), CLOSING.match(line)
        # Two patterns, because one that lets blanks stand before the type takes quadratic time.
        kind = TYPE.search(opening[1]) if opening is not None else None
        if opening is not None and kind is not None:
            tag, rest = opening[1][: kind.start()].rstrip(), opening[2]
            value = rest.partition("</")[0].strip()
            if "</" in rest:
                values[tag] = value
                continue
            inside.append(tag)
            if kind[1] == "matrix":
                matrices[tuple(inside[1:])] = []
        elif closing is not None:
            if inside:
                inside.pop()
        elif line.strip() and tuple(inside[1:]) in matrices:
            cells = line.strip().split("\t")
            matrices[tuple(inside[1:])].append((number, cells))
    return values, matrices


def _numbers(path: Path, rows: Rows, problems: list[str]) -> NDArray[np.float64]:
    """Return the points of rows of x and y, y downwards, as (row, col); NaN where missing."""
    points = np.full((len(rows), 2), np.nan)
    for index, (line, cells) in enumerate(rows):
        numbers = [number_of(cell.strip()) for cell in cells]
        if len(numbers) != 2 or None in numbers or np.isinf(np.array(numbers, float)).any():
            problems.append(f"{path}, line {line}: {' '.join(cells)[:40]!r} is not x and y.")
        else:
            points[index] = numbers[1], numbers[0]  # type: ignore[assignment]
    return points
