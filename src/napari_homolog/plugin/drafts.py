"""Drafts: projects that the user has not named yet, kept on disk all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_data_path

from ..errors import ProjectError
from ..project import SUFFIX, Project, SpecimenStatus


@dataclass(frozen=True)
class Draft:
    """A draft that was left behind.

    Attributes
    ----------
    path : Path
        Its file, which is named after the time when it was begun.
    specimens : tuple of str
        The names of its specimens.
    reviewed : int
        How many of them were accepted.
    """

    path: Path
    specimens: tuple[str, ...]
    reviewed: int = 0

    @property
    def title(self) -> str:
        """What it holds and when it was begun, by which a user knows it again."""
        others = len(self.specimens) - 1
        what = self.specimens[0] + (f" and {others} more" if others else "")
        return f"{what}, {self.reviewed} reviewed, {self.path.stem}"


def folder() -> Path:
    """Return the folder of the drafts."""
    return user_data_path("napari-homolog", appauthor=False) / "drafts"


def new_draft() -> Project:
    """Return a new project in a file of its own in the folder of drafts.

    Raises
    ------
    ProjectError
        If the folder cannot be written.
    """
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"{place} cannot be made ({error}).") from error
    stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H.%M.%S")
    path, number = place / f"{stamp}{SUFFIX}", 1
    while path.exists():
        number += 1
        path = place / f"{stamp} {number}{SUFFIX}"
    return Project.create(path)


def is_draft(project: Project) -> bool:
    """Return whether the user has not named a project yet."""
    return project.path is None or project.path.parent == folder().absolute()


def put_away(project: Project) -> None:
    """Close a project; an empty draft is deleted."""
    path, empty = project.path, not project.specimens() and not project.landmarks
    draft = is_draft(project)
    project.close()
    if draft and empty and path is not None:
        discard(path)


def discard(path: Path) -> None:
    """Delete a draft with the files that SQLite keeps beside it."""
    for one in path.parent.glob(f"*{path.name}*"):
        one.unlink(missing_ok=True)


def left_behind() -> list[Draft]:
    """Return drafts that are not empty and not open anywhere, the newest first."""
    found = []
    for path in sorted(folder().glob(f"*{SUFFIX}"), reverse=True):
        try:
            with Project.open(path) as draft:
                names = tuple(one.name for one in draft.specimens())
                reviewed = draft.summary()[SpecimenStatus.ACCEPTED]
        except ProjectError:
            # Open in another window, or damaged.
            continue
        if names:
            found.append(Draft(path, names, reviewed))
    return found
