"""The landmark configurations of a project's specimens as they are now."""

from __future__ import annotations

from ..landmarks import Landmarks
from ..procrustes import has_shape
from ..symmetry import mirrored_landmarks
from .records import Specimen
from .store import Project


def with_shape(project: Project) -> tuple[list[Specimen], list[Landmarks]]:
    """Return the specimens with at least three landmarks, not all in one place, and their landmarks.

    The ends of a scale bar are no part of a shape. These are the positions that were decided, and the
    predicted ones of undecided landmarks. All are in one orientation, if symmetric pairs are named.
    """
    specimens, shapes, names = [], [], project.shape_landmarks
    pairs = project.symmetric_pairs
    mirrored = set() if pairs is None else set(project.mirrored_specimens())
    for specimen in project.specimens() if names else []:
        every = project.landmarks_of(specimen.id)
        landmarks = Landmarks.from_arrays(names, [every[name] for name in names])
        if has_shape(landmarks):
            specimens.append(specimen)
            if specimen.id in mirrored:
                landmarks = mirrored_landmarks(landmarks, pairs or (), specimen.size[1])
            shapes.append(landmarks)
    return specimens, shapes
