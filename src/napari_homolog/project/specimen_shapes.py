"""The landmark configurations of a project's specimens as they are now."""

from __future__ import annotations

from ..landmarks import Landmarks
from .records import Specimen
from .store import Project

LEAST_LANDMARKS = 3
"""Fewer landmarks define no shape."""


def with_shape(project: Project) -> tuple[list[Specimen], list[Landmarks]]:
    """Return the specimens with at least three landmarks, and their landmarks.

    These are the positions that were decided, and the predicted ones of undecided landmarks.
    """
    specimens, shapes = [], []
    for specimen in project.specimens() if project.landmarks else []:
        landmarks = project.landmarks_of(specimen.id)
        if landmarks.present.sum() >= LEAST_LANDMARKS:
            specimens.append(specimen)
            shapes.append(landmarks)
    return specimens, shapes
