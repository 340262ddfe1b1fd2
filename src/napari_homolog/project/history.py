"""History: what was decided, kept so that it can be taken back, also after a restart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .connection import Connection

KEYS = {"landmarks": ("id",), "specimens": ("id",), "placements": ("specimen", "landmark")}
"""The tables whose rows can be decided on, and what a row is known by."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """One entry of the history.

    Attributes
    ----------
    time : str
        ISO 8601, UTC.
    description : str
        For the user.
    undone : bool
        Whether it was taken back.
    """

    time: str
    description: str
    undone: bool


def now() -> str:
    """Return the time as it stands in the file: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class History:
    """Writes decisions and takes them back.

    Parameters
    ----------
    connection : Connection
        The project file.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: int | None = None
        self._step = 0

    @contextmanager
    def decision(self, description: str) -> Iterator[None]:
        """Make everything that is put or removed inside one entry, kept as a whole or not at all."""
        sql = self._connection.sql
        with self._connection.transaction():
            sql.execute("DELETE FROM decisions WHERE undone")
            self._open = sql.execute(
                "INSERT INTO decisions (time, description) VALUES (?, ?)", (now(), description)
            ).lastrowid
            self._step = 0
            try:
                yield
                if not self._step:
                    sql.execute("DELETE FROM decisions WHERE id = ?", (self._open,))
            finally:
                self._open = None

    def put(self, relation: str, row: Row) -> None:
        """Write a row, new or over one of the same key."""
        before = self._read(relation, row)
        self._write(relation, row)
        if before is None:
            self._note(relation, None, self._read(relation, row))
        elif any(before[name] != value for name, value in row.items()):
            self._note(relation, {name: before[name] for name in row}, row)

    def remove(self, relation: str, row: Row) -> None:
        """Delete the row of a key."""
        before = self._read(relation, row)
        if before is not None:
            self._delete(relation, before)
            self._note(relation, before, None)

    def undo(self) -> str | None:
        """Take the last decision back; return what it was, or None if there is none."""
        return self._move("NOT undone ORDER BY id DESC", "before", undone=True)

    def redo(self) -> str | None:
        """Repeat the decision taken back last; return what it was, or None if there is none."""
        return self._move("undone ORDER BY id", "after", undone=False)

    def can(self, *, undo: bool) -> bool:
        """Return whether there is something to take back, or to repeat."""
        condition = "NOT undone" if undo else "undone"
        found = self._connection.sql.execute(f"SELECT 1 FROM decisions WHERE {condition} LIMIT 1")
        return found.fetchone() is not None

    def entries(self) -> list[Decision]:
        """Return all decisions, the oldest first."""
        rows = self._connection.sql.execute(
            "SELECT time, description, undone FROM decisions ORDER BY id"
        )
        return [Decision(row["time"], row["description"], bool(row["undone"])) for row in rows]

    def touched(self, decision: int) -> set[int]:
        """Return the specimens that a decision changed, all of them if it changed the landmarks."""
        sql = self._connection.sql
        found = set()
        for row in sql.execute("SELECT * FROM changes WHERE decision = ?", (decision,)):
            changed = json.loads(row["after"] or row["before"])
            if row["relation"] == "landmarks":
                return {one["id"] for one in sql.execute("SELECT id FROM specimens")}
            found.add(changed["id" if row["relation"] == "specimens" else "specimen"])
        return found

    def last(self, *, undone: bool) -> int | None:
        """Return the number of the decision that `undo` (or, of undone ones, `redo`) would move."""
        condition = "undone ORDER BY id" if undone else "NOT undone ORDER BY id DESC"
        found = self._connection.sql.execute(f"SELECT id FROM decisions WHERE {condition} LIMIT 1")
        row = found.fetchone()
        return None if row is None else int(row["id"])

    def _move(self, which: str, side: str, *, undone: bool) -> str | None:
        sql = self._connection.sql
        found = sql.execute(
            f"SELECT id, description FROM decisions WHERE {which} LIMIT 1"
        ).fetchone()
        if found is None:
            return None
        direction = "DESC" if undone else "ASC"
        with self._connection.transaction():
            for change in sql.execute(
                f"SELECT * FROM changes WHERE decision = ? ORDER BY step {direction}",
                (found["id"],),
            ).fetchall():
                wanted = json.loads(change[side]) if change[side] else None
                other = json.loads(change["before"] or change["after"])
                if wanted is None:
                    self._delete(change["relation"], other)
                else:
                    self._write(change["relation"], wanted)
            sql.execute("UPDATE decisions SET undone = ? WHERE id = ?", (undone, found["id"]))
        return str(found["description"])

    def _note(self, relation: str, before: Row | None, after: Row | None) -> None:
        self._connection.sql.execute(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?)",
            (self._open, self._step, relation, _text(before), _text(after)),
        )
        self._step += 1

    def _read(self, relation: str, row: Row) -> Row | None:
        condition, values = _key(relation, row)
        if any(value is None for value in values):
            return None
        found = self._connection.sql.execute(f"SELECT * FROM {relation} WHERE {condition}", values)
        one: sqlite3.Row | None = found.fetchone()
        return None if one is None else dict(one)

    def _write(self, relation: str, row: Row) -> None:
        """Write the given columns of a row: over the one of the same key, or a new one."""
        condition, key = _key(relation, row)
        changes = ", ".join(f"{name} = ?" for name in row)
        found = self._connection.sql.execute(
            f"UPDATE {relation} SET {changes} WHERE {condition}", (*row.values(), *key)
        )
        if found.rowcount == 0:
            names, marks = ", ".join(row), ", ".join("?" for _ in row)
            self._connection.sql.execute(
                f"INSERT INTO {relation} ({names}) VALUES ({marks})", tuple(row.values())
            )

    def _delete(self, relation: str, row: Row) -> None:
        condition, values = _key(relation, row)
        self._connection.sql.execute(f"DELETE FROM {relation} WHERE {condition}", values)


def _key(relation: str, row: Row) -> tuple[str, tuple[Any, ...]]:
    condition = " AND ".join(f"{name} = ?" for name in KEYS[relation])
    return condition, tuple(row.get(name) for name in KEYS[relation])


def _text(row: Row | None) -> str | None:
    return None if row is None else json.dumps(dict(row))
