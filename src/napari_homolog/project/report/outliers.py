"""Landmarks that lie where they do not on the other specimens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import LandmarkError
from ...landmarks import Landmarks
from ...shapes import Slip, Superimposition, find_slips, superimpose
from ..specimen_shapes import LEAST_LANDMARKS, with_shape
from ..store import Project
from .digitised import Digitised, Kind

PROJECT = "the project"
"""What the landmarks of the project are called, as they are placed now."""


@dataclass(frozen=True, eq=False)
class Outliers:
    """The shapes of one digitisation, searched for slips.

    Attributes
    ----------
    name : str
        What the report calls it.
    specimens : tuple of str
        Those with a shape.
    slips : tuple of Slip
        What to look at again, the worst first; their specimens count from 0 in `specimens`.
    series : Superimposition or None
        None where shapes could not be compared.
    reason : str
        Why not.
    """

    name: str
    specimens: tuple[str, ...]
    slips: tuple[Slip, ...] = ()
    series: Superimposition | None = None
    reason: str = ""


def outliers_of(series: Digitised, project: Project) -> tuple[Outliers, ...]:
    """Search the project's landmarks as they are placed now, and those of each file."""
    rows, shapes = with_shape(project)
    found = [_search(PROJECT, tuple(row.name for row in rows), shapes)]
    for one in series.digitisations:
        if one.kind is Kind.FILE:
            marked = {
                specimen: Landmarks({name: points.get(name) for name in series.landmarks})
                for specimen, points in one.points.items()
                if len(points) >= LEAST_LANDMARKS
            }
            found.append(_search(one.name, tuple(marked), list(marked.values())))
    return tuple(found)


def _search(name: str, specimens: tuple[str, ...], shapes: list[Landmarks]) -> Outliers:
    # What nobody placed anywhere has no mean.
    there = np.any([one.present for one in shapes], axis=0)
    try:
        laid = superimpose(
            [
                Landmarks.from_arrays(np.array(s.names)[there].tolist(), s.points[there])
                for s in shapes
            ]
        )
    except LandmarkError as error:
        return Outliers(name, specimens, reason=str(error))
    return Outliers(name, specimens, tuple(find_slips(laid)), laid)
