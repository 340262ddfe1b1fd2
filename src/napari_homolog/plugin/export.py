"""From a project to the specimens of a landmark file."""

from __future__ import annotations

import numpy as np

from ..formats import FORMATS, Specimen
from ..project import Placement, Project


def specimens_to_write(project: Project) -> list[Specimen]:
    """Return the specimens that have landmarks, with what is known of these.

    Parameters
    ----------
    project : Project
        The project.

    Returns
    -------
    list of Specimen
        Landmarks that are not placed or marked as missing are missing.
    """
    found = []
    for row in project.specimens() if project.landmarks else []:
        landmarks = project.landmarks_of(row.id)
        if not landmarks.present.any():
            continue
        known = project.placements(row.id)
        placements = [known.get(name) for name in landmarks.names]
        found.append(
            Specimen(
                image=row.path.name if row.path is not None else row.name,
                landmarks=landmarks,
                identifier=row.name,
                confidence=np.array([_number(one, "confidence") for one in placements]),
                spread=np.array([_number(one, "spread") for one in placements]),
                status=tuple("" if one is None else one.status.value for one in placements),
                image_size=row.size,
            )
        )
    return found


def dialog_filter() -> str:
    """Return the landmark formats as a file dialog wants them."""
    return ";;".join(
        f"{one.title} (*{suffix})"
        for one in FORMATS
        if one.can_write
        for suffix in one.suffixes[:1]
    )


def _number(placed: Placement | None, what: str) -> float:
    value = None if placed is None else getattr(placed, what)
    return np.nan if value is None else value
