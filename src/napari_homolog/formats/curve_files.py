"""Files of curves: tables of their points, outlines, and sliding semilandmarks for geomorph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..curves import CurveDefinition
from ..errors import FormatError
from ..landmarks import Landmarks
from .delimited import guarded, number_text, read_columns, write_rows
from .file_specimen import ESTIMATED, ImageSize, Specimen, combined_error, require_size, warn
from .text_files import number_of, positional, write_text

TABLE_COLUMNS = ("image", "curve", "x", "y")
"""Columns of a table of curves that must be there; others are left out."""


@dataclass(frozen=True, eq=False)
class ImageCurves:
    """The curves of one image in a file.

    Attributes
    ----------
    image : str
        The image's name as in the file.
    curves : dict of str to ndarray, shape (n, 2)
        (row, col) in pixels of the image, by name; ``"curve 1"`` and so on where the file has none.
    """

    image: str
    curves: dict[str, NDArray[np.float64]]


def read_curves(path: str | Path, *, image_size: ImageSize = None) -> list[ImageCurves]:
    """Read the curves of a file, in its order.

    Parameters
    ----------
    path : str or Path
        A landmark file with curves (TPS, StereoMorph), or a ``.csv`` table with the columns image,
        curve, x and y, one row for each point in order along the curve, x to the right and y
        downwards.
    image_size : (int, int) or callable, optional
        As for `read_landmarks`.

    Raises
    ------
    FormatError
        If the file cannot be read, or holds no curves; with the line of up to 20 problems.
    """
    from .registry import read_landmarks

    path = Path(path)
    if path.suffix.lower() == ".csv":
        return _of_table(path)
    found = [
        ImageCurves(one.image, named_curves(one))
        for one in read_landmarks(path, image_size=image_size)
        if one.curves
    ]
    if not found:
        raise FormatError(f"{path} holds no curves; draw some first.")
    return found


def named_curves(specimen: Specimen) -> dict[str, NDArray[np.float64]]:
    """Return the curves of a specimen by their names, or by ``"curve 1"`` and so on."""
    count = len(specimen.curves)
    names = specimen.curve_names or [f"curve {number}" for number in range(1, count + 1)]
    return dict(zip(names, specimen.curves, strict=True))


def write_curve_points(path: Path, specimens: Sequence[Specimen]) -> int:
    """Write the curves of specimens as a table with one row for each point, atomically.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        Those without curves are left out.

    Returns
    -------
    int
        How many curves were written.

    Raises
    ------
    FormatError
        If there is no curve, or the file cannot be written.
    """
    curves = [
        (specimen, name, points)
        for specimen in specimens
        for name, points in named_curves(specimen).items()
    ]
    if not curves:
        raise FormatError(f"{path}: there is no curve to write; draw or locate curves first.")
    write_rows(
        path,
        ("image", "specimen", "curve", "point", "x", "y"),
        (
            (
                guarded(specimen.image),
                guarded(specimen.identifier or ""),
                guarded(name),
                str(number),
                number_text(col),
                number_text(row),
            )
            for specimen, name, points in curves
            for number, (row, col) in enumerate(points.tolist(), 1)
        ),
    )
    return len(curves)


def write_outlines(folder: Path, specimens: Sequence[Specimen], name: str) -> list[Path]:
    """Write one curve of each specimen as a text file of x and y, for Momocs' ``import_txt``.

    Parameters
    ----------
    folder : Path
        Where the files come, called as the specimens.
    specimens : sequence of Specimen
        With the sizes of their images, because y runs upwards. Those without the curve are left out.
    name : str
        The curve.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    FormatError
        If no specimen has the curve, two files would have one name, or one cannot be written.
    """
    texts: dict[Path, str] = {}
    for specimen in specimens:
        points = named_curves(specimen).get(name)
        if points is None:
            continue
        height, _ = require_size(folder, specimen, "outlines measure y from its lower edge")
        called = (specimen.identifier or specimen.image).replace("/", "_").replace("\\", "_")
        path = folder / f"{called}.txt"
        if path in texts:
            raise FormatError(f"{path}: two specimens are called {called!r}; rename one.")
        # geomorph, Momocs and tpsDig measure y from the image's lower edge.
        rows = [f"{positional(col)} {positional(height - row)}" for row, col in points.tolist()]
        texts[path] = "\n".join(rows) + "\n"
    if not texts:
        raise FormatError(f"{folder}: no specimen has a curve {name!r}; draw or locate it first.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        write_text(path, text)
    return list(texts)


def semilandmark_names(definitions: Sequence[CurveDefinition]) -> list[str]:
    """Return the names of all semilandmarks, in their order: ``"margin 1"`` and so on."""
    return [
        f"{one.name} {number}" for one in definitions for number in range(1, one.semilandmarks + 1)
    ]


def with_semilandmarks(
    specimens: Sequence[Specimen], definitions: Sequence[CurveDefinition]
) -> list[Specimen]:
    """Return specimens with the semilandmarks of their curves as further landmarks.

    They follow the landmarks, curve by curve in the order of the definitions; those of a curve that a
    specimen lacks are missing. The curves themselves, and what belongs to single landmarks but not to
    semilandmarks, are left out.

    Parameters
    ----------
    specimens : sequence of Specimen
        With the paths of their curves, from anchor to anchor, by name.
    definitions : sequence of CurveDefinition
        The curves.
    """
    names = semilandmark_names(definitions)
    appended = []
    for specimen in specimens:
        curves, rows = named_curves(specimen), [specimen.landmarks.points]
        for one in definitions:
            path = curves.get(one.name)
            lost = np.full((one.semilandmarks, 2), math.nan)
            rows.append(lost if path is None else one.on(path))
        marks = Landmarks.from_arrays([*specimen.landmarks.names, *names], np.concatenate(rows))
        appended.append(
            replace(
                specimen,
                landmarks=marks,
                curves=(),
                curve_names=None,
                confidence=None,
                spread=None,
                status=_estimated_alone(specimen, len(names)),
                occluded=None,
            )
        )
    return appended


def _estimated_alone(specimen: Specimen, semilandmarks: int) -> tuple[str, ...] | None:
    """Return the status of landmarks that were estimated, empty for all others; None if none was."""
    statuses = specimen.status or ()
    if ESTIMATED not in statuses:
        return None
    return (*(one if one == ESTIMATED else "" for one in statuses), *("",) * semilandmarks)


def slider_rows(
    landmarks: Sequence[str], definitions: Sequence[CurveDefinition]
) -> list[tuple[int, int, int]]:
    """Return geomorph's sliders: the numbers of what is before, slides, and is after.

    Parameters
    ----------
    landmarks : sequence of str
        The landmarks in their order, which the semilandmarks follow.
    definitions : sequence of CurveDefinition
        The curves, as for `with_semilandmarks`.

    Returns
    -------
    list of (int, int, int)
        Numbers from 1, as in R.

    Raises
    ------
    FormatError
        If an anchor is none of the landmarks, or a closed curve without anchor has fewer than three
        semilandmarks.
    """
    rows, first = list[tuple[int, int, int]](), len(landmarks) + 1
    for one in definitions:
        unknown = [name for name in one.anchors if name not in landmarks]
        if unknown:
            raise FormatError(f"Curve {one.name!r} ends at {unknown[0]!r}, which is no landmark.")
        numbers = list(range(first, first + one.semilandmarks))
        anchors = [landmarks.index(name) + 1 for name in one.anchors]
        if not anchors and len(numbers) < 3:
            raise FormatError(
                f"The closed curve {one.name!r} has {len(numbers)} semilandmarks and no anchor; give "
                "it at least three."
            )
        before, after = (anchors[0], anchors[-1]) if anchors else (numbers[-1], numbers[0])
        chain = [before, *numbers, after]
        rows += list(zip(chain[:-2], chain[1:-1], chain[2:], strict=True))
        first += one.semilandmarks
    return rows


def write_sliders(
    path: Path, landmarks: Sequence[str], definitions: Sequence[CurveDefinition]
) -> int:
    """Write the sliders file of geomorph's ``gpagen(curves = )``, atomically.

    It has the columns before, slide and after, as ``define.sliders`` writes them.

    Parameters
    ----------
    path : Path
        The file, ``.csv``.
    landmarks, definitions
        As for `slider_rows`.

    Returns
    -------
    int
        How many points slide.

    Raises
    ------
    FormatError
        As for `slider_rows`, or if there is no curve, or the file cannot be written.
    """
    rows = slider_rows(landmarks, definitions)
    if not rows:
        raise FormatError(f"{path}: there is no curve whose semilandmarks could slide.")
    write_rows(path, ("before", "slide", "after"), ([str(n) for n in row] for row in rows))
    return len(rows)


def link_rows(
    landmarks: Sequence[str],
    definitions: Sequence[CurveDefinition],
    links: Sequence[tuple[str, str]] = (),
) -> list[tuple[int, int]]:
    """Return geomorph's links: the numbers of points between which plots draw lines.

    Parameters
    ----------
    landmarks : sequence of str
        The landmarks in their order, which the semilandmarks follow.
    definitions : sequence of CurveDefinition
        Curves, whose points are linked along them.
    links : sequence of (str, str)
        Landmarks that are linked beside.

    Returns
    -------
    list of (int, int)
        Numbers from 1, as in R.
    """
    rows = [(landmarks.index(one) + 1, landmarks.index(other) + 1) for one, other in links]
    for before, slide, after in slider_rows(landmarks, definitions):
        rows += [(before, slide), (slide, after)]
    return list(dict.fromkeys(rows))


def write_links(path: Path, rows: Sequence[tuple[int, int]]) -> None:
    """Write the links of `link_rows` as geomorph's ``links =`` takes them, atomically.

    Parameters
    ----------
    path : Path
        The file, ``.csv``.
    rows : sequence of (int, int)
        Numbers of points, from 1.

    Raises
    ------
    FormatError
        If the file cannot be written.
    """
    write_rows(path, ("from", "to"), ([str(n) for n in row] for row in rows))


def _of_table(path: Path) -> list[ImageCurves]:
    separator, rows = read_columns(path, TABLE_COLUMNS)
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    problems = []
    for line, (image, curve, *texts) in rows:
        x, y = (number_of(text, decimal_comma=separator != ",") for text in texts)
        if x is None or y is None or math.isinf(x) or math.isinf(y) or math.isnan(x - y):
            problems.append(f"{path}, line {line}: {texts[0]!r}, {texts[1]!r} is not x and y.")
        elif not image or not curve:
            problems.append(f"{path}, line {line}: the image or the curve is not named.")
        else:
            found.setdefault(image, {}).setdefault(curve, []).append((y, x))
    if problems:
        raise combined_error(problems)
    if not found:
        raise FormatError(f"{path} holds no curves; draw some first.")
    return [
        ImageCurves(image, {name: np.array(points) for name, points in curves.items()})
        for image, curves in found.items()
    ]


def warn_of_gaps(path: Path, specimens: Sequence[Specimen], names: Sequence[str]) -> None:
    """Warn that some specimens lack curves, whose semilandmarks are missing in the file.

    Parameters
    ----------
    path : Path
        The file, for the message.
    specimens : sequence of Specimen
        Those that are written.
    names : sequence of str
        Of the curves.
    """
    lacking = [one for one in specimens if set(names) - set(named_curves(one))]
    if lacking:
        listed = ", ".join(one.identifier or one.image for one in lacking[:5])
        warn(
            f"{path}: {len(lacking)} of {len(specimens)} specimens lack curves, and their "
            f"semilandmarks are missing: {listed}."
        )
