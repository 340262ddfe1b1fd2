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
"""Values for the placeholders of a statement."""

BUSY_SECONDS = 5.0
"""How long to wait while another program writes."""


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
        file = path.with_name(f".{path.name}.lock")
        try:
            self._connection = sqlite3.connect(file, isolation_level=None, timeout=0)
        except sqlite3.OperationalError as error:
            raise _unusable(path, error) from error
        try:
            # A journal file would be left behind if the process were killed.
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
        """Let other writers open the project."""
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
        """Return new tables in memory."""
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
                raise ProjectError(f"{path} exists already; open it, or choose another name.")
            return cls(_connect(path, new=True), path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def opened(cls, path: Path, *, read_only: bool = False) -> Database:
        """Return the tables of a file, migrated to the present version.

        Parameters
        ----------
        path : Path
            The project file.
        read_only : bool
            Whether to refuse writing. A file of an older version cannot be opened then.

        Raises
        ------
        ProjectError
            If there is no such file, it is no project or damaged, of a version that cannot be read,
            or open for writing elsewhere.
        """
        path = Path(path).absolute()
        if not path.is_file():
            raise ProjectError(f"There is no project {path}; check its name and folder.")
        if read_only:
            return cls(_connect(path, read_only=True), path, read_only=True)
        lock = WriterLock(path)
        try:
            return cls(_connect(path), path, lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the file and let other writers open it."""
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

    def first_row(self, statement: str, values: Values = ()) -> Any:
        """Return the first row of a query, or None."""
        return self.execute(statement, values).fetchone()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all changes of the block at its end, or none of them if it raises an error."""
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
        """Write a copy to another file, atomically, and return its tables.

        Parameters
        ----------
        path : Path
            The file. If there is one, it is replaced.
        adapt : callable
            Adapts the tables of the copy to the new path.

        Raises
        ------
        ProjectError
            If the file cannot be written, is open for writing elsewhere, or is no project.
        """
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
                    # Opening the old file uses up a journal that a crash may have left, which must
                    # not be applied to the new file.
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
    """Return the absolute path of a project file to write, or raise `ProjectError`."""
    path = Path(path).absolute()
    if path.suffix.lower() != SUFFIX:
        raise ProjectError(f"{path} must end in {SUFFIX}; choose such a name.")
    if not path.parent.is_dir():
        raise ProjectError(f"There is no folder {path.parent}; create it first.")
    return path


def _connect(path: Path, *, new: bool = False, read_only: bool = False) -> sqlite3.Connection:
    """Open a file, check that it is a project of a known version, and migrate it."""
    # Not SQLite's read-only mode, which leaves its auxiliary files behind.
    mode = "rwc" if new else "rw"
    try:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
    except sqlite3.OperationalError as error:
        raise _unusable(path, error) from error
    try:
        # Read by SQLite, because closing the file otherwise would release the locks that this
        # process may hold on it.
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        version = version_of(connection)
        if not new and mark != APPLICATION_ID:
            raise ProjectError(f"{path} is not a project; give a {SUFFIX} file of napari-homolog.")
        _check_version(path, version, read_only=read_only)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if version < VERSION:
                migrate(connection)
        # After migrations, which may have to rebuild tables that others refer to.
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.OperationalError as error:
        connection.close()
        raise _unusable(path, error) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ProjectError(
            f"{path} is not a project, or is damaged ({error}); give a {SUFFIX} file of "
            "napari-homolog."
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
            "which updates it."
        )


def _unusable(path: Path | None, error: Exception) -> ProjectError:
    return ProjectError(
        f"{path or 'The project'} cannot be read or written ({error}); check that the disk has "
        "space, that the folder can be written and that no other program changes the file."
    )
