"""The SQLite file of a project: opening, one writer, transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import HomologError, ProjectError, WriteError
from ..files import is_file, remove_leftovers, replacing
from .schema import APPLICATION_ID, VERSION, migrate, version_of
from .soundness import check_schema, check_values

SUFFIX = ".homolog"
"""Suffix of project files."""

Values = Sequence[object] | Mapping[str, object]
"""Values for the placeholders of a statement."""

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

REFUSED = ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOLFS")
IN_USE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")


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
            raise _unusable(path, error) from error
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
            raise _unusable(path, error) from error

    def release(self) -> None:
        """Let other writers open the project."""
        self._connection.close()

    def give_up(self, path: Path) -> None:
        """Release it, and leave no file behind if the project could not be made."""
        if not path.exists():
            with suppress(OSError):
                self._file.unlink()
        self.release()


class Cursor(sqlite3.Cursor):
    """A cursor whose errors are the package's own."""

    path: Path | None = None

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        with _explained(self.path):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        with _explained(self.path):
            return super().fetchall()

    def __next__(self) -> Any:
        with _explained(self.path):
            return super().__next__()


class Database:
    """A project's tables.

    Use `new`, `in_memory` or `opened`.

    Attributes
    ----------
    path : Path or None
        The file, absolute; None in memory.
    read_only : bool
        Whether writing is refused.
    recording : bool
        Whether a step of the history is being recorded.
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
        self.recording = False
        self._connection = connection
        self._lock = lock
        self._steps = 0
        connection.set_progress_handler(self._is_endless, STEPS_AT_ONCE)

    @classmethod
    def in_memory(cls) -> Database:
        """Return new tables in memory."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
        return cls(connection)

    @classmethod
    def new(cls, path: Path, prepare: Callable[[Database], None]) -> Database:
        """Return new tables in a new file, which appears when it is complete.

        Parameters
        ----------
        path : Path
            The file.
        prepare : callable
            Writes what a new project has.

        Raises
        ------
        ProjectError
            If the file exists or cannot be written.
        """
        path = check_new_path(path)
        lock = WriterLock(path)
        try:
            if path.exists():
                raise ProjectError(f"{path} exists already; open it, or choose another name.")
            with _replaced(path) as part:
                made = cls(_connect(part, new=True), part)
                try:
                    prepare(made)
                finally:
                    made.close()
            return cls(_connect(path, own=True), path, lock)
        except BaseException:
            lock.give_up(path)
            raise

    @classmethod
    def opened(cls, path: Path, *, read_only: bool = False) -> Database:
        """Return the tables of a file, migrated to the present version.

        Parameters
        ----------
        path : Path
            The project file. If it is a symbolic link, the file that it points to is meant.
        read_only : bool
            Whether to refuse writing. Of a file of an older version, a copy in memory is updated then,
            so that it can be looked at where it cannot be written.

        Raises
        ------
        ProjectError
            If there is no such file, it is no project or damaged, of a version that cannot be read,
            or open for writing elsewhere.
        """
        path = _real_name(Path(path))
        if not is_file(path):
            raise ProjectError(f"There is no project {path}; check its name and folder.")
        if read_only:
            return cls(_connect_to_read(path), path, read_only=True)
        _check_single_name(path)
        lock = WriterLock(path)
        try:
            remove_leftovers(path)
            return cls(_connect(path), path, lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the file and let other writers open it."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def execute(self, statement: str, values: Values = ()) -> Cursor:
        """Run one statement."""
        self._steps = 0
        cursor = self._connection.cursor(Cursor)
        cursor.path = self.path
        with _explained(self.path):
            cursor.execute(statement, values)
        return cursor

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
        path = _real_name(path)
        _check_single_name(path)
        lock = WriterLock(path)
        try:
            with _replaced(path) as part:
                self._copy_to(part)
                copy = Database(_connect(part, own=True), part)
                try:
                    adapt(copy)
                finally:
                    copy.close()
                if path.exists():
                    # Opening the old file uses up a journal that a crash may have left, which must
                    # not be applied to the new file.
                    _connect(path).close()
            return Database(_connect(path, own=True), path, lock)
        except BaseException:
            lock.give_up(path)
            raise

    def _is_endless(self) -> bool:
        """Return whether a statement takes so long that its file must be damaged."""
        self._steps += STEPS_AT_ONCE
        return self._steps > MOST_STEPS

    def _copy_to(self, path: Path) -> None:
        copy = sqlite3.connect(path)
        try:
            with _explained(path):
                self._connection.backup(copy)
        finally:
            copy.close()


def check_new_path(path: Path) -> Path:
    """Return the absolute path of a project file to write, or raise `ProjectError`."""
    path = Path(path).absolute()
    if path.suffix.lower() != SUFFIX:
        raise ProjectError(f"{path} must end in {SUFFIX}; choose such a name.")
    if not os.path.isdir(path.parent):
        raise ProjectError(f"There is no folder {path.parent}; create it first.")
    return path


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Turn what damaged values raise when they are decoded into `ProjectError`.

    Parameters
    ----------
    what : str
        Which values, for the message.
    """
    try:
        yield
    except HomologError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ProjectError(
            f"{what} cannot be read: the project is damaged ({error}); use a copy from before."
        ) from error


def _real_name(path: Path) -> Path:
    """Return the absolute path of the file itself: SQLite's journals and the lock lie beside it."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path.absolute()


def _check_single_name(path: Path) -> None:
    """Refuse to write a file of several names, whose journals and locks could not be shared."""
    if is_file(path) and path.stat().st_nlink > 1:
        raise ProjectError(
            f"{path} has several names (hard links), under which it could be written twice at a "
            "time; make a copy of it and open that, or open it for reading only."
        )


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    try:
        with replacing(path) as part:
            yield part
    except WriteError as error:
        raise ProjectError(str(error)) from error


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file for reading, also where nothing can be written beside it."""
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        return _connect(path, read_only=True)
    journal = path.with_name(f"{path.name}-wal")
    if is_file(journal) and journal.stat().st_size:
        # Another program writes it at present and shares its index, or was killed.
        return _connect(path, read_only=True)
    return _connect(path, read_only=True, immutable=True)


def _connect(
    path: Path,
    *,
    new: bool = False,
    own: bool = False,
    read_only: bool = False,
    immutable: bool = False,
) -> sqlite3.Connection:
    """Open a file, check that it is a project of a known version, and migrate it.

    What this process has just written itself (`own`) need not be checked.
    """
    # Not SQLite's read-only mode, which leaves its auxiliary files behind.
    mode = "ro&immutable=1" if immutable else "rwc" if new else "rw"
    with _explained(path):
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
    try:
        with _explained(path):
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


@contextmanager
def _explained(path: Path | None) -> Iterator[None]:
    """Turn what SQLite raises for files and their contents into `ProjectError`."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise ProjectError(
            f"{path or 'The project'} cannot hold such a value ({error}); give valid text and "
            "numbers."
        ) from error


def _unusable(path: Path | None, error: sqlite3.DatabaseError) -> ProjectError:
    """Return the error that names the true cause."""
    what, code = path or "The project", getattr(error, "sqlite_errorname", None) or ""
    if code.startswith("SQLITE_FULL"):
        return ProjectError(f"{what} cannot be written: the disk is full; make space on it.")
    if code.startswith(IN_USE):
        return ProjectError(f"{what} is being changed by another program; try again.")
    if code.startswith(REFUSED):
        return ProjectError(
            f"{what} cannot be read or written ({error}); check that the disk has space, that the "
            "folder can be written and that no other program changes the file."
        )
    return ProjectError(
        f"{what} is not a project, or is damaged ({error}); use a copy from before, or give another "
        f"{SUFFIX} file of napari-homolog."
    )
