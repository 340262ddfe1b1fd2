"""All digitisations of a series: by the tool, by hand in the project, and in landmark files."""

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
    """Kinds of digitisers."""

    TOOL = "tool"
    """The method: its predictions, whatever was decided about them since."""
    HAND = "hand"
    """A person, in the project: landmarks placed, moved or accepted."""
    FILE = "file"
    """A person, in a landmark file."""


@dataclass(frozen=True, eq=False)
class Digitisation:
    """Points by one digitiser on the specimens of a project, each specimen once.

    Attributes
    ----------
    name : str
        Name in the report.
    kind : Kind
        Kind of digitiser.
    points : mapping of str to mapping of str to (float, float)
        By specimen and landmark, (row, col) in pixels; only landmarks that were placed.
    sizes : mapping of str to float
        Centroid size of each specimen in pixels; for tool and hand that of all landmarks in the
        project, predicted or placed.
    accepted : frozenset of (str, str)
        Specimens and landmarks that are accepted predictions, not placed by hand.
    """

    name: str
    kind: Kind
    points: Mapping[str, Mapping[str, Point]]
    sizes: Mapping[str, float]
    accepted: frozenset[tuple[str, str]] = frozenset()

    @property
    def count(self) -> int:
        """Number of points."""
        return sum(len(points) for points in self.points.values())


@dataclass(frozen=True, eq=False)
class Digitised:
    """All digitisations of the specimens of a project.

    Attributes
    ----------
    landmarks : tuple of str
        Landmarks of the project, in its order.
    specimens : mapping of str to Specimen
        All specimens of the project, by name.
    placements : mapping of str to mapping of str to Placement
        By specimen and landmark.
    confidences : mapping of str to mapping of str to float
        Confidences of the predictions, by specimen and landmark.
    pixels : mapping of str to PixelSize
        Real size of a pixel, if the project or a landmark file has it.
    digitisations : tuple of Digitisation
        Those by the tool, by hand and in files, if they have any point.
    notes : tuple of str
        Messages about parts of the files that were ignored.
    """

    landmarks: tuple[str, ...]
    specimens: Mapping[str, Specimen]
    placements: Mapping[str, Mapping[str, Placement]]
    confidences: Mapping[str, Mapping[str, float]]
    pixels: Mapping[str, PixelSize]
    digitisations: tuple[Digitisation, ...] = ()
    notes: tuple[str, ...] = ()


SCALE_UNIT = "units of the scale"
"""Landmark files give the size of a pixel without the name of the unit."""


def digitised_series(project: Project, files: Sequence[Path] = ()) -> Digitised:
    """Return all digitisations of the specimens of a project.

    Parameters
    ----------
    project : Project
        It is only read.
    files : sequence of Path
        Landmark files of the same images by other digitisers, or by the same at another time.

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
    names, defined = project.shape_landmarks, [one.name for one in project.landmarks]
    specimens = project.specimens()
    if not names or not specimens:
        what = "specimens" if names else "landmarks"
        raise ProjectError(f"The project has no {what}, so there is nothing to report.")
    by_name = {specimen.name: specimen for specimen in specimens}
    placements = {
        name: {own: each for own, each in project.placements(one.id).items() if own in names}
        for name, one in by_name.items()
    }
    confidences = {name: project.confidences(one.id) for name, one in by_name.items()}
    digitisations, notes = _of_project(placements), list[str]()
    pixels = {
        name: PixelSize(known.value, known.unit or SCALE_UNIT)
        for name, one in by_name.items()
        if (known := project.scale_of(one.id)) is not None
    }
    for file in files:
        contents = read_digitisation(file, specimens, names, defined)
        notes += contents.notes
        ambiguous = [path.name for path in files].count(file.name) > 1
        label = str(file) if ambiguous else file.name
        repeats = zip(contents.repeats, contents.accepted, strict=True)
        for repeat, (points, accepted) in enumerate(repeats, 1):
            sizes = {specimen: centroid_size(own) for specimen, own in points.items()}
            name = label if repeat == 1 else f"{label}, time {repeat}"
            digitisations.append(Digitisation(name, Kind.FILE, points, sizes, frozenset(accepted)))
        for name, scale in contents.scales.items():
            pixels.setdefault(name, PixelSize(scale, SCALE_UNIT))
    if not digitisations:
        raise ProjectError(
            "Nothing is placed in the project yet; place landmarks or locate them first."
        )
    return Digitised(
        names, by_name, placements, confidences, pixels, tuple(digitisations), tuple(notes)
    )


def centroid_size(points: Mapping[str, Point]) -> float:
    """Return the centroid size of points in pixels; NaN for fewer than two."""
    if len(points) < 2:
        return float("nan")
    return Landmarks(points).centroid_size()


def _of_project(placements: Mapping[str, Mapping[str, Placement]]) -> list[Digitisation]:
    """Return the digitisations by tool and by hand, if they have any point."""
    predicted: dict[str, dict[str, Point]] = {}
    decided: dict[str, dict[str, Point]] = {}
    sizes: dict[str, float] = {}
    accepted = set()
    for specimen, placed in placements.items():
        for name, placement in placed.items():
            if placement.predicted is not None:
                predicted.setdefault(specimen, {})[name] = placement.predicted
            undecided = placement.status is PlacementStatus.PREDICTED
            if placement.point is not None and not undecided:
                decided.setdefault(specimen, {})[name] = placement.point
            if placement.status is PlacementStatus.ACCEPTED:
                accepted.add((specimen, name))
        present = {name: one.point for name, one in placed.items() if one.point is not None}
        sizes[specimen] = centroid_size(present)
    digitisations = (
        Digitisation("tool", Kind.TOOL, predicted, sizes),
        Digitisation("hand", Kind.HAND, decided, sizes, frozenset(accepted)),
    )
    return [digitisation for digitisation in digitisations if digitisation.points]
