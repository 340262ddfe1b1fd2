"""One writer of a project at a time."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from ..errors import ProjectError
from .sqlite_errors import unusable


class WriterLock:
    """Reserves a project for one writer; the system releases it however the process ends.

    Parameters
    ----------
    path : Path
        The project file.

    Raises
    ------
    ProjectError
        If another writer holds it, or the folder cannot be written.

    Notes
    -----
    It is SQLite's own lock on an empty file beside the project, which works on every system and also
    between two connections of one process. The file is never removed. Otherwise there could be two
    writers: one that opened it before, and one that makes a new one.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(f".{path.name}.lock")
        try:
            self._connection = sqlite3.connect(self._file, isolation_level=None, timeout=0)
        except sqlite3.OperationalError as error:
            raise unusable(path, error) from error
        try:
            # A journal file would be left behind if the process were killed.
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise ProjectError(
                    f"{path} is open for writing in another window or program; close it there, "
                    "or open it here for reading only."
                ) from error
            raise unusable(path, error) from error

    def release(self) -> None:
        """Let other writers open the project."""
        self._connection.close()

    def give_up(self, path: Path) -> None:
        """Release it, and leave no file behind if the project could not be made."""
        if not path.exists():
            with suppress(OSError):
                self._file.unlink()
        self.release()
