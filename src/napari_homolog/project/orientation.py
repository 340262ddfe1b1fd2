"""Specimens of both sides in one orientation, for landmark files and for superimposition."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import formats
from ..curves import CurveDefinition
from ..errors import ProjectError
from ..landmarks import Landmarks
from ..symmetry import Pair, mirrored_landmarks, mirrored_order, mirrored_points
from .records import Specimen
from .specimen_names import listed
from .store import Project

MIRRORED = "[mirrored]"
"""At the end of a comment: the coordinates are those of the mirror image."""


def in_one_orientation(
    project: Project,
    file: Path,
    specimens: Sequence[Specimen],
    rows: Sequence[formats.Specimen],
    wanted: bool,
) -> Sequence[formats.Specimen]:
    """Return the rows of a landmark file, those of mirrored specimens in their mirror image.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    file : Path
        The file, for messages.
    specimens : sequence of Specimen
        Those of the rows.
    rows : sequence of napari_homolog.formats.Specimen
        As the specimens lie on their pictures.
    wanted : bool
        Whether to mirror them. Otherwise they are as they lie, and a warning names them.

    Returns
    -------
    sequence of napari_homolog.formats.Specimen
        The comment of each that was mirrored ends with `MIRRORED`.

    Raises
    ------
    ProjectError
        If there are mirrored specimens, but it is not known which landmarks change places, or a curve
        has no counterpart.

    Warns
    -----
    FormatWarning
        Which specimens are mirrored.
    """
    mirrored = set(project.mirrored_specimens())
    names = [one.name for one in specimens if one.id in mirrored]
    if not names:
        return rows
    if not wanted:
        _warn(
            f"{file}: {len(names)} specimens are mirrored and written as they lie: {listed(names)}. "
            "Superimposition does not reflect; write all in one orientation for shape analysis."
        )
        return rows
    pairs = required_pairs(project, names)
    turned = [
        _turned(row, one.size[1], pairs, project.curve_definitions) if one.id in mirrored else row
        for one, row in zip(specimens, rows, strict=True)
    ]
    _warn(f"{file}: {len(names)} specimens were mirrored: {listed(names)}.")
    return turned


def turned_to_one_orientation(
    project: Project, specimens: Sequence[Specimen], marks: Sequence[Landmarks]
) -> list[Landmarks]:
    """Return landmarks of specimens, those of mirrored ones in their mirror image; and back again.

    Parameters
    ----------
    project : Project
        The project of the specimens.
    specimens : sequence of Specimen
        Whose landmarks they are.
    marks : sequence of Landmarks
        As they lie on the pictures; or all in one orientation, to have them on the pictures again.

    Raises
    ------
    ProjectError
        If there are mirrored specimens, but it is not known which landmarks change places.
    """
    mirrored = set(project.mirrored_specimens())
    names = [one.name for one in specimens if one.id in mirrored]
    pairs = required_pairs(project, names) if names else ()
    return [
        mirrored_landmarks(each, pairs, one.size[1]) if one.id in mirrored else each
        for one, each in zip(specimens, marks, strict=True)
    ]


def required_pairs(project: Project, names: Sequence[str]) -> tuple[Pair, ...]:
    """Return which landmarks change places, or raise `ProjectError` where nobody said.

    Parameters
    ----------
    project : Project
        The project.
    names : sequence of str
        The mirrored specimens, for the message.
    """
    pairs = project.symmetric_pairs
    if pairs is None:
        raise ProjectError(
            f"{listed(names)} {'are' if len(names) > 1 else 'is'} mirrored, but it is not known which "
            "landmarks change places then; name the symmetric pairs with `project sides --pair` or in "
            "the dock (Landmarks, List, Mirror images), or say that there are none with --no-pairs."
        )
    return pairs


def _turned(
    row: formats.Specimen,
    width: int,
    pairs: Sequence[Pair],
    definitions: Sequence[CurveDefinition],
) -> formats.Specimen:
    marks = row.landmarks
    order = mirrored_order(marks.names, pairs)
    names = row.curve_names or (None,) * len(row.curves)
    known = {one.name: one for one in definitions}
    return replace(
        row,
        landmarks=mirrored_landmarks(marks, pairs, width),
        confidence=None if row.confidence is None else row.confidence[order],
        spread=None if row.spread is None else row.spread[order],
        occluded=None if row.occluded is None else row.occluded[order],
        status=None if row.status is None else tuple(row.status[place] for place in order),
        curves=tuple(
            _turned_curve(curve, width, pairs, known.get(name or ""))
            for curve, name in zip(row.curves, names, strict=True)
        ),
        comment=" ".join(filter(None, [row.comment, MIRRORED])),
    )


def _turned_curve(
    curve: NDArray[np.float64],
    width: int,
    pairs: Sequence[Pair],
    definition: CurveDefinition | None,
) -> NDArray[np.float64]:
    """Return a curve in the mirror image, from the same anchor to the same."""
    turned = mirrored_points(curve, width)
    if definition is None:
        return turned
    other = {**dict(pairs), **{second: first for first, second in pairs}}
    anchors = tuple(other.get(name, name) for name in definition.anchors)
    if anchors == definition.anchors:
        return turned
    if anchors == definition.anchors[::-1]:
        return turned[::-1]
    raise ProjectError(
        f"The curve {definition.name!r} ends at {', '.join(definition.anchors)}; in a mirror image it "
        "would end at other landmarks, so that it cannot be written in one orientation. Remove "
        "the curve, or write the specimens as they lie."
    )


def _warn(message: str) -> None:
    warnings.warn(message, formats.FormatWarning, stacklevel=4)
