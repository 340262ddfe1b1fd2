"""Principal components of a project's shapes, for its report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import LandmarkError
from ...shape_space import LEAST_SPECIMENS, ShapeSpace, shape_space
from ..records import PlacementStatus
from ..specimen_shapes import with_shape
from ..store import Project

MOST_CLASSES = 8
"""A column of classifiers with more values does not colour the plot."""


@dataclass(frozen=True, eq=False)
class ShapesAtAGlance:
    """The shapes of a project along their principal components.

    Attributes
    ----------
    specimens : tuple of str
        Those with all landmarks.
    left_out : int
        How many others have some landmarks.
    space : ShapeSpace or None
        None if there are too few.
    decided_only : bool
        Whether mean and axes are made from the specimens alone on which every landmark was decided.
    classes : tuple of str
        The value of `column` for each specimen; empty if no column fits.
    column : str
        A column of classifiers.
    links : tuple of (int, int)
        Places of landmarks between which lines are drawn.
    reason : str
        Why there is no space.
    numbers : tuple of int
        The numbers of the specimens.
    """

    specimens: tuple[str, ...]
    left_out: int
    space: ShapeSpace | None = None
    decided_only: bool = False
    classes: tuple[str, ...] = ()
    column: str = ""
    links: tuple[tuple[int, int], ...] = ()
    reason: str = ""
    numbers: tuple[int, ...] = ()

    @property
    def unusual(self) -> list[tuple[str, float]]:
        """Specimens of unusual shape, and their Procrustes distance to the mean."""
        if self.space is None:
            return []
        distances = self.space.series.distances
        return [(self.specimens[one], float(distances[one])) for one in self.space.unusual()]


def shapes_at_a_glance(project: Project) -> ShapesAtAGlance:
    """Return the principal components of a project's shapes as they are now.

    If every landmark was decided on three specimens or more, and not on others, these others are laid
    onto the space of the decided ones: a landmark that was located wrongly changes no other specimen.
    """
    every, shapes = with_shape(project)
    chosen = [(one, marks) for one, marks in zip(every, shapes, strict=True) if marks.present.all()]
    names = tuple(one.name for one, _ in chosen)
    left_out = len(every) - len(chosen)
    decided = np.array([_all_decided(project, one.id) for one, _ in chosen], bool)
    apart = bool(decided.sum() >= LEAST_SPECIMENS and not decided.all())
    try:
        space = shape_space([marks for _, marks in chosen], decided.tolist() if apart else None)
    except LandmarkError as error:
        return ShapesAtAGlance(names, left_out, reason=str(error))
    column, classes = _classes(project, [one.id for one, _ in chosen])
    places = {name: place for place, name in enumerate(space.series.names)}
    links = tuple((places[a], places[b]) for a, b in project.links if a in places and b in places)
    numbers = tuple(one.id for one, _ in chosen)
    return ShapesAtAGlance(names, left_out, space, apart, classes, column, links, numbers=numbers)


def _all_decided(project: Project, specimen_id: int) -> bool:
    placements = project.placements(specimen_id)
    return all(
        placements[name].status is not PlacementStatus.PREDICTED
        for name in project.shape_landmarks
        if name in placements
    )


def _classes(project: Project, specimen_ids: list[int]) -> tuple[str, tuple[str, ...]]:
    """Return the first column of classifiers with a few values, and the value of each specimen."""
    classifiers = project.all_classifiers()
    for column in project.classifier_columns:
        values = tuple(classifiers.get(number, {}).get(column, "") for number in specimen_ids)
        if 1 < len(set(values)) <= MOST_CLASSES:
            return column, values
    return "", ()
