"""A series as several have digitised it: the tool, a hand in the project, and further files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ...errors import ProjectError
from ...images import PixelSize
from ...landmarks import Landmarks
from ..records import Placement, PlacementStatus, Point, Specimen
from ..store import Project
from .landmark_files import read_digitisation


class Kind(StrEnum):
    """Who digitised."""

    TOOL = "tool"
    """The method: its predictions, whatever was decided about them since."""
    HAND = "hand"
    """Somebody, in the project: what was placed, moved or accepted."""
    FILE = "file"
    """Somebody, in a landmark file."""


@dataclass(frozen=True, eq=False)
class Digitisation:
    """Points that one digitiser placed on the specimens of a project, each specimen once.

    Attributes
    ----------
    name : str
        What the report calls it.
    kind : Kind
        Who digitised.
    points : mapping of str to mapping of str to (float, float)
        By specimen and landmark, (row, col) in pixels; what was not placed is not in it.
    sizes : mapping of str to float
        Centroid size of each specimen in pixels; in the project of all its landmarks, be they
        decided about or predicted.
    accepted : frozenset of (str, str)
        Specimens and landmarks that are accepted predictions, and were not placed by hand.
    """

    name: str
    kind: Kind
    points: Mapping[str, Mapping[str, Point]]
    sizes: Mapping[str, float]
    accepted: frozenset[tuple[str, str]] = frozenset()

    @property
    def count(self) -> int:
        """How many points there are."""
        return sum(len(points) for points in self.points.values())


@dataclass(frozen=True, eq=False)
class Digitised:
    """All that was digitised on the specimens of a project.

    Attributes
    ----------
    landmarks : tuple of str
        Of the project, in its order.
    specimens : mapping of str to Specimen
        All of the project, by name.
    placements : mapping of str to mapping of str to Placement
        By specimen and landmark.
    confidences : mapping of str to mapping of str to float
        Of the predictions, likewise.
    pixels : mapping of str to PixelSize
        Real size of a pixel, where the project or a landmark file knows it.
    digitisations : tuple of Digitisation
        The tool, the hand in the project and the files, those that have any point.
    notes : tuple of str
        What was left out of the files, in words.
    """

    landmarks: tuple[str, ...]
    specimens: Mapping[str, Specimen]
    placements: Mapping[str, Mapping[str, Placement]]
    confidences: Mapping[str, Mapping[str, float]]
    pixels: Mapping[str, PixelSize]
    digitisations: tuple[Digitisation, ...] = ()
    notes: tuple[str, ...] = ()


SCALE_UNIT = "units of the scale"
"""Landmark files tell how many units a pixel has, but not which unit it is."""


def gather(project: Project, files: Sequence[Path] = ()) -> Digitised:
    """Gather what was digitised on the specimens of a project.

    Parameters
    ----------
    project : Project
        It is only read.
    files : sequence of Path
        Landmark files by other digitisers, or by the same at another time, of the same images.

    Returns
    -------
    Digitised

    Raises
    ------
    ProjectError
        If the project has no landmarks or nothing placed, or a file does not belong to it.
    FormatError
        If a file cannot be read.
    """
    names = tuple(one.name for one in project.landmarks)
    specimens = project.specimens()
    if not names or not specimens:
        what = "specimens" if names else "landmarks"
        raise ProjectError(f"The project has no {what}, so that there is nothing to report.")
    placements = {one.name: project.placements(one.id) for one in specimens}
    confidences = {one.name: project.confidences(one.id) for one in specimens}
    found, notes = _of_project(placements), list[str]()
    pixels = {
        one.name: PixelSize(one.scale, one.unit or SCALE_UNIT)
        for one in specimens
        if one.scale is not None
    }
    for file in files:
        read = read_digitisation(file, specimens, names)
        notes += read.notes
        label = str(file) if [one.name for one in files].count(file.name) > 1 else file.name
        for time, (points, accepted) in enumerate(zip(read.times, read.accepted, strict=True), 1):
            sizes = {name: centroid_size(own) for name, own in points.items()}
            called = label if time == 1 else f"{label}, time {time}"
            found.append(Digitisation(called, Kind.FILE, points, sizes, frozenset(accepted)))
        for name, scale in read.scales.items():
            pixels.setdefault(name, PixelSize(scale, SCALE_UNIT))
    if not found:
        raise ProjectError(
            "Nothing is placed in the project yet; place landmarks or let them be found first."
        )
    by_name = {one.name: one for one in specimens}
    return Digitised(names, by_name, placements, confidences, pixels, tuple(found), tuple(notes))


def centroid_size(points: Mapping[str, Point]) -> float:
    """Return the centroid size of points in pixels; NaN for fewer than two."""
    if len(points) < 2:
        return float("nan")
    return Landmarks(points).centroid_size()


def _of_project(placements: Mapping[str, Mapping[str, Placement]]) -> list[Digitisation]:
    """Return the tool's and the hand's digitisations, those that have any point."""
    predicted: dict[str, dict[str, Point]] = {}
    decided: dict[str, dict[str, Point]] = {}
    sizes: dict[str, float] = {}
    accepted = set()
    for specimen, placed in placements.items():
        for name, one in placed.items():
            if one.predicted is not None:
                predicted.setdefault(specimen, {})[name] = one.predicted
            if one.point is not None and one.status is not PlacementStatus.PREDICTED:
                decided.setdefault(specimen, {})[name] = one.point
            if one.status is PlacementStatus.ACCEPTED:
                accepted.add((specimen, name))
        present = {name: one.point for name, one in placed.items() if one.point is not None}
        sizes[specimen] = centroid_size(present)
    made = (
        Digitisation("tool", Kind.TOOL, predicted, sizes),
        Digitisation("hand", Kind.HAND, decided, sizes, frozenset(accepted)),
    )
    return [one for one in made if one.points]
