"""Opening project files: what they have to be, and one writer at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import ProjectError
from .schema import APPLICATION, VERSION, bring_up_to_date

SUFFIX = ".homolog"


class Connection:
    """An open project file.

    Parameters
    ----------
    path : Path or None
        The file; None: in memory.
    create : bool
        Whether to make a new file rather than to open one.
    read_only : bool
        Whether nothing is to be written; then others may have it open too.

    Raises
    ------
    ProjectError
        If the file is missing or already there, no project, of a newer version, or open for writing
        elsewhere.
    """

    def __init__(self, path: Path | None, *, create: bool = False, read_only: bool = False) -> None:
        self.path, self.read_only = path, read_only
        self._lock = _locked(path) if path is not None and not read_only else None
        try:
            self.sql = _connect(path, create, read_only)
        except ProjectError:
            self._unlock()
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside or nothing of it.

        Raises
        ------
        ProjectError
            If the project is open for reading only, or the file cannot be written.
        """
        if self.read_only:
            raise ProjectError(f"{self.path} is open for reading only; open it for writing.")
        try:
            self.sql.execute("BEGIN IMMEDIATE")
            yield
            self.sql.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise ProjectError(
                f"{self.path or 'The project'} cannot be written ({error}); what was decided before "
                "is kept. Is the disk full or the folder gone?"
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self.sql.in_transaction:
            self.sql.execute("ROLLBACK")

    def copy_to(self, path: Path) -> None:
        """Write everything to another file, whole or not at all."""
        made = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            target = sqlite3.connect(made)
            try:
                self.sql.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
            finally:
                target.close()
            os.replace(made, path)
        except (OSError, sqlite3.Error) as error:
            raise ProjectError(
                f"{path} cannot be written ({error}); choose another place."
            ) from error
        finally:
            made.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        self.sql.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _locked(path: Path) -> FileLock:
    """Return a lock that dies with this process; the file beside the project stays, empty."""
    lock = FileLock(path.with_name(f".{path.name}.lock"), thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ProjectError(
            f"{path} is open for writing in another window or program; close it there first."
        ) from error
    except OSError as error:
        raise ProjectError(f"{path} cannot be opened for writing ({error}).") from error
    return lock


def _connect(path: Path | None, create: bool, read_only: bool) -> sqlite3.Connection:
    if path is None:
        connection = sqlite3.connect(":memory:", isolation_level=None)
    else:
        if create and path.exists():
            raise ProjectError(f"{path} is there already; open it, or choose another name.")
        if not create and not path.is_file():
            raise ProjectError(f"There is no project {path}; make one first.")
        mode = "ro" if read_only else "rwc"
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
            )
        except sqlite3.Error as error:
            raise ProjectError(f"{path} cannot be opened ({error}).") from error
    connection.row_factory = sqlite3.Row
    try:
        if path is not None and not create:
            _check(connection, path)
        connection.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            bring_up_to_date(connection)
    except sqlite3.Error as error:
        connection.close()
        raise ProjectError(f"{path} is no project file, or a damaged one ({error}).") from error
    except ProjectError:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise ProjectError(f"{path} is no project file; give one that ends in {SUFFIX}.")
    if version > VERSION:
        raise ProjectError(
            f"{path} was written by a newer version of napari-homolog (format {version}, this one "
            f"knows {VERSION}); update it."
        )
