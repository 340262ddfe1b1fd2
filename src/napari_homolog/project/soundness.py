"""Whether a file that says it is a project is one: its tables, and the values in them."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache
from pathlib import Path

from ..errors import ProjectError
from .schema import MIGRATIONS

OWN_TABLES = ("sqlite_sequence", "sqlite_stat1", "sqlite_stat4")
"""Tables that SQLite keeps for itself."""

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema"

ALLOWED_TYPES = {
    "INTEGER": ("integer",),
    "REAL": ("integer", "real"),
    "TEXT": ("text",),
    "BLOB": ("blob",),
}
"""The types of values that a column of a declared type may have: SQLite itself takes any."""

FURTHER = {
    ("specimen", "height"): "BETWEEN 1 AND 1000000",
    ("specimen", "width"): "BETWEEN 1 AND 1000000",
    ("specimen", "status"): "IN ('new', 'found', 'corrected', 'accepted', 'failed')",
    ("specimen", "removed"): "IN (0, 1)",
    ("specimen", "mirrored"): "IN (0, 1)",
    ("landmark", "removed"): "IN (0, 1)",
    ("project", "seed"): ">= 0",
    ("decision", "status"): "IN ('manual', 'corrected', 'accepted', 'missing')",
}
"""What else holds of a column; SQLite checks it only when it is written."""

FARTHEST = 1e12
"""Larger numbers, infinity among them, are in no column."""

Object = tuple[str, str, str, str]


def check_schema(connection: sqlite3.Connection, version: int, path: Path) -> None:
    """Raise `ProjectError` unless a file has exactly the tables and indices of its version.

    A view or a trigger in place of, or beside, a table would run statements that are not ours.

    Parameters
    ----------
    connection : sqlite3.Connection
        To the file.
    version : int
        Version of its tables, at least 1.
    path : Path
        The file, for the message.
    """
    found, known = _objects(connection), _known_objects(version)
    if found != known:
        names = sorted({f"{kind} {name}" for kind, name, _, _ in found ^ known})
        raise ProjectError(
            f"{path} does not have the tables of a project of its version ({', '.join(names[:5])} "
            "are missing, changed or additional), so that it is damaged or was changed by another "
            "program; use a copy from before."
        )


def check_values(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `ProjectError` unless all values have the types and ranges of their columns.

    Parameters
    ----------
    connection : sqlite3.Connection
        To the file, whose tables were checked.
    path : Path
        The file, for the message.
    """
    tables = [name for kind, name, _, _ in _objects(connection) if kind == "table"]
    for table in sorted(tables):
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        wrong = [
            f"NOT ({_condition(table, name, kind, required)})"
            for _, name, kind, required, _, _ in columns
        ]
        row = connection.execute(
            f"SELECT {', '.join(wrong)} FROM {table} WHERE {' OR '.join(wrong)} LIMIT 1"
        ).fetchone()
        if row is not None:
            names = [column[1] for column, is_wrong in zip(columns, row, strict=True) if is_wrong]
            raise ProjectError(
                f"{path} is damaged: {', '.join(names)} in its table {table} have values that are "
                "not possible there; use a copy from before."
            )
    if connection.execute("SELECT count(*) FROM project").fetchone() != (1,):
        raise ProjectError(f"{path} is damaged: its seed is missing; use a copy from before.")
    lost = connection.execute("PRAGMA foreign_key_check").fetchone()
    if lost is not None:
        raise ProjectError(
            f"{path} is damaged: its table {lost[0]} refers to rows of {lost[2]} that do not exist; "
            "use a copy from before."
        )


def _condition(table: str, name: str, kind: str, required: int) -> str:
    """Return what has to hold of a column, in SQL; never NULL."""
    types = ALLOWED_TYPES[kind] if required else (*ALLOWED_TYPES[kind], "null")
    conditions = [f"typeof({name}) IN ({', '.join(map(repr, types))})"]
    if kind == "REAL":
        conditions.append(f"coalesce(abs({name}) < {FARTHEST}, 1)")
    if (table, name) in FURTHER:
        conditions.append(f"coalesce({name} {FURTHER[table, name]}, 0)")
    return " AND ".join(conditions)


def _objects(connection: sqlite3.Connection) -> frozenset[Object]:
    """Return all tables, indices, views and triggers, as (kind, name, table, statement)."""
    return frozenset(
        (str(kind), str(name), str(table), re.sub(r"\s+", " ", str(statement)))
        for kind, name, table, statement in connection.execute(SCHEMA)
        if not (kind == "table" and name in OWN_TABLES)
        # Indices that SQLite makes for keys.
        and not (kind == "index" and statement is None)
    )


@lru_cache(maxsize=len(MIGRATIONS))
def _known_objects(version: int) -> frozenset[Object]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for step in MIGRATIONS[:version]:
            step(connection)
        return _objects(connection)
    finally:
        connection.close()
