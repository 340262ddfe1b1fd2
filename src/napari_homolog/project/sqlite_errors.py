"""What SQLite raises for files and their contents, as the package's own errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ProjectAccessError, ProjectError
from .schema import SUFFIX

REFUSED = ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOLFS")
IN_USE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")


class Cursor(sqlite3.Cursor):
    """A cursor whose errors are the package's own."""

    path: Path | None = None

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        with explained(self.path):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        with explained(self.path):
            return super().fetchall()

    def __next__(self) -> Any:
        with explained(self.path):
            return super().__next__()


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """Turn what SQLite raises for files and their contents into `ProjectError`."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error
    except UnicodeDecodeError as error:
        # In what SQLite says of the damage, too.
        raise unusable(path, error) from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise ProjectError(
            f"{path or 'The project'} cannot hold such a value ({error}); give valid text and "
            "numbers."
        ) from error


def unusable(path: Path | None, error: sqlite3.DatabaseError | UnicodeDecodeError) -> ProjectError:
    """Return the error that names the true cause."""
    what, code = path or "The project", getattr(error, "sqlite_errorname", None) or ""
    if code.startswith("SQLITE_FULL"):
        return ProjectError(f"{what} cannot be written: the disk is full; make space on it.")
    if code.startswith(IN_USE):
        return ProjectError(f"{what} is being changed by another program; try again.")
    if code.startswith(REFUSED):
        return ProjectAccessError(
            f"{what} cannot be read or written ({error}); check that the disk has space, that the "
            "folder can be written and that no other program changes the file."
        )
    return ProjectError(
        f"{what} is not a project, or is damaged ({error}); use a copy from before, or give another "
        f"{SUFFIX} file of napari-homolog."
    )
