"""Which reference is shown beside a specimen, and how it lies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .canvas_marks import Mark
from .landmark_pose import pose_between
from .points_style import SYMBOLS, colours_of
from .reference_inset import ReferenceInset, ReferenceSight
from .session import Session

if TYPE_CHECKING:
    from ..landmarks import Landmarks
    from ..project import Specimen

NOT_THERE = "not on the reference"


def show_reference(session: Session, inset: ReferenceInset, landmark: str, specimen: int) -> None:
    """Show a landmark on the first other specimen on which it was placed by hand.

    Parameters
    ----------
    session : Session
        What the panels share.
    inset : ReferenceInset
        Where.
    landmark : str
        Which landmark.
    specimen : int
        The specimen that is shown on the canvas.
    """
    for row, marks in session.references():
        there = landmark in marks.names and np.isfinite(marks[landmark]).all()
        if row.id != specimen and there and session.has_picture(row):
            picture = partial(session.picture, row.id)
            sight = partial(_sight, session, row, marks, landmark, specimen)
            inset.show_landmark(row.id, picture, sight)
            return
    inset.show_nothing(NOT_THERE)


def _sight(
    session: Session,
    reference: Specimen,
    marks: Landmarks,
    landmark: str,
    specimen: int,
    picture: NDArray[np.uint8],
) -> ReferenceSight:
    project, layer = session.project, session.layer_of(specimen)
    here = project.landmarks_of(specimen)
    points = np.array([here[name] for name in marks.names])
    pose = pose_between(marks.points, points, marks.names.index(landmark))
    world = np.ones(2) if layer is None else np.asarray(layer.scale[-2:], dtype=float)
    status = project.placements(reference.id)[landmark].status
    colour = colours_of(project.landmarks)[landmark]
    mark = Mark(landmark, (0.0, 0.0), colour, SYMBOLS.get(status, "disc"))
    return ReferenceSight(
        reference.name, picture, marks[landmark], world[:, np.newaxis] * pose, mark
    )
