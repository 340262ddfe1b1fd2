"""Undoing and redoing a user's decisions, also after the project was closed."""

from __future__ import annotations

import json
from typing import Any

from .changes import SPECIMEN, restore
from .database import decoding
from .records import Change
from .state import Part

LATEST_DONE = "NOT undone ORDER BY id DESC LIMIT 1"
SELECT = "SELECT id, made, description, specimen_id, undone FROM change"
FIRST_UNDONE = "undone ORDER BY id LIMIT 1"


class History(Part):
    """The user's decisions, in order."""

    @property
    def next_undo(self) -> Change | None:
        """The decision that `undo` would undo; None if there is none."""
        return self._change(LATEST_DONE)

    @property
    def next_redo(self) -> Change | None:
        """The decision that `redo` would redo; None if there is none."""
        return self._change(FIRST_UNDONE)

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to undo."""
        return self.next_undo is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone decision to redo."""
        return self.next_redo is not None

    def undo(self) -> str | None:
        """Undo the latest decision; return its description, or None if there is none."""
        return self._step(self.next_undo, "before")

    def redo(self) -> str | None:
        """Redo what was undone last; return its description, or None if there is none."""
        return self._step(self.next_redo, "after")

    def history(self, specimen_id: int | None = None) -> list[Change]:
        """Return all decisions, or those about one specimen, the oldest first.

        Undone decisions stay in the history until another decision is made.
        """
        condition = "WHERE ?1 IS NULL OR specimen_id = ?1 OR instr(before, ?2) ORDER BY id"
        among_several = f'"{SPECIMEN}{specimen_id} '
        rows = self._database.execute(f"{SELECT} {condition}", (specimen_id, among_several))
        return [_change(row) for row in rows]

    def _change(self, which: str) -> Change | None:
        row = self._database.first_row(f"{SELECT} WHERE {which}")
        return None if row is None else _change(row)

    def _step(self, change: Change | None, state: str) -> str | None:
        """Restore the state before or after a change."""
        if change is None:
            return None
        with self._database.transaction():
            row = self._database.first_row(f"SELECT {state} FROM change WHERE id = ?", (change.id,))
            with decoding(f"The change {change.description!r}"):
                stored = json.loads(row[0])
                restore(self._database, change.specimen_id, stored)
            self._database.execute(
                "UPDATE change SET undone = ? WHERE id = ?", (state == "before", change.id)
            )
        return change.description


def _change(row: tuple[Any, ...]) -> Change:
    number, made, description, specimen_id, undone = row
    return Change(number, made, description, specimen_id, bool(undone))
