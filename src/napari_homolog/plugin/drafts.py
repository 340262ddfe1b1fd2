"""Drafts: projects that the user has not named yet, kept on disk all the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from platformdirs import user_data_path

from ..errors import ProjectError
from ..project import SUFFIX, Project


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


def left_behind() -> list[Path]:
    """Return drafts that are not empty and not open anywhere, the newest first."""
    found = []
    for path in sorted(folder().glob(f"*{SUFFIX}"), reverse=True):
        try:
            with Project.open(path) as draft:
                if draft.specimens():
                    found.append(path)
        except ProjectError:
            # Open in another window, or damaged.
            continue
    return found
