"""Landmark sets and predictions in a project."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..boxes import Box
from ..errors import ProjectError
from .database import decoding
from .definitions import Definitions
from .records import LandmarkDefinition
from .specimens import text_of_box
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
    "coarse_row",
    "coarse_col",
    "agreement",
    "reference_spread",
)

INSERT = f"INSERT INTO prediction ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


class Predictions(Definitions):
    """The landmark sets of a project, and the predictions made with them."""

    def add_landmark_set(self, learned: LandmarkSet) -> int:
        """Store a landmark set. Landmarks that the project does not have are added to it.

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
            numbers = json.dumps([known[name] for name in learned.names])
            cursor = self._database.execute(
                "INSERT INTO landmark_set (landmarks, model, data) VALUES (?, ?, ?)",
                (numbers, learned.backbone["name"], learned.to_bytes()),
            )
        return int(cursor.lastrowid or 0)

    @property
    def landmark_set_id(self) -> int | None:
        """The number of the latest landmark set; None if there is none."""
        return self._database.first_row("SELECT max(id) FROM landmark_set")[0]  # type: ignore[no-any-return]

    @property
    def model(self) -> str | None:
        """The name of the model of the latest landmark set; None if it is not known."""
        row = self._database.first_row("SELECT model FROM landmark_set ORDER BY id DESC LIMIT 1")
        return None if row is None else row[0]

    def landmark_set(self) -> LandmarkSet | None:
        """Return the latest landmark set with the present names of its landmarks, or None.

        It includes landmarks that were removed since, which is said in their names.

        Raises
        ------
        LandmarkSetError
            If it was learned by a version of this package whose landmark sets cannot be read.
        """
        from ..correspondence import LandmarkSet

        row = self._database.first_row("SELECT id, data FROM landmark_set ORDER BY id DESC LIMIT 1")
        if row is None:
            return None
        learned = LandmarkSet.from_bytes(row[1], "the project's landmark set")
        present = {number: name for name, number in landmark_ids(self._database).items()}
        with decoding("The project's landmark set"):
            names = tuple(
                present.get(number, f"{name} (removed, {number})")
                for name, number in zip(learned.names, self._landmarks_of_set(row[0]), strict=True)
            )
        return replace(learned, names=names)

    def pending(
        self,
        landmark_set_id: int,
        *,
        retry: bool = False,
        again: bool = False,
        with_file: bool = True,
        among: Collection[int] | None = None,
    ) -> list[int]:
        """Return the specimens on which a set's landmarks are still to be predicted.

        These are not accepted, have a landmark that is not decided, and the set has not been used
        on them in their present boxes.

        Parameters
        ----------
        landmark_set_id : int
            The set's number.
        retry : bool
            Whether to include specimens on which it failed.
        again : bool
            Whether to include specimens on which the set has been used.
        with_file : bool
            Whether to leave out specimens without an image file.
        among : collection of int, optional
            Only these specimens. Default: all.
        """
        present = set(landmark_ids(self._database).values())
        numbers = [
            number for number in self._landmarks_of_set(landmark_set_id) if number in present
        ]
        decided = (
            "SELECT count(*) FROM decision WHERE specimen_id = specimen.id "
            f"AND landmark_id IN ({', '.join(map(str, numbers))})"
        )
        used = (
            "SELECT 1 FROM location WHERE id = (SELECT max(id) FROM location "
            "WHERE specimen_id = specimen.id AND landmark_set_id = :set) "
            "AND location.box IS specimen.box"
        )
        rows = self._database.execute(
            "SELECT id FROM specimen WHERE NOT removed AND NOT accepted "
            "AND NOT (:with_file AND path IS NULL) "
            f"AND CASE WHEN status = 'failed' THEN :retry ELSE :again OR NOT EXISTS ({used}) END "
            f"AND ({decided}) < :count ORDER BY id",
            {
                "set": landmark_set_id,
                "retry": retry,
                "again": again,
                "with_file": with_file,
                "count": len(numbers),
            },
        )
        return [number for (number,) in rows if among is None or number in among]

    def record_prediction(
        self,
        specimen_id: int,
        prediction: Prediction,
        landmark_set_id: int,
        *,
        seed: int | None = None,
        references: str | None = None,
        box: Box | None = None,
    ) -> None:
        """Store a prediction for a specimen in place of the one before.

        Landmarks that were placed, accepted or marked as missing by hand do not change: they keep
        the prediction on which was decided. Landmarks that were renamed since learning get their
        new names, and removed ones are left out.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        prediction : Prediction
            What `locate` returned. Its maps are not stored.
        landmark_set_id : int
            The number of the landmark set with which it was made, with all its landmarks in order.
        seed : int, optional
            The seed with which it was made.
        references : str, optional
            What identifies the references with which it was refined.
        box : Box, optional
            In which the specimen was looked for.

        Raises
        ------
        ProjectError
            If there is no such specimen or landmark set, or the prediction does not belong to it.
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
                "INSERT INTO location (specimen_id, landmark_set_id, settings, angle, mirrored, seed, "
                "refined_with, box) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    specimen_id,
                    landmark_set_id,
                    prediction.settings.model_dump_json(),
                    prediction.angle,
                    prediction.mirrored,
                    seed,
                    references,
                    None if box is None else text_of_box(box),
                ),
            )
            self._write_predictions(specimen_id, int(cursor.lastrowid or 0), numbers, prediction)
            self._database.execute("UPDATE specimen SET reason = NULL WHERE id = ?", (specimen_id,))
            refresh_status(self._database, specimen_id)

    def least_confidences(self) -> dict[int, float]:
        """Return the least confidence of the undecided landmarks of each specimen, by its number."""
        return dict(
            self._database.execute(
                "SELECT specimen_id, min(confidence) FROM prediction "
                "JOIN landmark ON landmark.id = landmark_id "
                "WHERE NOT removed AND NOT EXISTS (SELECT 1 FROM decision WHERE "
                "decision.specimen_id = prediction.specimen_id "
                "AND decision.landmark_id = prediction.landmark_id) GROUP BY specimen_id"
            ).fetchall()
        )

    def doubtful_landmarks(self, below: float) -> int:
        """Return how many undecided landmarks, on all specimens, have a confidence below this."""
        row = self._database.first_row(
            "SELECT count(*) FROM prediction JOIN landmark ON landmark.id = landmark_id "
            "JOIN specimen ON specimen.id = specimen_id "
            "WHERE NOT landmark.removed AND NOT specimen.removed AND confidence < ? "
            "AND NOT EXISTS (SELECT 1 FROM decision WHERE "
            "decision.specimen_id = prediction.specimen_id "
            "AND decision.landmark_id = prediction.landmark_id)",
            (below,),
        )
        return int(row[0])

    def confidences(self, specimen_id: int) -> dict[str, float]:
        """Return the confidence of a specimen's predictions by landmark, including decided ones."""
        specimen_name(self._database, specimen_id)
        return dict(
            self._database.execute(
                "SELECT name, confidence FROM prediction "
                "JOIN landmark ON landmark.id = landmark_id "
                "WHERE NOT removed AND specimen_id = ? AND confidence IS NOT NULL",
                (specimen_id,),
            ).fetchall()
        )

    def record_failure(self, specimen_id: int, reason: str) -> None:
        """Store the reason for which landmarks could not be predicted on a specimen."""
        specimen_name(self._database, specimen_id)
        with self._database.transaction():
            self._database.execute(
                "UPDATE specimen SET reason = ? WHERE id = ?", (reason, specimen_id)
            )
            refresh_status(self._database, specimen_id)

    def _landmarks_of_set(self, landmark_set_id: int) -> list[int]:
        row = self._database.first_row(
            "SELECT landmarks FROM landmark_set WHERE id = ?", (landmark_set_id,)
        )
        if row is None:
            raise ProjectError(
                f"The project has no landmark set with the number {landmark_set_id}; add it first."
            )
        with decoding("The landmarks of a landmark set"):
            return [int(number) for number in json.loads(row[0])]

    def _write_predictions(
        self, specimen_id: int, location_id: int, numbers: list[int], prediction: Prediction
    ) -> None:
        present = set(landmark_ids(self._database).values())
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
        columns = np.column_stack(
            (
                prediction.points,
                prediction.confidence,
                _known(prediction.missing_probability, len(numbers)),
                _known(prediction.expected_error, len(numbers)),
                prediction.covariance[:, [0, 0, 1], [0, 1, 1]],
                _known(prediction.coarse_points, len(numbers), 2),
                _known(prediction.agreement, len(numbers)),
                _known(prediction.reference_spread, len(numbers)),
            )
        )
        rows = [
            # SQLite stores NaN as NULL.
            (specimen_id, number, location_id, *values)
            for number, values in zip(numbers, columns.tolist(), strict=True)
            if number in present - decided and not np.isnan(values[:2]).any()
        ]
        self._database.execute_many(INSERT, rows)
        if rows:
            # There is something new to review.
            self._database.execute("UPDATE specimen SET accepted = 0 WHERE id = ?", (specimen_id,))


def _known(values: NDArray[np.float64] | None, *shape: int) -> NDArray[np.float64]:
    return np.full(shape, np.nan) if values is None else values
