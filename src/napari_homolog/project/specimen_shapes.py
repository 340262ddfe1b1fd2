"""The shapes of a project's specimens, as they are placed now."""

from __future__ import annotations

from ..landmarks import Landmarks
from .records import Specimen
from .store import Project

LEAST_LANDMARKS = 3
"""Fewer landmarks have no shape."""


def with_shape(project: Project) -> tuple[list[Specimen], list[Landmarks]]:
    """Return the specimens with at least three landmarks, and these.

    Landmarks are where somebody decided that they are, and elsewhere where they were predicted.
    """
    rows, shapes = [], []
    for row in project.specimens() if project.landmarks else []:
        found = project.landmarks_of(row.id)
        if found.present.sum() >= LEAST_LANDMARKS:
            rows.append(row)
            shapes.append(found)
    return rows, shapes
