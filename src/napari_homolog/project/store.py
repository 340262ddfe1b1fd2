"""The project: one file that holds a series, its landmarks and every decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from ..errors import LandmarkError, ProjectError
from ..landmarks import Landmarks
from .connection import Connection
from .definitions import Definitions
from .files_of_images import stored
from .history import Decision, History, now
from .records import (
    ChangedImage,
    LandmarkDefinition,
    Placement,
    PlacementStatus,
    Specimen,
    SpecimenStatus,
)
from .specimens import Specimens

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Prediction

Point = tuple[float, float]


class Project:
    """A series of specimens with everything that was learned, found and decided.

    Every call is written to the file before it returns. A project is used from one thread; one
    program writes to it at a time, others may read. Make one with `create` or `open`.

    Attributes
    ----------
    path : Path or None
        The file; None: in memory, until `save_as`.
    """

    def __init__(self, connection: Connection) -> None:
        self._use(connection)

    def _use(self, connection: Connection) -> None:
        self._connection = connection
        self._history = History(connection)
        self._definitions = Definitions(connection, self._history)
        self._specimens = Specimens(connection, self._history)

    @classmethod
    def create(cls, path: str | Path | None) -> Self:
        """Make a project in a new file, or in memory.

        Raises
        ------
        ProjectError
            If the file is there already or cannot be made.
        """
        return cls(Connection(None if path is None else Path(path), create=True))

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Self:
        """Open a project file.

        Raises
        ------
        ProjectError
            If it is missing, no project, damaged, of a newer version, or open for writing elsewhere.
        """
        return cls(Connection(Path(path), read_only=read_only))

    @property
    def path(self) -> Path | None:
        """The file; None: in memory."""
        return self._connection.path

    def save_as(self, path: str | Path) -> None:
        """Write the project to a file, over one that is there, and go on with it.

        Paths of images are kept relative to the new file.

        Raises
        ------
        ProjectError
            If the file cannot be written, or is open elsewhere; the project stays as it is.
        """
        path = Path(path)
        if self.path is not None and path.absolute() == self.path.absolute():
            return
        places = {one.id: one.path for one in self.specimens()}
        self._connection.copy_to(path)
        copy = Connection(path)
        with copy.transaction():
            copy.sql.executemany(
                "UPDATE specimens SET path = ? WHERE id = ?",
                [(stored(place, path), one) for one, place in places.items() if place is not None],
            )
        self._connection.close()
        self._use(copy)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Landmarks

    @property
    def landmarks(self) -> tuple[LandmarkDefinition, ...]:
        """The landmarks, in order."""
        return self._definitions.all()

    def set_landmarks(self, landmarks: Sequence[LandmarkDefinition]) -> None:
        """Change the list: names that are new are added, those left out go with their placements.

        Raises
        ------
        LandmarkError
            If a name is empty or stands twice.
        """
        with self._history.decision("the list of landmarks"):
            self._definitions.set(landmarks)
            self._specimens.refresh_all()

    def rename_landmark(self, old: str, new: str) -> None:
        """Give a landmark another name; it keeps its placements.

        Raises
        ------
        LandmarkError
            If there is no such landmark, or the new name is empty or taken.
        """
        with self._history.decision(f"{old!r} renamed to {new!r}"):
            self._definitions.rename(old, new)

    # Specimens

    def add_image(self, path: str | Path, name: str | None = None) -> int:
        """Add an image file as a specimen and return its number.

        Parameters
        ----------
        path : str or Path
            The file.
        name : str, optional
            Default: the file's name without suffix, with a number where that is taken.

        Raises
        ------
        ImageError
            If it is no image.
        """
        return self._specimens.add_image(Path(path), name)

    def add_picture(self, name: str, size: tuple[int, int]) -> int:
        """Add a specimen whose picture, of a height and width in pixels, has no file."""
        return self._specimens.add_picture(name, size)

    def find_image(self, path: str | Path) -> int | None:
        """Return the specimen of an image file, if there is one."""
        return self._specimens.find_image(Path(path))

    def remove_specimen(self, specimen: int) -> None:
        """Take a specimen out of the project, its landmarks with it; the image file stays."""
        self._specimens.remove(specimen)

    def specimens(self, status: SpecimenStatus | None = None) -> list[Specimen]:
        """Return the specimens, all or those of one status, in the order they were added."""
        return self._specimens.all(status)

    def specimen(self, specimen: int) -> Specimen:
        """Return a specimen.

        Raises
        ------
        ProjectError
            If there is none of that number.
        """
        return self._specimens.one(specimen)

    def mark_reference(self, specimen: int, reference: bool) -> None:
        """Say whether landmarks are to be learned from a specimen."""
        verb = "is" if reference else "is no longer"
        with self._history.decision(f"{self.specimen(specimen).name} {verb} a reference"):
            self._history.put("specimens", {"id": specimen, "reference": int(reference)})

    def summary(self) -> dict[SpecimenStatus, int]:
        """Return how many specimens have each status."""
        return self._specimens.summary()

    def changed_images(self) -> list[ChangedImage]:
        """Return images that are gone, moved or changed; moved ones are found under the folder."""
        return self._specimens.changed_images()

    def relocate(self, specimen: int, path: str | Path) -> None:
        """Say where a specimen's image file is now."""
        self._specimens.relocate(specimen, Path(path))

    # Placements

    def placements(self, specimen: int) -> dict[str, Placement]:
        """Return what is known of a specimen's landmarks, by name."""
        return self._specimens.placements(specimen)

    def landmarks_of(self, specimen: int) -> Landmarks:
        """Return a specimen's landmarks; those not placed are missing.

        Raises
        ------
        LandmarkError
            If the project has no landmarks.
        """
        names = [one.name for one in self.landmarks]
        placed = self.placements(specimen)
        points = [
            (np.nan, np.nan) if name not in placed else placed[name].point or (np.nan, np.nan)
            for name in names
        ]
        return Landmarks.from_arrays(names, points)

    def place_many(
        self,
        specimen: int,
        points: Mapping[str, Point],
        *,
        status: PlacementStatus = PlacementStatus.MANUAL,
    ) -> None:
        """Place landmarks, (row, col) in pixels, by hand: one step of the history.

        Raises
        ------
        LandmarkError
            If the project has no such landmark, or a coordinate is no finite number.
        """
        with self._history.decision(f"{_some(points)} on {self.specimen(specimen).name}"):
            for name, point in points.items():
                if not np.isfinite(point).all():
                    raise LandmarkError(
                        f"The landmark {name!r} was placed at {point}; give two finite numbers."
                    )
                self._specimens.put(
                    specimen, name, row=float(point[0]), col=float(point[1]), status=status
                )

    def mark_missing(self, specimen: int, landmark: str) -> None:
        """Say that a landmark is not in the picture."""
        with self._history.decision(f"{landmark} missing on {self.specimen(specimen).name}"):
            self._specimens.put(
                specimen, landmark, row=None, col=None, status=PlacementStatus.MISSING
            )

    def clear(self, specimen: int, landmarks: Sequence[str]) -> None:
        """Forget where landmarks lie."""
        with self._history.decision(
            f"{_some(landmarks)} cleared on {self.specimen(specimen).name}"
        ):
            for name in landmarks:
                self._specimens.clear(specimen, name)

    def accept(self, specimen: int, landmark: str | None = None) -> None:
        """Agree to a prediction, of one landmark or of all."""
        what = landmark or "all landmarks"
        with self._history.decision(f"{what} accepted on {self.specimen(specimen).name}"):
            for name, placed in self.placements(specimen).items():
                if placed.status is PlacementStatus.PREDICTED and landmark in (None, name):
                    self._specimens.put(specimen, name, status=PlacementStatus.ACCEPTED)

    # History

    def undo(self) -> str | None:
        """Take the last decision back; return what it was, or None if there is none."""
        return self._step(undone=False)

    def redo(self) -> str | None:
        """Repeat the decision that was taken back last; return what it was, or None."""
        return self._step(undone=True)

    def _step(self, *, undone: bool) -> str | None:
        number = self._history.last(undone=undone)
        what = self._history.redo() if undone else self._history.undo()
        if number is not None:
            with self._connection.transaction():
                for specimen in self._history.touched(number):
                    self._specimens.refresh(specimen)
        return what

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to take back."""
        return self._history.can(undo=True)

    @property
    def can_redo(self) -> bool:
        """Whether there is a decision to repeat."""
        return self._history.can(undo=False)

    def history(self) -> list[Decision]:
        """Return all decisions, the oldest first."""
        return self._history.entries()

    # What was computed

    def add_landmark_set(self, learned: LandmarkSet) -> int:
        """Keep what was learned and return its number."""
        with self._connection.transaction():
            found = self._connection.sql.execute(
                "INSERT INTO landmark_sets (time, content) VALUES (?, ?)",
                (now(), learned.to_bytes()),
            )
        return int(found.lastrowid or 0)

    def landmark_set(self) -> tuple[int, LandmarkSet] | None:
        """Return the number and the landmark set that was learned last, or None."""
        row = self._connection.sql.execute(
            "SELECT id, content FROM landmark_sets ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        from ..correspondence import LandmarkSet

        return int(row["id"]), LandmarkSet.from_bytes(row["content"], str(self.path))

    def record_prediction(
        self, specimen: int, found: Prediction, landmark_set: int | None = None
    ) -> None:
        """Keep what was found on a specimen; what was decided by hand stays.

        Landmarks of the prediction that the project does not have are left out.
        """
        from .. import __version__

        with self._connection.transaction():
            self._connection.sql.execute(
                "INSERT INTO predictions (specimen, landmark_set, time, version, settings) "
                "VALUES (?, ?, ?, ?, ?)",
                (specimen, landmark_set, now(), __version__, found.settings.model_dump_json()),
            )
            self._specimens.predict(specimen, found)

    def record_failure(self, specimen: int, reason: str) -> None:
        """Keep why landmarks could not be found on a specimen."""
        if not reason:
            raise ProjectError("A failure needs a reason for the user to read.")
        with self._connection.transaction():
            self._specimens.fail(specimen, reason)


def _some(names: Mapping[str, object] | Sequence[str]) -> str:
    """Return a few names, or how many there are."""
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} landmarks"
