"""The history of what a user decides, as differences between the states before and after."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .database import Database
from .state import free_name, refresh_status

State = dict[str, Any]
"""What a user decided about one specimen, or about the landmark definitions, as JSON values.

When two states are compared, a key that one of them lacks counts as None there.
"""

COLUMNS = (
    *("accepted", "reference", "removed", "comment", "box", "classifiers"),
    *("scale", "unit", "scale_source", "mirrored"),
)
"""Columns of a specimen that a user decides about."""

DEFINITION = "definition "
"""Before the number of a landmark: its definition, in a step that concerns a specimen too."""

SPECIMEN = "specimen "
"""Before the number of a specimen and a key of its state, in a step that concerns several."""

OCCLUDED, CURVES, SCHEME = "occluded", "curves", "scheme"
"""Keys of a state; landmarks go by their numbers, and columns by their names.

The curves of a specimen's state are its own, those among the definitions are their definitions.
"""


def specimen_state(database: Database, specimen_id: int) -> State:
    """Return everything that a user decided about a specimen.

    Returns
    -------
    dict
        The `COLUMNS` by name, ``[status, row, col]`` of each decided landmark by its number, and if
        there are any, the numbers of occluded landmarks and ``[name, points]`` of each curve.
    """
    values = database.first_row(
        f"SELECT {', '.join(COLUMNS)} FROM specimen WHERE id = ?", (specimen_id,)
    )
    state: State = dict(zip(COLUMNS, values, strict=True))
    for landmark, *decision in database.execute(
        "SELECT landmark_id, status, row, col FROM decision WHERE specimen_id = ?", (specimen_id,)
    ):
        state[str(landmark)] = decision
    for key, table, columns, order in (
        (OCCLUDED, "occlusion", "landmark_id", "landmark_id"),
        (CURVES, "curve", "name, points", "position"),
    ):
        rows = database.execute(
            f"SELECT {columns} FROM {table} WHERE specimen_id = ? ORDER BY {order}", (specimen_id,)
        ).fetchall()
        if rows:
            state[key] = [list(row) for row in rows]
    return state


def set_specimen_state(database: Database, specimen_id: int, state: State) -> None:
    """Restore some of what `specimen_state` returned.

    Parameters
    ----------
    database : Database
        The project's tables.
    specimen_id : int
        The specimen's number.
    state : dict
        The values to restore by their keys; None removes a decision.
    """
    if state.get("removed") == 0:
        # Its name may have gone to another specimen in the meantime.
        name = database.first_row("SELECT name FROM specimen WHERE id = ?", (specimen_id,))[0]
        database.execute(
            "UPDATE specimen SET name = ? WHERE id = ?", (free_name(database, name), specimen_id)
        )
    definitions = {
        key.removeprefix(DEFINITION): value
        for key, value in state.items()
        if key.startswith(DEFINITION)
    }
    if definitions:
        set_definitions_state(database, definitions)
    for key, value in state.items():
        if key.startswith(DEFINITION):
            continue
        if key in COLUMNS:
            database.execute(f"UPDATE specimen SET {key} = ? WHERE id = ?", (value, specimen_id))
        elif key == OCCLUDED:
            write_occlusion(database, specimen_id, [landmark for (landmark,) in value or []])
        elif key == CURVES:
            write_curves(database, specimen_id, value or [])
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


def write_occlusion(database: Database, specimen_id: int, landmarks: Iterable[int]) -> None:
    """Set which landmarks of a specimen are occluded.

    Parameters
    ----------
    database : Database
        The project's tables.
    specimen_id : int
        The specimen's number.
    landmarks : iterable of int
        The numbers of all its occluded landmarks.
    """
    database.execute("DELETE FROM occlusion WHERE specimen_id = ?", (specimen_id,))
    database.execute_many(
        "INSERT INTO occlusion (specimen_id, landmark_id) VALUES (?, ?)",
        ((specimen_id, landmark) for landmark in landmarks),
    )


def write_curves(
    database: Database, specimen_id: int, curves: Iterable[Sequence[str | None]]
) -> None:
    """Replace the curves of a specimen.

    Parameters
    ----------
    database : Database
        The project's tables.
    specimen_id : int
        The specimen's number.
    curves : iterable of (str or None, str)
        The name and the points, as JSON, of each curve.
    """
    database.execute("DELETE FROM curve WHERE specimen_id = ?", (specimen_id,))
    database.execute_many(
        "INSERT INTO curve (specimen_id, position, name, points) VALUES (?, ?, ?, ?)",
        ((specimen_id, position, *curve) for position, curve in enumerate(curves)),
    )


def definitions_state(database: Database) -> State:
    """Return ``[position, name, colour, note]`` of each landmark in use, by its number.

    With the definitions of curves and the scheme of the landmarks, as JSON, if there are any.
    """
    curves, scheme = database.first_row("SELECT curves, scheme FROM project")
    return {
        **({} if curves is None else {CURVES: curves}),
        **({} if scheme is None else {SCHEME: scheme}),
        **_landmarks_state(database),
    }


def _landmarks_state(database: Database) -> State:
    return {
        str(landmark): definition
        for landmark, *definition in database.execute(
            "SELECT id, position, name, colour, note FROM landmark WHERE NOT removed"
        )
    }


def set_definitions_state(database: Database, state: State) -> None:
    """Restore some of what `definitions_state` returned; None removes a landmark."""
    state = dict(state)
    for column in (CURVES, SCHEME):
        if column in state:
            database.execute(f"UPDATE project SET {column} = ?", (state.pop(column),))
    for landmark in state:
        # All are removed before any is restored, so that two landmarks may exchange their names.
        database.execute("UPDATE landmark SET removed = 1 WHERE id = ?", (landmark,))
    for landmark, definition in state.items():
        if definition is not None:
            database.execute(
                "UPDATE landmark SET removed = 0, position = ?, name = ?, colour = ?, note = ? "
                "WHERE id = ?",
                (*definition, landmark),
            )
    refresh_status(database)


def restore(database: Database, specimen_id: int | None, state: State) -> None:
    """Restore what a step of the history noted.

    Parameters
    ----------
    database : Database
        The project's tables.
    specimen_id : int or None
        The specimen that the step concerns; None if it concerns several, or the definitions.
    state : dict
        What was there before or after the step.
    """
    if specimen_id is not None:
        set_specimen_state(database, specimen_id, state)
        return
    several: dict[int, State] = {}
    definitions: State = {}
    for key, value in state.items():
        if key.startswith(SPECIMEN):
            number, own = key.removeprefix(SPECIMEN).split(" ", 1)
            several.setdefault(int(number), {})[own] = value
        else:
            definitions[key] = value
    for each, own_state in several.items():
        set_specimen_state(database, each, own_state)
    if definitions:
        set_definitions_state(database, definitions)


@contextmanager
def recorded(
    database: Database,
    description: str,
    specimen_id: int | None = None,
    *,
    definitions: bool = False,
    several: Collection[int] = (),
) -> Iterator[None]:
    """Record what the block changes as one step of the history; undone steps are forgotten.

    A step inside another one is part of it.

    Parameters
    ----------
    database : Database
        The project's tables, in which the block changes one or several specimens, or the landmark
        definitions.
    description : str
        The step in words, such as ``"Place 'tip' on 'wing_01'"``.
    specimen_id : int, optional
        The specimen; None for several, or the landmark definitions.
    definitions : bool
        Whether the block changes the definitions beside the specimens.
    several : collection of int, optional
        The specimens, if the step concerns several.
    """

    def current_state() -> State:
        if several:
            states = {
                f"{SPECIMEN}{number} {key}": value
                for number in several
                for key, value in specimen_state(database, number).items()
            }
            return states | definitions_state(database) if definitions else states
        if specimen_id is None:
            return definitions_state(database)
        state = specimen_state(database, specimen_id)
        if definitions:
            state |= {DEFINITION + key: one for key, one in definitions_state(database).items()}
        return state

    if database.recording:
        yield
        return
    with database.transaction():
        before = current_state()
        database.recording = True
        try:
            yield
        finally:
            database.recording = False
        refresh_status(database, specimen_id)
        after = current_state()
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
