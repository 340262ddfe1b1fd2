"""Landmark sets and predictions in a project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ProjectError
from .definitions import Definitions
from .rows import LandmarkDefinition
from .state import landmark_ids, refresh_status, specimen_name

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Prediction

COLUMNS = (
    "specimen_id",
    "landmark_id",
    "location_id",
    "row",
    "col",
    "confidence",
    "missing_probability",
    "expected_error",
    "row_variance",
    "covariance",
    "col_variance",
)
INSERT = f"INSERT INTO prediction ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


class Predictions(Definitions):
    """What a project has learned, and what was found with it."""

    def add_landmark_set(self, learned: LandmarkSet) -> int:
        """Keep a landmark set; landmarks that the project does not know are added to it.

        Returns
        -------
        int
            The set's number.
        """
        with self._database.transaction():
            known = landmark_ids(self._database)
            new = [LandmarkDefinition(name) for name in learned.names if name not in known]
            if new:
                self.set_landmarks([*self.landmarks, *new])
                known = landmark_ids(self._database)
            cursor = self._database.execute(
                "INSERT INTO landmark_set (landmarks, data) VALUES (?, ?)",
                (json.dumps([known[name] for name in learned.names]), learned.to_bytes()),
            )
        return int(cursor.lastrowid or 0)

    @property
    def landmark_set_id(self) -> int | None:
        """The number of the latest landmark set; None where nothing was learned."""
        return self._database.one("SELECT max(id) FROM landmark_set")[0]  # type: ignore[no-any-return]

    def landmark_set(self) -> LandmarkSet | None:
        """Return the latest landmark set, with the names that it was learned with, or None."""
        from ..correspondence import LandmarkSet

        row = self._database.one("SELECT data FROM landmark_set ORDER BY id DESC LIMIT 1")
        return None if row is None else LandmarkSet.from_bytes(row[0], "the project's landmark set")

    def record_prediction(
        self, specimen_id: int, prediction: Prediction, landmark_set_id: int
    ) -> None:
        """Keep what was found on a specimen, in place of what was found on it before.

        About whatever was placed, accepted or said to be missing by hand, nothing changes: there
        the prediction stays the one that was decided about. Landmarks that were renamed since
        learning are found under their new names, those that were removed are left out.

        Raises
        ------
        ProjectError
            If there is no such specimen or landmark set, or the prediction is not of that set.
        """
        specimen_name(self._database, specimen_id)
        numbers = self._landmarks_of_set(landmark_set_id)
        if len(numbers) != len(prediction.names):
            raise ProjectError(
                f"A prediction of {len(prediction.names)} landmarks does not belong to landmark set "
                f"{landmark_set_id}, which has {len(numbers)}; give the set that it was made with."
            )
        with self._database.transaction():
            cursor = self._database.execute(
                "INSERT INTO location (specimen_id, landmark_set_id, settings, angle, mirrored) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    specimen_id,
                    landmark_set_id,
                    prediction.settings.model_dump_json(),
                    prediction.angle,
                    prediction.mirrored,
                ),
            )
            self._write_predictions(specimen_id, int(cursor.lastrowid or 0), numbers, prediction)
            self._database.execute("UPDATE specimen SET reason = NULL WHERE id = ?", (specimen_id,))
            refresh_status(self._database, specimen_id)

    def least_confidences(self) -> dict[int, float]:
        """Return the least confidence among what nobody has decided about, by specimen."""
        return dict(
            self._database.execute(
                "SELECT specimen_id, min(confidence) FROM prediction "
                "JOIN landmark ON landmark.id = landmark_id "
                "WHERE NOT removed AND NOT EXISTS (SELECT 1 FROM decision WHERE "
                "decision.specimen_id = prediction.specimen_id "
                "AND decision.landmark_id = prediction.landmark_id) GROUP BY specimen_id"
            ).fetchall()
        )

    def record_failure(self, specimen_id: int, reason: str) -> None:
        """Keep why landmarks could not be looked for on a specimen."""
        specimen_name(self._database, specimen_id)
        with self._database.transaction():
            self._database.execute(
                "UPDATE specimen SET reason = ? WHERE id = ?", (reason, specimen_id)
            )
            refresh_status(self._database, specimen_id)

    def _landmarks_of_set(self, landmark_set_id: int) -> list[int]:
        row = self._database.one(
            "SELECT landmarks FROM landmark_set WHERE id = ?", (landmark_set_id,)
        )
        if row is None:
            raise ProjectError(
                f"The project has no landmark set with the number {landmark_set_id}; add it first."
            )
        return list(json.loads(row[0]))

    def _write_predictions(
        self, specimen_id: int, location_id: int, numbers: list[int], found: Prediction
    ) -> None:
        decided = {
            number
            for (number,) in self._database.execute(
                "SELECT landmark_id FROM decision WHERE specimen_id = ?", (specimen_id,)
            )
        }
        self._database.execute(
            "DELETE FROM prediction WHERE specimen_id = ? AND landmark_id NOT IN "
            "(SELECT landmark_id FROM decision WHERE specimen_id = ?)",
            (specimen_id, specimen_id),
        )
        unknown = np.full(len(numbers), np.nan)
        columns = np.column_stack(
            (
                found.points,
                found.confidence,
                unknown if found.missing_probability is None else found.missing_probability,
                unknown if found.expected_error is None else found.expected_error,
                found.covariance[:, [0, 0, 1], [0, 1, 1]],
            )
        )
        rows = [
            # SQLite keeps a number that is none as NULL.
            (specimen_id, number, location_id, *values)
            for number, values in zip(numbers, columns.tolist(), strict=True)
            if number not in decided and not np.isnan(values[:2]).any()
        ]
        self._database.execute_many(INSERT, rows)
        if rows:
            # There is something new to look at.
            self._database.execute("UPDATE specimen SET accepted = 0 WHERE id = ?", (specimen_id,))
