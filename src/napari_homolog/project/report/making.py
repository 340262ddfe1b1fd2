"""Making a repeatability report of a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ..records import PlacementStatus
from ..store import Project
from .agreement import Agreement, agree
from .comparison import Comparison, compare
from .digitised import Digitisation, Digitised, Kind, digitised_series
from .outliers import Outliers, find_outliers
from .shapes_at_a_glance import ShapesAtAGlance, shapes_at_a_glance

IN_MEMORY = "project"
"""Name of a project without a file."""


@dataclass(frozen=True, eq=False)
class Report:
    """How well the digitisations of a series agree.

    Attributes
    ----------
    name : str
        Name of the project: that of its file, without the suffix.
    series : Digitised
        All digitisations.
    comparisons : tuple of Comparison
        All pairs of digitisations, in the order tool, hand, files.
    together : Agreement or None
        All people's digitisations at once; None if there are fewer than three.
    outliers : tuple of Outliers
        Outliers of the project as it is now, and of each file.
    shapes : ShapesAtAGlance
        Principal components of the project's shapes as they are now.
    """

    name: str
    series: Digitised
    comparisons: tuple[Comparison, ...]
    together: Agreement | None
    outliers: tuple[Outliers, ...]
    shapes: ShapesAtAGlance

    @property
    def statuses(self) -> dict[PlacementStatus, int]:
        """Number of landmarks of the project with each status."""
        counts = Counter(
            placement.status
            for placements in self.series.placements.values()
            for placement in placements.values()
        )
        return {status: counts[status] for status in PlacementStatus}

    @property
    def people(self) -> list[Digitisation]:
        """All digitisations except the tool's."""
        return people_of(self.series)


def make_report(project: Project, files: Sequence[str | Path] = ()) -> Report:
    """Compare predictions, what was decided by hand, and further digitisations.

    Parameters
    ----------
    project : Project
        It is only read, so that it may be open elsewhere.
    files : sequence of str or Path
        Landmark files of the same images by other digitisers, or by the same at another time. A
        specimen that occurs twice in a file was digitised twice.

    Returns
    -------
    Report

    Raises
    ------
    ProjectError
        If the project has no landmarks or nothing placed, or a file does not belong to it.
    FormatError
        If a file cannot be read.
    """
    series = digitised_series(project, [Path(file) for file in files])
    comparisons = tuple(
        compare(series, first, second) for first, second in combinations(series.digitisations, 2)
    )
    people = people_of(series)
    together = agree(series, people) if len(people) > 2 else None
    name = IN_MEMORY if project.path is None else project.path.stem
    return Report(
        name,
        series,
        comparisons,
        together,
        find_outliers(series, project),
        shapes_at_a_glance(project),
    )


def people_of(series: Digitised) -> list[Digitisation]:
    """Return all digitisations except the tool's."""
    return [digitiser for digitiser in series.digitisations if digitiser.kind is not Kind.TOOL]
