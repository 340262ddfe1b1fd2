"""Where landmarks are on the specimens of a project, and what a user decides about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import LandmarkError, ProjectError
from ..landmarks import Landmarks
from .changes import noted
from .records import Placement, PlacementStatus, Point
from .state import Part, landmark_id, specimen_name, specimen_row

BY_HAND = (PlacementStatus.MANUAL, PlacementStatus.CORRECTED)

SELECT = """
SELECT landmark.name, decision.status, decision.row, decision.col,
    prediction.row, prediction.col, confidence, missing_probability, expected_error,
    row_variance, covariance, col_variance
FROM landmark
LEFT JOIN decision ON decision.landmark_id = landmark.id AND decision.specimen_id = ?1
LEFT JOIN prediction ON prediction.landmark_id = landmark.id AND prediction.specimen_id = ?1
WHERE NOT removed AND (decision.status IS NOT NULL OR prediction.row IS NOT NULL)
ORDER BY position, landmark.id
"""


class Placements(Part):
    """What a project knows of the landmarks on each specimen; every decision can be undone."""

    def placements(self, specimen_id: int) -> dict[str, Placement]:
        """Return the landmarks that are placed or missing on a specimen, by name, in their order."""
        specimen_name(self._database, specimen_id)
        rows = self._database.execute(SELECT, (specimen_id,))
        return {row[0]: _placement(*row) for row in rows}

    def landmarks_of(self, specimen_id: int, *, decided: bool = False) -> Landmarks:
        """Return the landmarks of a specimen; those without a place are missing.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        decided : bool
            Leave out what was predicted and not accepted, as one does for learning.

        Raises
        ------
        LandmarkError
            If the project has no landmarks.
        """
        placed = self.placements(specimen_id)
        if decided:
            placed = {
                name: one
                for name, one in placed.items()
                if one.status is not PlacementStatus.PREDICTED
            }
        names = [
            name
            for (name,) in self._database.execute(
                "SELECT name FROM landmark WHERE NOT removed ORDER BY position, id"
            )
        ]
        return Landmarks({name: placed[name].point if name in placed else None for name in names})

    def place(
        self, specimen_id: int, landmark: str, point: Point, status: PlacementStatus | None = None
    ) -> None:
        """Place a landmark by hand.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        landmark : str
            Its name.
        point : (float, float)
            (row, col) in pixels of the image.
        status : PlacementStatus, optional
            Default: ``CORRECTED`` where something was predicted, else ``MANUAL``.

        Raises
        ------
        ProjectError
            If there is no such specimen or landmark.
        LandmarkError
            If the point is none or lies outside the image.
        """
        self._decide(specimen_id, {landmark: point}, status, f"Place {landmark!r}")

    def place_many(
        self,
        specimen_id: int,
        points: Mapping[str, Point | None],
        status: PlacementStatus | None = None,
    ) -> None:
        """Place several landmarks by hand as one step; None: missing. Otherwise as `place`."""
        what = (
            f"Place {len(points)} landmarks"
            if len(points) != 1
            else f"Place {next(iter(points))!r}"
        )
        self._decide(specimen_id, points, status, what)

    def mark_missing(self, specimen_id: int, landmark: str) -> None:
        """Say that a landmark is absent from a specimen."""
        self._decide(specimen_id, {landmark: None}, None, f"Mark {landmark!r} as missing")

    def clear(self, specimen_id: int, landmark: str | None = None) -> None:
        """Take back what was decided about a landmark, or about all: again as it was predicted.

        A specimen that was accepted is in review again.
        """
        name = specimen_name(self._database, specimen_id)
        number = None if landmark is None else landmark_id(self._database, landmark)
        what = "all landmarks" if landmark is None else repr(landmark)
        with noted(self._database, f"Clear {what} on {name!r}", specimen_id):
            self._database.execute(
                "DELETE FROM decision WHERE specimen_id = ?1 AND landmark_id = ifnull(?2, landmark_id)",
                (specimen_id, number),
            )
            self._database.execute("UPDATE specimen SET accepted = 0 WHERE id = ?", (specimen_id,))

    def accept(self, specimen_id: int, landmark: str | None = None) -> None:
        """Accept what was predicted for a landmark, or a specimen with all its landmarks.

        The specimen also counts as accepted once something is decided about each landmark and the
        last of them is accepted.

        Raises
        ------
        ProjectError
            If nothing was placed.
        """
        name = specimen_name(self._database, specimen_id)
        placed = self.placements(specimen_id)
        if landmark is not None:
            landmark_id(self._database, landmark)
            placed = {landmark: placed[landmark]} if landmark in placed else {}
        if not placed:
            raise ProjectError(
                f"There is nothing to accept on {name!r}; place landmarks or let them be found first."
            )
        what = f"Accept {name!r}" if landmark is None else f"Accept {landmark!r} on {name!r}"
        with noted(self._database, what, specimen_id):
            for one in placed.values():
                if one.status is PlacementStatus.PREDICTED:
                    self._write(specimen_id, one.landmark, PlacementStatus.ACCEPTED, one.point)
            if landmark is None or self._all_decided(specimen_id):
                self._database.execute(
                    "UPDATE specimen SET accepted = 1 WHERE id = ?", (specimen_id,)
                )

    def _decide(
        self,
        specimen_id: int,
        points: Mapping[str, Point | None],
        status: PlacementStatus | None,
        what: str,
    ) -> None:
        name, *size = specimen_row(self._database, "name, height, width", specimen_id)
        if not points:
            return
        _check(points, size)
        if status is not None and status not in BY_HAND:
            raise ProjectError(
                f"A landmark cannot be placed as {status!s}; place it as manual or corrected, accept "
                "it or mark it as missing."
            )
        placed = self.placements(specimen_id)
        with noted(self._database, f"{what} on {name!r}", specimen_id):
            for landmark, point in points.items():
                was_predicted = landmark in placed and placed[landmark].predicted is not None
                usual = PlacementStatus.CORRECTED if was_predicted else PlacementStatus.MANUAL
                chosen = PlacementStatus.MISSING if point is None else status or usual
                self._write(specimen_id, landmark, chosen, point)

    def _write(
        self, specimen_id: int, landmark: str, status: PlacementStatus, point: Point | None
    ) -> None:
        row, col = (None, None) if point is None else (float(point[0]), float(point[1]))
        self._database.execute(
            "INSERT OR REPLACE INTO decision (specimen_id, landmark_id, status, row, col) "
            "VALUES (?, ?, ?, ?, ?)",
            (specimen_id, landmark_id(self._database, landmark), status, row, col),
        )

    def _all_decided(self, specimen_id: int) -> bool:
        undecided = self._database.one(
            "SELECT 1 FROM landmark WHERE NOT removed AND id NOT IN "
            "(SELECT landmark_id FROM decision WHERE specimen_id = ?)",
            (specimen_id,),
        )
        return undecided is None


def _check(points: Mapping[str, Point | None], size: list[int]) -> None:
    for name, point in points.items():
        if point is not None and np.isnan(np.asarray(point, dtype=float)).all():
            raise LandmarkError(f"The place of {name!r} is no number; mark it as missing instead.")
    Landmarks(points).require_inside(size[0], size[1])


def _placement(
    name: str,
    status: str | None,
    row: float | None,
    col: float | None,
    predicted_row: float | None,
    predicted_col: float | None,
    *doubts: Any,
) -> Placement:
    predicted = _point(predicted_row, predicted_col)
    decided = PlacementStatus.PREDICTED if status is None else PlacementStatus(status)
    if decided not in (PlacementStatus.PREDICTED, PlacementStatus.ACCEPTED):
        return Placement(name, _point(row, col), decided, predicted)
    confidence, missing_probability, expected_error, *variances = doubts
    row_variance, covariance, col_variance = variances
    known = row_variance is not None
    return Placement(
        name,
        predicted,
        decided,
        predicted,
        confidence,
        float(np.sqrt(row_variance + col_variance)) if known else None,
        missing_probability,
        expected_error,
        ((row_variance, covariance), (covariance, col_variance)) if known else None,
    )


def _point(row: float | None, col: float | None) -> Point | None:
    return None if row is None or col is None else (row, col)
