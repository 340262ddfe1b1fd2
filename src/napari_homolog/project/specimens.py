"""The specimens of a project: their names, status and scale, and which are references."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..boxes import Box
from ..errors import ProjectError
from .changes import recorded
from .database import Database, decoding
from .image_files import to_path, to_plane
from .records import Specimen, SpecimenStatus
from .state import Part, is_text, name_exists, specimen_name, specimen_row

COLUMNS = (
    "id, name, path, height, width, status, reason, reference, scale, unit, comment, box, plane"
)


class Specimens(Part):
    """What a project knows of its specimens, but for their images and landmarks."""

    def specimens(self, *statuses: SpecimenStatus) -> list[Specimen]:
        """Return all specimens, or those of some statuses, in the order in which they were added."""
        places = ", ".join("?" * len(statuses))
        chosen = f"AND status IN ({places}) " if statuses else ""
        return select_specimens(self._database, f"{chosen}ORDER BY id", statuses)

    def specimen(self, specimen_id: int) -> Specimen:
        """Return the specimen of a number.

        Raises
        ------
        ProjectError
            If there is none.
        """
        return _specimen(
            specimen_row(self._database, COLUMNS, specimen_id), folder_of(self._database)
        )

    def find(self, name: str) -> Specimen | None:
        """Return the specimen of a name, or None."""
        if not is_text(name):
            return None
        return next(iter(select_specimens(self._database, "AND name = ?", (name,))), None)

    def references(self) -> list[Specimen]:
        """Return the specimens from which landmarks are to be learned."""
        return select_specimens(self._database, "AND reference ORDER BY id")

    def specimens_with_decisions(self) -> list[Specimen]:
        """Return the specimens with a landmark that was placed, accepted or marked as missing."""
        return select_specimens(
            self._database, "AND id IN (SELECT specimen_id FROM decision) ORDER BY id"
        )

    def mark_reference(self, specimen_id: int, reference: bool = True) -> None:
        """Record whether landmarks are to be learned from a specimen."""
        name = specimen_name(self._database, specimen_id)
        what = "Use {!r} as a reference" if reference else "Do not use {!r} as a reference"
        with recorded(self._database, what.format(name), specimen_id):
            self._database.execute(
                "UPDATE specimen SET reference = ? WHERE id = ?", (reference, specimen_id)
            )

    def remove_specimen(self, specimen_id: int) -> None:
        """Remove a specimen from the project until this is undone. Its image file is kept."""
        name = specimen_name(self._database, specimen_id)
        with recorded(self._database, f"Remove specimen {name!r}", specimen_id):
            self._database.execute("UPDATE specimen SET removed = 1 WHERE id = ?", (specimen_id,))

    def set_scale(self, specimen_id: int, scale: float | None, unit: str | None = None) -> None:
        """Set the real size of a pixel of a specimen's image.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        scale : float or None
            Real units per pixel; None where it is not known.
        unit : str, optional
            The unit; None where it is not known, as in TPS files.

        Raises
        ------
        ProjectError
            If there is no such specimen, or the scale is not a positive number.
        """
        name = specimen_name(self._database, specimen_id)
        if scale is not None and not 0 < scale < math.inf:
            raise ProjectError(
                f"The scale of {name!r} cannot be {scale}; give a positive number of units per pixel."
            )
        with recorded(self._database, f"Set the scale of {name!r}", specimen_id):
            self._database.execute(
                "UPDATE specimen SET scale = ?, unit = ?, scale_source = NULL WHERE id = ?",
                (scale, unit, specimen_id),
            )

    def set_box(self, specimen_id: int, box: Box | None) -> None:
        """Set the box around a specimen; None where it is to be looked for on the whole image.

        Its landmarks are to be located anew then, but for those that somebody decided about. Several
        specimens of one image have a box each.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        box : Box or None
            In pixels of its image.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        BoxError
            If the box does not lie on the image.
        """
        specimen = self.specimen(specimen_id)
        text = None if box is None else text_of_box(box.within(specimen.size))
        with recorded(self._database, f"Set the box of {specimen.name!r}", specimen_id):
            self._database.execute("UPDATE specimen SET box = ? WHERE id = ?", (text, specimen_id))

    def summary(self) -> dict[SpecimenStatus, int]:
        """Return how many specimens there are of each status."""
        counts = dict(
            self._database.execute(
                "SELECT status, count(*) FROM specimen WHERE NOT removed GROUP BY status"
            )
        )
        return {status: counts.get(status, 0) for status in SpecimenStatus}


def folder_of(database: Database) -> Path | None:
    """Return the folder of the project file; None in memory."""
    return None if database.path is None else database.path.parent


def select_specimens(
    database: Database, condition: str, values: Sequence[object] = ()
) -> list[Specimen]:
    """Return the specimens in use for which a condition holds.

    Parameters
    ----------
    database : Database
        The project's tables.
    condition : str
        The end of an SQL statement, starting with AND or ORDER BY.
    values : sequence
        Values for the placeholders of the condition.
    """
    folder = folder_of(database)
    rows = database.execute(f"SELECT {COLUMNS} FROM specimen WHERE NOT removed {condition}", values)
    return [_specimen(row, folder) for row in rows]


def insert_specimen(database: Database, name: str, values: Mapping[str, object]) -> int:
    """Add a specimen and return its number.

    Parameters
    ----------
    database : Database
        The project's tables.
    name : str
        The specimen's name.
    values : mapping of str to value
        The other columns that are known.

    Raises
    ------
    ProjectError
        If the name is empty or another specimen's.
    """
    if not name.strip():
        raise ProjectError(f"{name!r} is no specimen name; give the specimen a name.")
    columns = {"name": name, **values}
    with database.transaction():
        if name_exists(database, name):
            raise ProjectError(f"The project has a specimen {name!r} already; choose another name.")
        cursor = database.execute(
            f"INSERT INTO specimen ({', '.join(columns)}) "
            f"VALUES ({', '.join(f':{column}' for column in columns)})",
            columns,
        )
    return int(cursor.lastrowid or 0)


def text_of_box(box: Box) -> str:
    """Return a box as it is stored: its top, left, bottom and right edges as JSON."""
    return json.dumps([float(one) for one in (box.top, box.left, box.bottom, box.right)])


def _specimen(row: Sequence[Any], folder: Path | None) -> Specimen:
    number, name, path, height, width, status, reason, reference, scale, unit, comment, *places = (
        row
    )
    box, plane = places
    return Specimen(
        number,
        name,
        None if path is None else to_path(path, folder),
        (height, width),
        SpecimenStatus(status),
        reason,
        bool(reference),
        scale,
        unit,
        comment,
        None if box is None else _box(box),
        to_plane(plane),
    )


def _box(text: str) -> Box:
    with decoding("A box"):
        return Box(*json.loads(text))
