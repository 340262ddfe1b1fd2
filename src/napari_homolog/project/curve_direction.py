"""Curves that somebody drew, in the direction and from the beginning that the series has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..curves import CurveDefinition, as_path, begun_at, enclosed_area
from ..errors import CurveError
from ..landmarks import Landmarks
from .store import Project

AT_AN_END = 0.03
"""A landmark is at an end of a curve within this share of the landmarks' centroid size."""

FEWEST_SHARED = 3
"""So many landmarks on two specimens tell which way around a closed curve leads."""


def reach_of_ends(marks: Landmarks) -> float:
    """Return within how many pixels a landmark is at an end of a curve."""
    return AT_AN_END * max(marks.centroid_size(), 1.0)


def path_as_defined(
    project: Project, specimen_id: int, definition: CurveDefinition, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a drawn path in the direction of its curve: from anchor to anchor, or around.

    The way around a closed curve, and where one without anchor begins, are those on the first other
    specimen on which the curve was drawn, by the landmarks that both have.

    Parameters
    ----------
    project : Project
        The project.
    specimen_id : int
        The number of the specimen on which it was drawn.
    definition : CurveDefinition
        The curve.
    points : ndarray, shape (n, 2)
        As it was drawn, (row, col) in pixels.

    Raises
    ------
    CurveError
        If the ends are not at the anchors, or these are not placed.
    """
    called = project.specimen(specimen_id).name
    what = f"Curve {definition.name!r} of {called!r}"
    path = as_path(points, closed=definition.closed, what=what)
    marks = project.landmarks_of(specimen_id)
    lacking = [name for name in definition.anchors if np.isnan(marks[name]).any()]
    if lacking:
        raise CurveError(
            f"{what} ends at the landmark {lacking[0]!r}, which is not placed there; place it first, "
            "or leave this curve out."
        )
    anchors = np.array([marks[name] for name in definition.anchors])
    if definition.closed:
        path = _around(project, specimen_id, definition, path)
        path = begun_at(path, anchors[0]) if len(anchors) else path
        ends = path[:1]
    else:
        ahead, back = (np.linalg.norm(path[ends] - anchors, axis=1) for ends in ([0, -1], [-1, 0]))
        path = path[::-1] if back.sum() < ahead.sum() else path
        ends = path[[0, -1]]
    for name, anchor, end in zip(definition.anchors, anchors, ends, strict=False):
        distance = float(np.linalg.norm(anchor - end))
        if distance > reach_of_ends(marks):
            raise CurveError(
                f"{what} has an end at (row {end[0]:.0f}, col {end[1]:.0f}), {distance:.0f} pixels "
                f"from its landmark {name!r}; let it begin and end at its own landmarks."
            )
    return path


def _around(
    project: Project, specimen_id: int, definition: CurveDefinition, path: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a closed path in the direction, and from where, it leads on another specimen."""
    marks = project.landmarks_of(specimen_id)
    for other in project.specimens():
        drawn = next((one for one in project.curves(other.id) if one.name == definition.name), None)
        if other.id == specimen_id or drawn is None:
            continue
        theirs = project.landmarks_of(other.id)
        shared = marks.present & theirs.present
        if shared.sum() < FEWEST_SHARED:
            continue
        # An affine map may reflect, as mirrored specimens do.
        known = _with_ones(theirs.points[shared])
        affine = np.linalg.lstsq(known, marks.points[shared], rcond=None)[0]
        laid = _with_ones(as_path(drawn.points, closed=True)) @ affine
        if enclosed_area(laid) * enclosed_area(path) < 0:
            path = path[::-1]
        return begun_at(path, laid[0])
    return path


def _with_ones(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([points, np.ones(len(points))])
