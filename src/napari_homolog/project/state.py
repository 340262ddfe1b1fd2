"""The status of specimens, which is stored so that counting is quick, and names and numbers."""

from __future__ import annotations

from typing import Any

from ..errors import ProjectError
from .database import Database

STATUS = """
CASE
    WHEN accepted THEN 'accepted'
    WHEN reason IS NOT NULL THEN 'failed'
    WHEN EXISTS (
        SELECT 1 FROM decision JOIN landmark ON landmark.id = landmark_id
        WHERE specimen_id = specimen.id AND NOT landmark.removed
    ) THEN 'corrected'
    WHEN EXISTS (
        SELECT 1 FROM prediction JOIN landmark ON landmark.id = landmark_id
        WHERE specimen_id = specimen.id AND NOT landmark.removed
    ) THEN 'found'
    ELSE 'new'
END
"""


class Part:
    """A part of `Project` with the methods of one subject."""

    _database: Database


def refresh_status(database: Database, specimen_id: int | None = None) -> None:
    """Update the stored status of one specimen, or of all."""
    if specimen_id is None:
        database.execute(f"UPDATE specimen SET status = {STATUS} WHERE status != {STATUS}")
    else:
        database.execute(f"UPDATE specimen SET status = {STATUS} WHERE id = ?", (specimen_id,))


def specimen_row(database: Database, columns: str, specimen_id: int) -> Any:
    """Return some columns of a specimen.

    Parameters
    ----------
    database : Database
        The project's tables.
    columns : str
        The columns, separated by commas.
    specimen_id : int
        The specimen's number.

    Raises
    ------
    ProjectError
        If there is no such specimen.
    """
    row = database.first_row(
        f"SELECT {columns} FROM specimen WHERE id = ? AND NOT removed", (specimen_id,)
    )
    if row is None:
        raise ProjectError(
            f"The project has no specimen with the number {specimen_id}; it may have been removed."
        )
    return row


def specimen_name(database: Database, specimen_id: int) -> str:
    """Return the name of a specimen, or raise `ProjectError` if there is none."""
    return str(specimen_row(database, "name", specimen_id)[0])


def name_exists(database: Database, name: str) -> bool:
    """Return whether a specimen in use has a name; none has one that is no text."""
    if not is_text(name):
        return False
    row = database.first_row("SELECT 1 FROM specimen WHERE name = ? AND NOT removed", (name,))
    return row is not None


def free_name(database: Database, name: str) -> str:
    """Return a name, followed by a number if another specimen has that name."""
    free, count = name, 1
    while name_exists(database, free):
        count += 1
        free = f"{name}_{count}"
    return free


def landmark_ids(database: Database) -> dict[str, int]:
    """Return the numbers of the landmarks in use by name, in their order."""
    return dict(
        database.execute("SELECT name, id FROM landmark WHERE NOT removed ORDER BY position, id")
    )


def landmark_id(database: Database, name: str) -> int:
    """Return the number of a landmark in use, or raise `ProjectError` if there is none."""
    known = landmark_ids(database)
    if name not in known:
        raise ProjectError(
            f"The project has no landmark {name!r}; it has {', '.join(known) or 'none'}. Define it "
            "first."
        )
    return known[name]


def is_text(name: str) -> bool:
    """Return whether a name can be stored: file names need not be valid Unicode."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
