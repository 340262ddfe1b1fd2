"""How far the review of a project has come, in one line."""

from __future__ import annotations

from collections import Counter

from ..project import Project, SpecimenStatus
from .wording import SPECIMENS, counted

DOUBTFUL_BELOW = 0.5


def progress_line(project: Project) -> str:
    """Return how many specimens are reviewed, and how many landmarks are doubtful."""
    rows = [one for one in project.specimens() if not one.reference]
    counts = Counter(one.status for one in rows)
    to_review = len(rows) - counts[SpecimenStatus.NEW] - counts[SpecimenStatus.FAILED]
    told = f"{counts[SpecimenStatus.ACCEPTED]} of {to_review} reviewed"
    doubtful = project.doubtful_landmarks(DOUBTFUL_BELOW)
    if doubtful:
        told += f", {counted(doubtful, 'landmark')} below {DOUBTFUL_BELOW:.0%}"
    for status in (SpecimenStatus.NEW, SpecimenStatus.FAILED):
        if counts[status]:
            told += f", {counts[status]} {SPECIMENS[status]}"
    return told if rows else ""
