"""All that a repeatability report tells of a project."""

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
from .digitised import Digitised, Kind, gather
from .outliers import Outliers, outliers_of

IN_MEMORY = "project"
"""What a project without a file is called."""


@dataclass(frozen=True, eq=False)
class Report:
    """How well the digitisations of a series agree.

    Attributes
    ----------
    name : str
        Of the project: its file's, without the suffix.
    series : Digitised
        Who digitised what.
    comparisons : tuple of Comparison
        Each digitisation with each other, in the order tool, hand, files.
    together : Agreement or None
        All people's digitisations at once; None where there are fewer than three.
    outliers : tuple of Outliers
        Of the project as it is now, and of each file.
    """

    name: str
    series: Digitised
    comparisons: tuple[Comparison, ...]
    together: Agreement | None
    outliers: tuple[Outliers, ...]

    @property
    def statuses(self) -> dict[PlacementStatus, int]:
        """How many landmarks of the project have each status."""
        counts = Counter(
            one.status for placed in self.series.placements.values() for one in placed.values()
        )
        return {status: counts[status] for status in PlacementStatus}


def make_report(project: Project, files: Sequence[str | Path] = ()) -> Report:
    """Compare what the tool predicted, what was decided by hand, and further digitisations.

    Parameters
    ----------
    project : Project
        It is only read, so that it may be open elsewhere.
    files : sequence of str or Path
        Landmark files by other digitisers, or by the same at another time, of the same images. A
        specimen that stands twice in a file was digitised twice.

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
    series = gather(project, [Path(one) for one in files])
    comparisons = tuple(
        compare(series, first, second) for first, second in combinations(series.digitisations, 2)
    )
    people = [one for one in series.digitisations if one.kind is not Kind.TOOL]
    together = agree(series, people) if len(people) > 2 else None
    name = IN_MEMORY if project.path is None else project.path.stem
    return Report(name, series, comparisons, together, outliers_of(series, project))
