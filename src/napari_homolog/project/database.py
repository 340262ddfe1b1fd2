"""The SQLite file of a project: opening, one writer, transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from ..files import replacing
from .schema import APPLICATION_ID, VERSION, migrate, version_of

SUFFIX = ".homolog"
"""Suffix of project files."""

Values = Sequence[object] | Mapping[str, object]
"""What stands for a statement's question marks, or for its names."""

BUSY_SECONDS = 5.0
"""How long to wait for another program that happens to write."""


class WriterLock:
    """Keeps a project for one writer; however a process ends, the system lets go of its lock.

    Parameters
    ----------
    path : Path
        The project file.

    Raises
    ------
    ProjectError
        If another writer has it, or the folder cannot be written.

    Notes
    -----
    The lock is SQLite's own on an empty file beside the project: it works on every system, and
    between two parts of one process. The file stays, as removing it would let in two writers: one
    that had opened it before and one that makes it anew.
    """

    def __init__(self, path: Path) -> None:
        file = path.with_name(f".{path.name}.lock")
        try:
            self._connection = sqlite3.connect(file, isolation_level=None, timeout=0)
        except sqlite3.OperationalError as error:
            raise _unusable(path, error) from error
        try:
            # A journal would stay behind if the process were killed.
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise ProjectError(
                    f"{path} is open for writing in another window or program; close it there, "
                    "or open it here for reading only."
                ) from error
            raise _unusable(path, error) from error

    def release(self) -> None:
        """Let another writer have the project."""
        self._connection.close()


class Database:
    """A project's tables.

    Use `new`, `in_memory` or `opened`.

    Attributes
    ----------
    path : Path or None
        The file, absolute; None in memory.
    read_only : bool
        Whether writing is refused.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path | None = None,
        lock: WriterLock | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._connection = connection
        self._lock = lock

    @classmethod
    def in_memory(cls) -> Database:
        """Return new tables that are in no file."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
        return cls(connection)

    @classmethod
    def new(cls, path: Path) -> Database:
        """Return new tables in a new file."""
        path = check_new_path(path)
        lock = WriterLock(path)
        try:
            if path.exists():
                raise ProjectError(f"{path} is there already; open it, or choose another name.")
            return cls(_connect(path, new=True), path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def opened(cls, path: Path, *, read_only: bool = False) -> Database:
        """Return the tables of a file, brought to the present version."""
        path = Path(path).absolute()
        if not path.is_file():
            raise ProjectError(f"There is no project {path}; check the name and the folder.")
        if read_only:
            return cls(_connect(path, read_only=True), path, read_only=True)
        lock = WriterLock(path)
        try:
            return cls(_connect(path), path, lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the file and let another writer have it."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def execute(self, statement: str, values: Values = ()) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return self._connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise _unusable(self.path, error) from error

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for each row of values."""
        with self.transaction():
            for values in rows:
                self.execute(statement, values)

    def one(self, statement: str, values: Values = ()) -> Any:
        """Return the first row of a query, or None."""
        return self.execute(statement, values).fetchone()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all that is done in the block at its end, or nothing if an error leaves it."""
        if self.read_only:
            raise ProjectError(f"{self.path} is open for reading only; open it for writing.")
        nested = self._connection.in_transaction
        begin, commit = (
            ("SAVEPOINT step", "RELEASE step") if nested else ("BEGIN IMMEDIATE", "COMMIT")
        )
        self.execute(begin)
        try:
            yield
            self.execute(commit)
        except BaseException:
            if self._connection.in_transaction:
                for statement in ("ROLLBACK TO step", commit) if nested else ("ROLLBACK",):
                    self._connection.execute(statement)
            raise

    def saved_as(self, path: Path, adapt: Callable[[Database], None]) -> Database:
        """Write a copy, adapted to its new place, to another file; return its tables, opened."""
        lock = WriterLock(path)
        try:
            with replacing(path) as part:
                self._copy_to(part)
                copy = Database(_connect(part), part)
                try:
                    adapt(copy)
                finally:
                    copy.close()
                if path.exists():
                    # Brings the journal that a crash may have left into the file that is to go:
                    # the new one must not find it.
                    _connect(path).close()
            return Database(_connect(path), path, lock)
        except OSError as error:
            lock.release()
            raise _unusable(path, error) from error
        except BaseException:
            lock.release()
            raise

    def _copy_to(self, path: Path) -> None:
        copy = sqlite3.connect(path)
        try:
            self._connection.backup(copy)
        except sqlite3.OperationalError as error:
            raise _unusable(path, error) from error
        finally:
            copy.close()


def check_new_path(path: Path) -> Path:
    """Return a path in absolute terms where a project can be written, or refuse it."""
    path = Path(path).absolute()
    if path.suffix.lower() != SUFFIX:
        raise ProjectError(f"{path} must end in {SUFFIX}; choose such a name.")
    if not path.parent.is_dir():
        raise ProjectError(f"There is no folder {path.parent}; make it first.")
    return path


def _connect(path: Path, *, new: bool = False, read_only: bool = False) -> sqlite3.Connection:
    """Open a file, see that it is a project of a known version, and migrate it."""
    # Not SQLite's own mode for readers, which leaves its auxiliary files behind.
    mode = "rwc" if new else "rw"
    try:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
    except sqlite3.OperationalError as error:
        raise _unusable(path, error) from error
    try:
        # The check goes through SQLite: reading the file otherwise would drop the locks that this
        # process may hold on it.
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        version = version_of(connection)
        if not new and mark != APPLICATION_ID:
            raise ProjectError(f"{path} is no project; give a {SUFFIX} file of this program.")
        _check_version(path, version, read_only=read_only)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if version < VERSION:
                migrate(connection)
        # Only now: a migration may have to rebuild tables that others refer to.
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.OperationalError as error:
        connection.close()
        raise _unusable(path, error) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ProjectError(
            f"{path} is no project, or a damaged one ({error}); give a {SUFFIX} file of this program."
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(path: Path, version: int, *, read_only: bool) -> None:
    if version > VERSION:
        raise ProjectError(
            f"{path} was written by a newer version of napari-homolog (tables of version {version}; "
            f"this one knows up to {VERSION}); update napari-homolog."
        )
    if read_only and version < VERSION:
        raise ProjectError(
            f"{path} was written by an older version of napari-homolog; open it once for writing, "
            "which brings it up to date."
        )


def _unusable(path: Path | None, error: Exception) -> ProjectError:
    return ProjectError(
        f"{path or 'The project'} cannot be read or written ({error}); check that the disk has "
        "space, that the folder can be written and that no other program changes the file."
    )
