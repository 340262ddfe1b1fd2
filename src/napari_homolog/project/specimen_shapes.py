"""The landmark configurations of a project's specimens as they are now."""

from __future__ import annotations

from ..landmarks import Landmarks
from ..procrustes import has_shape
from .records import Specimen
from .store import Project


def with_shape(project: Project) -> tuple[list[Specimen], list[Landmarks]]:
    """Return the specimens with at least three landmarks, not all in one place, and their landmarks.

    The ends of a scale bar are no part of a shape. These are the positions that were decided, and the
    predicted ones of undecided landmarks.
    """
    specimens, shapes, names = [], [], project.shape_landmarks
    for specimen in project.specimens() if names else []:
        every = project.landmarks_of(specimen.id)
        landmarks = Landmarks.from_arrays(names, [every[name] for name in names])
        if has_shape(landmarks):
            specimens.append(specimen)
            shapes.append(landmarks)
    return specimens, shapes
