"""Noting what a user decides, as the difference between before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .database import Database
from .state import free_name, refresh_status

State = dict[str, Any]
"""What a user decided about one specimen, or about the definitions, in values that JSON holds.

Keys that are absent, in one of two states that are compared, count as None.
"""

SPECIMEN_FLAGS = ("accepted", "reference", "removed")


def specimen_state(database: Database, specimen_id: int) -> State:
    """Return the flags of a specimen, and of each decided landmark ``id: [status, row, col]``."""
    flags = database.one(
        f"SELECT {', '.join(SPECIMEN_FLAGS)} FROM specimen WHERE id = ?", (specimen_id,)
    )
    state: State = dict(zip(SPECIMEN_FLAGS, flags, strict=True))
    for landmark, *decision in database.execute(
        "SELECT landmark_id, status, row, col FROM decision WHERE specimen_id = ?", (specimen_id,)
    ):
        state[str(landmark)] = decision
    return state


def set_specimen_state(database: Database, specimen_id: int, state: State) -> None:
    """Put back some of what `specimen_state` returned; None takes a decision away."""
    if state.get("removed") == 0:
        # Its name may have gone to another specimen in the meantime.
        name = database.one("SELECT name FROM specimen WHERE id = ?", (specimen_id,))[0]
        database.execute(
            "UPDATE specimen SET name = ? WHERE id = ?", (free_name(database, name), specimen_id)
        )
    for key, value in state.items():
        if key in SPECIMEN_FLAGS:
            database.execute(f"UPDATE specimen SET {key} = ? WHERE id = ?", (value, specimen_id))
        elif value is None:
            database.execute(
                "DELETE FROM decision WHERE specimen_id = ? AND landmark_id = ?", (specimen_id, key)
            )
        else:
            database.execute(
                "INSERT OR REPLACE INTO decision (specimen_id, landmark_id, status, row, col) "
                "VALUES (?, ?, ?, ?, ?)",
                (specimen_id, key, *value),
            )
    refresh_status(database, specimen_id)


def definitions_state(database: Database) -> State:
    """Return of each landmark that is in use ``id: [position, name, colour, note]``."""
    return {
        str(landmark): definition
        for landmark, *definition in database.execute(
            "SELECT id, position, name, colour, note FROM landmark WHERE NOT removed"
        )
    }


def set_definitions_state(database: Database, state: State) -> None:
    """Put back some of what `definitions_state` returned; None removes a landmark."""
    for landmark in state:
        # All go before any comes back, so that two may exchange their names.
        database.execute("UPDATE landmark SET removed = 1 WHERE id = ?", (landmark,))
    for landmark, definition in state.items():
        if definition is not None:
            database.execute(
                "UPDATE landmark SET removed = 0, position = ?, name = ?, colour = ?, note = ? "
                "WHERE id = ?",
                (*definition, landmark),
            )
    refresh_status(database)


@contextmanager
def noted(database: Database, description: str, specimen_id: int | None = None) -> Iterator[None]:
    """Note what the block changes, so that it can be undone; what was undone before is forgotten.

    Parameters
    ----------
    database : Database
        Where the block changes a specimen or, without one, the definitions.
    description : str
        For people, such as ``"Place 'tip' on 'wing_01'"``.
    """

    def state() -> State:
        if specimen_id is None:
            return definitions_state(database)
        return specimen_state(database, specimen_id)

    with database.transaction():
        before = state()
        yield
        refresh_status(database, specimen_id)
        after = state()
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        if not changed:
            return
        database.execute("DELETE FROM change WHERE undone")
        database.execute(
            "INSERT INTO change (specimen_id, description, before, after) VALUES (?, ?, ?, ?)",
            (
                specimen_id,
                description,
                json.dumps({key: before.get(key) for key in changed}),
                json.dumps({key: after.get(key) for key in changed}),
            ),
        )
