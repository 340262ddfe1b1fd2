"""Digitising outliers in the project's landmarks and in those of landmark files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import LandmarkError
from ...landmarks import Landmarks
from ...procrustes import (
    DigitisingOutlier,
    Superimposition,
    digitising_outliers,
    generalised_procrustes_analysis,
    has_shape,
)
from ..specimen_shapes import with_shape
from ..store import Project
from .digitised import Digitised, Kind

PROJECT = "the project"
"""Name of the landmarks of the project as they are now."""


@dataclass(frozen=True, eq=False)
class Outliers:
    """The outliers of one digitisation.

    Attributes
    ----------
    name : str
        Name of the digitisation in the report.
    specimens : tuple of str
        Those with enough landmarks for a shape.
    found : tuple of DigitisingOutlier
        The outliers, the farthest from the mean first; they index `specimens`.
    series : Superimposition or None
        The superimposed specimens; None if shapes could not be compared.
    reason : str
        Why they could not.
    """

    name: str
    specimens: tuple[str, ...]
    found: tuple[DigitisingOutlier, ...] = ()
    series: Superimposition | None = None
    reason: str = ""


def find_outliers(series: Digitised, project: Project) -> tuple[Outliers, ...]:
    """Return the outliers of the project's landmarks as they are now, and of those of each file."""
    specimens, shapes = with_shape(project)
    searched = [_search(PROJECT, tuple(specimen.name for specimen in specimens), shapes)]
    for digitiser in series.digitisations:
        if digitiser.kind is Kind.FILE:
            every = {
                specimen: Landmarks({name: points.get(name) for name in series.landmarks})
                for specimen, points in digitiser.points.items()
            }
            by_specimen = {specimen: one for specimen, one in every.items() if has_shape(one)}
            searched.append(_search(digitiser.name, tuple(by_specimen), list(by_specimen.values())))
    return tuple(searched)


def _search(name: str, specimens: tuple[str, ...], shapes: list[Landmarks]) -> Outliers:
    # A landmark that is missing on all specimens has no mean.
    placed = np.any([shape.present for shape in shapes], axis=0)
    try:
        series = generalised_procrustes_analysis(
            [
                Landmarks.from_arrays(np.array(shape.names)[placed].tolist(), shape.points[placed])
                for shape in shapes
            ]
        )
    except LandmarkError as error:
        return Outliers(name, specimens, reason=str(error))
    return Outliers(name, specimens, tuple(digitising_outliers(series)), series)
