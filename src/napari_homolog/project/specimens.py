"""The specimens of a project, and where their landmarks lie."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LandmarkError, ProjectError
from ..images import image_size
from .connection import Connection
from .files_of_images import fingerprint, resolved, stored
from .history import History
from .records import ChangedImage, Placement, PlacementStatus, Specimen, SpecimenStatus

if TYPE_CHECKING:
    from ..correspondence import Prediction

SIGNS = ("confidence", "spread", "missing_probability", "expected_error")


class Specimens:
    """Reads and changes specimens and placements.

    Parameters
    ----------
    connection : Connection
        The project file.
    history : History
        Where decisions are noted.
    """

    def __init__(self, connection: Connection, history: History) -> None:
        self._connection, self._sql, self._history = connection, connection.sql, history

    # Specimens

    def add_image(self, path: Path, name: str | None) -> int:
        """Add an image file, see `Project.add_image`."""
        size = image_size(path)
        facts = (stored(path, self._connection.path), path.stat().st_size, fingerprint(path))
        return self._add(name or path.stem, size, facts)

    def add_picture(self, name: str, size: tuple[int, int]) -> int:
        """Add a picture without file, see `Project.add_picture`."""
        return self._add(name, size, (None, None, None))

    def _add(self, name: str, size: tuple[int, int], facts: tuple[Any, ...]) -> int:
        with self._connection.transaction():
            found = self._sql.execute(
                "INSERT INTO specimens (name, height, width, path, bytes, fingerprint) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (self._free_name(name), *size, *facts),
            )
        return int(found.lastrowid or 0)

    def _free_name(self, name: str) -> str:
        free, number = name, 1
        while self._sql.execute("SELECT 1 FROM specimens WHERE name = ?", (free,)).fetchone():
            number += 1
            free = f"{name} {number}"
        return free

    def find_image(self, path: Path) -> int | None:
        """Return the specimen of a file, see `Project.find_image`."""
        row = self._sql.execute(
            "SELECT id FROM specimens WHERE path = ?", (stored(path, self._connection.path),)
        ).fetchone()
        return None if row is None else int(row["id"])

    def remove(self, specimen: int) -> None:
        """Take a specimen out, see `Project.remove_specimen`."""
        name = self.one(specimen).name
        with self._history.decision(f"{name} removed"):
            for landmark in self._sql.execute(
                "SELECT specimen, landmark FROM placements WHERE specimen = ?", (specimen,)
            ).fetchall():
                self._history.remove("placements", dict(landmark))
            self._history.remove("specimens", {"id": specimen})

    def all(self, status: SpecimenStatus | None) -> list[Specimen]:
        """Return the specimens, see `Project.specimens`."""
        condition, values = ("", ()) if status is None else ("WHERE status = ?", (status.value,))
        rows = self._sql.execute(f"SELECT * FROM specimens {condition} ORDER BY id", values)
        return [self._specimen(row) for row in rows]

    def one(self, specimen: int) -> Specimen:
        """Return a specimen, see `Project.specimen`."""
        row = self._sql.execute("SELECT * FROM specimens WHERE id = ?", (specimen,)).fetchone()
        if row is None:
            raise ProjectError(f"The project has no specimen number {specimen}.")
        return self._specimen(row)

    def _specimen(self, row: sqlite3.Row) -> Specimen:
        path = row["path"]
        return Specimen(
            id=row["id"],
            name=row["name"],
            path=None if path is None else resolved(path, self._connection.path),
            size=(row["height"], row["width"]),
            status=SpecimenStatus(row["status"]),
            reason=row["reason"],
            reference=bool(row["reference"]),
            least_confidence=row["least_confidence"],
        )

    def summary(self) -> dict[SpecimenStatus, int]:
        """Return how many there are of each status, see `Project.summary`."""
        rows = self._sql.execute("SELECT status, count(*) AS n FROM specimens GROUP BY status")
        counts = {row["status"]: row["n"] for row in rows}
        return {status: counts.get(status.value, 0) for status in SpecimenStatus}

    def changed_images(self) -> list[ChangedImage]:
        """Compare the image files with what they were, see `Project.changed_images`."""
        changes, gone = [], []
        for row in self._sql.execute("SELECT * FROM specimens WHERE path IS NOT NULL").fetchall():
            path = resolved(row["path"], self._connection.path)
            if not path.is_file():
                gone.append((row, path))
            elif path.stat().st_size != row["bytes"] or fingerprint(path) != row["fingerprint"]:
                changes.append(ChangedImage(row["id"], "changed", path))
        folder = self._connection.path.absolute().parent if self._connection.path else None
        for row, path in gone:
            candidates = folder.rglob(path.name) if folder is not None else ()
            found = next(
                (one for one in candidates if fingerprint(one) == row["fingerprint"]), None
            )
            what = "gone" if found is None else "moved"
            changes.append(ChangedImage(row["id"], what, found or path))
        return changes

    def relocate(self, specimen: int, path: Path) -> None:
        """Note a file's new place, see `Project.relocate`."""
        facts = (stored(path, self._connection.path), path.stat().st_size, fingerprint(path))
        size = image_size(path)
        if size != self.one(specimen).size:
            raise ProjectError(
                f"{path} is {size[0]} x {size[1]} pixels, the specimen's image was "
                f"{self.one(specimen).size[0]} x {self.one(specimen).size[1]}; give the same image."
            )
        with self._connection.transaction():
            self._sql.execute(
                "UPDATE specimens SET path = ?, bytes = ?, fingerprint = ? WHERE id = ?",
                (*facts, specimen),
            )

    # Placements

    def placements(self, specimen: int) -> dict[str, Placement]:
        """Return placements by name, in the landmarks' order."""
        rows = self._sql.execute(
            "SELECT name, placements.* FROM placements JOIN landmarks ON landmarks.id = landmark "
            "WHERE specimen = ? ORDER BY position",
            (specimen,),
        )
        return {
            row["name"]: Placement(
                row["name"],
                None if row["row"] is None else (row["row"], row["col"]),
                PlacementStatus(row["status"]),
                *(row[sign] for sign in SIGNS),
            )
            for row in rows
        }

    def put(self, specimen: int, landmark: str, **values: Any) -> None:
        """Decide on a landmark; what is not given stays."""
        number = self._number(landmark)
        if number is None:
            raise LandmarkError(
                f"The project has no landmark {landmark!r}; add it to the list first."
            )
        self._history.put("placements", {"specimen": specimen, "landmark": number, **values})
        self.refresh(specimen)

    def clear(self, specimen: int, landmark: str) -> None:
        """Forget where a landmark lies."""
        self._history.remove(
            "placements", {"specimen": specimen, "landmark": self._number(landmark)}
        )
        self.refresh(specimen)

    def predict(self, specimen: int, found: Prediction) -> None:
        """Write a prediction over older ones, inside a transaction."""
        columns = {
            "confidence": found.confidence,
            "spread": found.spread,
            "missing_probability": found.missing_probability,
            "expected_error": found.expected_error,
        }
        for index, name in enumerate(found.names):
            number = self._number(name)
            if number is None:
                continue
            signs = [
                None if values is None or not np.isfinite(values[index]) else float(values[index])
                for values in columns.values()
            ]
            self._sql.execute(
                "INSERT INTO placements VALUES (?, ?, ?, ?, 'predicted', ?, ?, ?, ?) "
                "ON CONFLICT (specimen, landmark) DO UPDATE SET row = excluded.row, "
                "col = excluded.col, confidence = excluded.confidence, spread = excluded.spread, "
                "missing_probability = excluded.missing_probability, "
                "expected_error = excluded.expected_error WHERE status = 'predicted'",
                (specimen, number, *map(float, found.points[index]), *signs),
            )
        self._sql.execute("UPDATE specimens SET reason = '' WHERE id = ?", (specimen,))
        self.refresh(specimen)

    def fail(self, specimen: int, reason: str) -> None:
        """Note a failure, inside a transaction."""
        self._sql.execute("UPDATE specimens SET reason = ? WHERE id = ?", (reason, specimen))
        self.refresh(specimen)

    def _number(self, landmark: str) -> int | None:
        row = self._sql.execute("SELECT id FROM landmarks WHERE name = ?", (landmark,)).fetchone()
        return None if row is None else int(row["id"])

    def refresh_all(self) -> None:
        """Work out every specimen's status anew: the list of landmarks has changed."""
        for row in self._sql.execute("SELECT id FROM specimens").fetchall():
            self.refresh(row["id"])

    def refresh(self, specimen: int) -> None:
        """Work out a specimen's status from its placements, so that lists need not count them."""
        row = self._sql.execute(
            "SELECT count(*) AS placed, coalesce(sum(status = 'predicted'), 0) AS open, "
            "min(confidence) FILTER (WHERE status = 'predicted') AS least "
            "FROM placements WHERE specimen = ?",
            (specimen,),
        ).fetchone()
        (wanted,) = self._sql.execute("SELECT count(*) FROM landmarks").fetchone()
        if row["placed"] == 0:
            failed = self._sql.execute(
                "SELECT 1 FROM specimens WHERE id = ? AND reason != ''", (specimen,)
            ).fetchone()
            status = SpecimenStatus.FAILED if failed else SpecimenStatus.NEW
        elif row["open"] == row["placed"]:
            status = SpecimenStatus.FOUND
        elif row["open"] == 0 and row["placed"] >= wanted:
            status = SpecimenStatus.ACCEPTED
        else:
            status = SpecimenStatus.CORRECTED
        self._sql.execute(
            "UPDATE specimens SET status = ?, least_confidence = ? WHERE id = ?",
            (status.value, row["least"], specimen),
        )
