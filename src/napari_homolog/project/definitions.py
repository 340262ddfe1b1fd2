"""The landmarks of a project: their names, colours and order."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import LandmarkError
from .connection import Connection
from .history import History
from .records import LandmarkDefinition


class Definitions:
    """Reads and changes the list of landmarks.

    Parameters
    ----------
    connection : Connection
        The project file.
    history : History
        Where changes are noted; those that change something are called inside a decision.
    """

    def __init__(self, connection: Connection, history: History) -> None:
        self._sql, self._history = connection.sql, history

    def all(self) -> tuple[LandmarkDefinition, ...]:
        """Return the landmarks, in order."""
        rows = self._sql.execute("SELECT name, colour, note FROM landmarks ORDER BY position")
        return tuple(LandmarkDefinition(row["name"], row["colour"], row["note"]) for row in rows)

    def set(self, landmarks: Sequence[LandmarkDefinition]) -> None:
        """Make the list what is given, see `Project.set_landmarks`."""
        names = [one.name.strip() for one in landmarks]
        _check(names)
        known = self._numbers()
        for name, number in known.items():
            if name not in names:
                self._remove(number)
        free = 1 + max([0, *known.values()])
        for position, (name, one) in enumerate(zip(names, landmarks, strict=True)):
            if name not in known:
                known[name], free = free, free + 1
            self._history.put(
                "landmarks",
                {
                    "id": known[name],
                    "name": name,
                    "colour": one.colour,
                    "note": one.note,
                    "position": position,
                },
            )

    def rename(self, old: str, new: str) -> None:
        """Give a landmark another name, see `Project.rename_landmark`."""
        known, new = self._numbers(), new.strip()
        if old not in known:
            raise LandmarkError(
                f"The project has no landmark {old!r}; it has {', '.join(known) or 'none'}."
            )
        if new != old:
            _check([new, *(name for name in known if name != old)])
            self._history.put("landmarks", {"id": known[old], "name": new})

    def _numbers(self) -> dict[str, int]:
        rows = self._sql.execute("SELECT name, id FROM landmarks ORDER BY position")
        return {row["name"]: row["id"] for row in rows}

    def _remove(self, number: int) -> None:
        """Take a landmark out, its placements first so that they are noted."""
        for row in self._sql.execute(
            "SELECT specimen, landmark FROM placements WHERE landmark = ?", (number,)
        ).fetchall():
            self._history.remove("placements", dict(row))
        self._history.remove("landmarks", {"id": number})


def _check(names: Sequence[str]) -> None:
    for name in names:
        if not name:
            raise LandmarkError("A landmark's name is empty; give it one.")
        if names.count(name) > 1:
            raise LandmarkError(f"The landmark {name!r} stands twice; names have to differ.")
