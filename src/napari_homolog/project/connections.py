"""Opening a project's SQLite file: from elsewhere or damaged, for reading, of an older version."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ..errors import ProjectError
from ..files import is_file
from .schema import APPLICATION_ID, SUFFIX, VERSION, migrate, version_of
from .soundness import check_schema, check_values
from .sqlite_errors import explained

BUSY_SECONDS = 5.0
"""How long to wait while another program writes."""

STEPS_AT_ONCE = 1_000_000
"""Steps of SQLite's virtual machine after which it is asked whether a statement may go on."""

MOST_STEPS = 3_000_000_000
"""Statements of more steps, some minute of them, are taken for endless: the file is damaged."""

SAFE_SETTINGS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA recursive_triggers = OFF",
)
"""What a file from elsewhere is opened with."""


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file for reading, also where nothing can be written beside it."""
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        return connect(path, read_only=True)
    journal = path.with_name(f"{path.name}-wal")
    if is_file(journal) and journal.stat().st_size:
        # Another program writes it at present and shares its index, or was killed.
        return connect(path, read_only=True)
    return connect(path, read_only=True, immutable=True)


def connect(
    path: Path,
    *,
    new: bool = False,
    own: bool = False,
    read_only: bool = False,
    immutable: bool = False,
) -> sqlite3.Connection:
    """Open a file, check that it is a project of a known version, and migrate it.

    Parameters
    ----------
    path : Path
        The file, absolute.
    new : bool
        Make it.
    own : bool
        Check nothing: this process has just written it.
    read_only : bool
        Refuse writing; the tables of an older file are a migrated copy in memory.
    immutable : bool
        Nobody changes the file meanwhile, and nothing can be written beside it.

    Raises
    ------
    ProjectError
        If it is no project, damaged, or of a version that cannot be read.
    """
    # Not SQLite's read-only mode, which leaves its auxiliary files behind.
    mode = "ro&immutable=1" if immutable else "rwc" if new else "rw"
    with explained(path):
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
    try:
        with explained(path):
            _prepare(connection, path, new=new, own=own, read_only=read_only)
            if read_only and version_of(connection) < VERSION:
                connection = _updated_copy(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _updated_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the tables of an older file in memory, migrated and for reading; close the file."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.backup(copy)
        migrate(copy)
        copy.execute("PRAGMA foreign_keys = ON")
        copy.execute("PRAGMA query_only = ON")
    except BaseException:
        copy.close()
        raise
    connection.close()
    return copy


def _prepare(
    connection: sqlite3.Connection, path: Path, *, new: bool, own: bool, read_only: bool
) -> None:
    steps = iter(range(MOST_STEPS // STEPS_AT_ONCE))
    connection.set_progress_handler(lambda: next(steps, None) is None, STEPS_AT_ONCE)
    for setting in SAFE_SETTINGS:
        connection.execute(setting)
    # Read by SQLite, because closing the file otherwise would release the locks that this
    # process may hold on it.
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = version_of(connection)
    if not new:
        if mark != APPLICATION_ID:
            raise ProjectError(f"{path} is not a project; give a {SUFFIX} file of napari-homolog.")
        _check_version(path, version)
    if not (new or own):
        check_schema(connection, version, path)
        check_values(connection, path)
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if version < VERSION:
            migrate(connection)
    # After migrations, which may have to rebuild tables that others refer to.
    connection.execute("PRAGMA foreign_keys = ON")


def _check_version(path: Path, version: int) -> None:
    if version > VERSION:
        raise ProjectError(
            f"{path} was written by a newer version of napari-homolog (tables of version {version}; "
            f"this one knows up to {VERSION}); update napari-homolog."
        )
    if version < 1:
        raise ProjectError(
            f"{path} is a damaged project (tables of version {version}); use a copy from before."
        )
