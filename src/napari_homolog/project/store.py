"""A project: a series of specimens in one file, which survives a crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from .changes import recorded
from .classifiers import Classifiers
from .database import Database, check_new_path
from .history import History
from .image_files import to_path, to_text
from .placements import Placements
from .records import Point
from .refinements import Refinements
from .scales import Scales
from .series_curves import SeriesCurves
from .sides import Sides
from .specimen_images import SpecimenImages
from .specimens import Specimens, folder_of
from .state import specimen_name


class Project(
    Specimens,
    SpecimenImages,
    Classifiers,
    Scales,
    Sides,
    Placements,
    SeriesCurves,
    Refinements,
    History,
):
    """A series of specimens, their landmarks, and every decision about them.

    Use `create` or `open`. Each call writes its changes to the file before it returns, so that there
    is nothing to save, and the file stays valid however the process ends. One program at a time can
    write a project, while others read it. An object must be used in the thread that created it.

    Examples
    --------
    >>> with Project.create() as project:
    ...     project.set_landmarks(["tip", "base"])
    ...     wing = project.add_picture("wing", (300, 400))
    ...     project.place(wing, "tip", (112, 300))
    ...     project.landmarks_of(wing)
    Landmarks({'tip': (112.0, 300.0), 'base': None})
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def create(cls, path: str | Path | None = None, *, seed: int = 0) -> Self:
        """Return a new project.

        Parameters
        ----------
        path : str or Path, optional
            The file to create, ``.homolog``. Default: in memory, until `save_as`.
        seed : int
            Seed of all random numbers in its runs.

        Raises
        ------
        ProjectError
            If the file exists, or cannot be created.
        """

        def set_seed(database: Database) -> None:
            with database.transaction():
                database.execute("UPDATE project SET seed = ?", (seed,))

        if path is not None:
            return cls(Database.new(Path(path), set_seed))
        database = Database.in_memory()
        set_seed(database)
        return cls(database)

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Self:
        """Open the project of a file.

        Parameters
        ----------
        path : str or Path
            The file.
        read_only : bool
            Whether to refuse changes. Then the project may be open for writing elsewhere.

        Raises
        ------
        ProjectError
            If there is none, it was written by a newer version, or it is to be written but open for
            writing in another window or program.
        """
        return cls(Database.opened(Path(path), read_only=read_only))

    @property
    def path(self) -> Path | None:
        """The project's file, absolute; None in memory."""
        return self._database.path

    @property
    def read_only(self) -> bool:
        """Whether the project can only be read."""
        return self._database.read_only

    @property
    def seed(self) -> int:
        """Seed of all random numbers in the project's runs."""
        return int(self._database.first_row("SELECT seed FROM project")[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all changes of the block at its end, or none of them if it raises an error.

        This makes many small changes quicker. Each remains a separate step of the history.
        """
        with self._database.transaction():
            yield

    def place_new(self, specimen_id: int, points: Mapping[str, Point]) -> None:
        """Define landmarks that do not exist yet and place them, as one step of the history.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        points : mapping of str to (float, float)
            (row, col) in pixels of the image, by the name of the new landmark.

        Raises
        ------
        ProjectError, LandmarkError
            As for `place` and `set_landmarks`.
        """
        specimen = specimen_name(self._database, specimen_id)
        what = f"Place {', '.join(map(repr, points))} on {specimen!r}"
        with recorded(self._database, what, specimen_id, definitions=True):
            self.set_landmarks([*(one.name for one in self.landmarks), *points])
            self.place_many(specimen_id, points)

    def save_as(self, path: str | Path) -> None:
        """Write the project to another file, atomically, and continue with that file.

        An existing project of that name is replaced. The previous file of this one is kept.

        Raises
        ------
        ProjectError
            If the file cannot be written, is open elsewhere, or exists and is no project.
        """
        target = check_new_path(Path(path))
        if target == self.path:
            return
        old = folder_of(self._database)
        saved = self._database.saved_as(
            target, lambda copy: _rebase_paths(copy, old, target.parent)
        )
        self._database.close()
        self._database = saved

    def close(self) -> None:
        """Close the file. A project in memory is lost."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _rebase_paths(copy: Database, old: Path | None, new: Path) -> None:
    """Make the paths of images relative to another folder."""
    rows = copy.execute("SELECT id, path FROM specimen WHERE path IS NOT NULL").fetchall()
    copy.execute_many(
        "UPDATE specimen SET path = ? WHERE id = ?",
        ((to_text(to_path(text, old), new), number) for number, text in rows),
    )
