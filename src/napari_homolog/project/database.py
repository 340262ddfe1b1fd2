"""The tables of a project: making, opening and copying them, statements, transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import HomologError, ProjectAccessError, ProjectError, WriteError
from ..files import is_file, remove_leftovers, replacing
from .connections import MOST_STEPS, STEPS_AT_ONCE, connect, connect_to_read
from .schema import SUFFIX, migrate
from .sqlite_errors import Cursor, explained
from .writer_lock import WriterLock

Values = Sequence[object] | Mapping[str, object]
"""Values for the placeholders of a statement."""


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
                made = cls(connect(part, new=True), part)
                try:
                    prepare(made)
                finally:
                    made.close()
            return cls(connect(path, own=True), path, lock)
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
            return cls(connect_to_read(path), path, read_only=True)
        _check_single_name(path)
        if not os.access(path, os.W_OK):
            # SQLite would open it all the same, and refuse the first change.
            raise ProjectAccessError(
                f"{path} cannot be written (it is read-only, or another user's); open it for reading "
                "only, or make a copy of it."
            )
        lock = WriterLock(path)
        try:
            remove_leftovers(path)
            return cls(connect(path), path, lock)
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
        with explained(self.path):
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
                copy = Database(connect(part, own=True), part)
                try:
                    adapt(copy)
                finally:
                    copy.close()
                if path.exists():
                    # Opening the old file uses up a journal that a crash may have left, which must
                    # not be applied to the new file.
                    connect(path).close()
            return Database(connect(path, own=True), path, lock)
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
            with explained(path):
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
