"""References on which landmarks were moved after they were learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..project import Project

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet

MOVED = 1.0
"""Pixels by which a landmark may differ from where it was learned: drawings are rounded."""


def moved_since_learned(project: Project, learned: LandmarkSet) -> list[str]:
    """Return the references on which a landmark lies elsewhere than when it was learned.

    Parameters
    ----------
    project : Project
        Its references and what was decided about their landmarks.
    learned : LandmarkSet
        What was learned from them.

    Returns
    -------
    list of str
        The references' names.
    """
    then = {one.name: one.drawing.to_image(one.points) for one in learned.drawings if one.name}
    moved = []
    for reference in project.references() if project.landmarks else []:
        points = then.get(reference.name)
        if points is None:
            continue
        marks = project.landmarks_of(reference.id, decided=True)
        now = [marks[name] if name in marks.names else (np.nan, np.nan) for name in learned.names]
        if np.nanmax(np.abs(points - np.array(now)), initial=0.0) > MOVED:
            moved.append(reference.name)
    return moved
