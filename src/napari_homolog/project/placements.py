"""Positions of landmarks on the specimens of a project, and what a user decides about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ..errors import LandmarkError, ProjectError
from ..landmarks import Landmarks
from .changes import recorded
from .records import Placement, PlacementStatus, Point
from .state import Part, landmark_id, landmark_ids, specimen_name, specimen_row

BY_HAND = (PlacementStatus.MANUAL, PlacementStatus.CORRECTED)

SELECT = """
SELECT landmark.name, decision.status, decision.row, decision.col,
    prediction.row, prediction.col, confidence, missing_probability, expected_error,
    error_radius, row_variance, covariance, col_variance, occlusion.landmark_id
FROM landmark
LEFT JOIN decision ON decision.landmark_id = landmark.id AND decision.specimen_id = ?1
LEFT JOIN prediction ON prediction.landmark_id = landmark.id AND prediction.specimen_id = ?1
LEFT JOIN occlusion ON occlusion.landmark_id = landmark.id AND occlusion.specimen_id = ?1
WHERE NOT removed AND (decision.status IS NOT NULL OR prediction.row IS NOT NULL)
ORDER BY position, landmark.id
"""


class Placements(Part):
    """What a project knows of the landmarks on each specimen; every decision can be undone."""

    def placements(self, specimen_id: int) -> dict[str, Placement]:
        """Return the placed, predicted and missing landmarks of a specimen, by name, in order."""
        specimen_name(self._database, specimen_id)
        rows = self._database.execute(SELECT, (specimen_id,))
        return {row[0]: _placement(*row) for row in rows}

    def landmarks_of(self, specimen_id: int, *, decided: bool = False) -> Landmarks:
        """Return the landmarks of a specimen; those without a position are missing.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        decided : bool
            Whether to leave out what was predicted and not accepted, as for learning.

        Raises
        ------
        LandmarkError
            If the project has no landmarks.
        """
        placements = self.placements(specimen_id)
        if decided:
            placements = {
                name: placement
                for name, placement in placements.items()
                if placement.status is not PlacementStatus.PREDICTED
            }
        return Landmarks(
            {
                name: placements[name].point if name in placements else None
                for name in landmark_ids(self._database)
            }
        )

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
            If the point is no pair of numbers or lies outside the image.
        """
        self._decide(specimen_id, {landmark: point}, status, f"Place {landmark!r}")

    def place_many(
        self,
        specimen_id: int,
        points: Mapping[str, Point | None],
        status: PlacementStatus | None = None,
        *,
        occluded: Collection[str] | None = None,
    ) -> None:
        """Place several landmarks by hand, as one step of the history.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        points : mapping of str to (float, float) or None
            (row, col) in pixels of the image, by landmark; None for missing ones.
        status : PlacementStatus, optional
            As for `place`.
        occluded : collection of str, optional
            Which of these landmarks are hidden on the image; the others are then visible. Default:
            as before.

        Raises
        ------
        ProjectError, LandmarkError
            As for `place`.
        """
        what = (
            f"Place {len(points)} landmarks"
            if len(points) != 1
            else f"Place {next(iter(points))!r}"
        )
        self._decide(specimen_id, points, status, what, occluded)

    def mark_missing(self, specimen_id: int, landmark: str) -> None:
        """Record that a landmark is absent from a specimen."""
        self._decide(specimen_id, {landmark: None}, None, f"Mark {landmark!r} as missing")

    def mark_occluded(self, specimen_id: int, landmark: str, occluded: bool = True) -> None:
        """Record whether a landmark that has a position is hidden on the image.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        landmark : str
            Its name.
        occluded : bool
            False: the landmark is visible.

        Raises
        ------
        ProjectError
            If there is no such specimen or landmark, or the landmark has no position there.
        """
        name, number = specimen_name(self._database, specimen_id), self._number(landmark)
        placement = self.placements(specimen_id).get(landmark)
        if placement is None or placement.point is None:
            raise ProjectError(
                f"Landmark {landmark!r} has no position on {name!r}, so that it cannot be occluded; "
                "place it first."
            )
        what = "occluded" if occluded else "visible"
        with recorded(self._database, f"Mark {landmark!r} as {what} on {name!r}", specimen_id):
            self._set_occluded(specimen_id, number, occluded)

    def clear(self, specimen_id: int, landmark: str | None = None) -> None:
        """Remove what was decided about a landmark, or about all: again as it was predicted.

        A specimen that was accepted is in review again.
        """
        name = specimen_name(self._database, specimen_id)
        number = None if landmark is None else self._number(landmark)
        what = "all landmarks" if landmark is None else repr(landmark)
        with recorded(self._database, f"Clear {what} on {name!r}", specimen_id):
            for table in ("decision", "occlusion"):
                self._database.execute(
                    f"DELETE FROM {table} WHERE specimen_id = ?1 "
                    "AND landmark_id = ifnull(?2, landmark_id)",
                    (specimen_id, number),
                )
            self._database.execute("UPDATE specimen SET accepted = 0 WHERE id = ?", (specimen_id,))

    def accept(self, specimen_id: int, landmark: str | None = None) -> None:
        """Accept what was predicted for a landmark, or a specimen with all its landmarks.

        The specimen also counts as accepted when the last of its landmarks is accepted and all
        others are decided.

        Raises
        ------
        ProjectError
            If nothing was placed.
        """
        name = specimen_name(self._database, specimen_id)
        placements = self.placements(specimen_id)
        if landmark is not None:
            self._number(landmark)
            placements = {landmark: placements[landmark]} if landmark in placements else {}
        if not placements:
            raise ProjectError(
                f"There is nothing to accept on {name!r}; place its landmarks or predict them first."
            )
        what = f"Accept {name!r}" if landmark is None else f"Accept {landmark!r} on {name!r}"
        with recorded(self._database, what, specimen_id):
            for placement in placements.values():
                if placement.status is PlacementStatus.PREDICTED:
                    self._write(
                        specimen_id,
                        self._number(placement.landmark),
                        PlacementStatus.ACCEPTED,
                        placement.point,
                    )
            if landmark is None or self._all_decided(specimen_id):
                self._database.execute(
                    "UPDATE specimen SET accepted = 1 WHERE id = ?", (specimen_id,)
                )

    def accept_on(self, specimen_ids: Collection[int], landmark: str) -> None:
        """Accept what was predicted for a landmark on several specimens, as one step of the history.

        Parameters
        ----------
        specimen_ids : collection of int
            The specimens' numbers.
        landmark : str
            The landmark's name.

        Raises
        ------
        ProjectError
            As for `accept`; then it is accepted on none of them.
        """
        if not specimen_ids:
            return
        count = len(specimen_ids)
        what = f"Accept {landmark!r} on {count} specimen{'s' if count > 1 else ''}"
        with recorded(self._database, what, several=specimen_ids):
            for specimen_id in specimen_ids:
                self.accept(specimen_id, landmark)

    def _decide(
        self,
        specimen_id: int,
        points: Mapping[str, Point | None],
        status: PlacementStatus | None,
        what: str,
        occluded: Collection[str] | None = None,
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
        placements = self.placements(specimen_id)
        with recorded(self._database, f"{what} on {name!r}", specimen_id):
            for landmark, point in points.items():
                number = self._number(landmark)
                was_predicted = (
                    landmark in placements and placements[landmark].predicted is not None
                )
                usual = PlacementStatus.CORRECTED if was_predicted else PlacementStatus.MANUAL
                chosen = PlacementStatus.MISSING if point is None else status or usual
                self._write(specimen_id, number, chosen, point)
                if point is None:
                    self._set_occluded(specimen_id, number, False)
                elif occluded is not None:
                    self._set_occluded(specimen_id, number, landmark in occluded)

    def _number(self, landmark: str) -> int:
        return landmark_id(self._database, landmark)

    def _write(
        self, specimen_id: int, landmark_id: int, status: PlacementStatus, point: Point | None
    ) -> None:
        row, col = (None, None) if point is None else (float(point[0]), float(point[1]))
        self._database.execute(
            "INSERT OR REPLACE INTO decision (specimen_id, landmark_id, status, row, col) "
            "VALUES (?, ?, ?, ?, ?)",
            (specimen_id, landmark_id, status, row, col),
        )

    def _set_occluded(self, specimen_id: int, landmark_id: int, occluded: bool) -> None:
        self._database.execute(
            "INSERT OR IGNORE INTO occlusion (specimen_id, landmark_id) VALUES (?, ?)"
            if occluded
            else "DELETE FROM occlusion WHERE specimen_id = ? AND landmark_id = ?",
            (specimen_id, landmark_id),
        )

    def _all_decided(self, specimen_id: int) -> bool:
        undecided = self._database.first_row(
            "SELECT 1 FROM landmark WHERE NOT removed AND id NOT IN "
            "(SELECT landmark_id FROM decision WHERE specimen_id = ?)",
            (specimen_id,),
        )
        return undecided is None


def _check(points: Mapping[str, Point | None], size: list[int]) -> None:
    for name, point in points.items():
        if point is not None and np.isnan(np.asarray(point, dtype=float)).all():
            raise LandmarkError(
                f"The position of {name!r} is {point}; give (row, col), or mark it as missing."
            )
    Landmarks(points).require_inside(size[0], size[1])


def _placement(
    name: str,
    status: str | None,
    row: float | None,
    col: float | None,
    predicted_row: float | None,
    predicted_col: float | None,
    *uncertainty: Any,
) -> Placement:
    predicted = _point(predicted_row, predicted_col)
    decided = PlacementStatus.PREDICTED if status is None else PlacementStatus(status)
    confidence, missing_probability, error, radius, *variances, occluded_id = uncertainty
    occluded = occluded_id is not None
    if decided not in (PlacementStatus.PREDICTED, PlacementStatus.ACCEPTED):
        return Placement(name, _point(row, col), decided, predicted, occluded=occluded)
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
        error,
        ((row_variance, covariance), (covariance, col_variance)) if known else None,
        radius,
        occluded,
    )


def _point(row: float | None, col: float | None) -> Point | None:
    return None if row is None or col is None else (row, col)
