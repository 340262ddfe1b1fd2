"""Refined predictions in a project, and how large their errors are by what a person decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .predictions import Predictions
from .records import CoarsePrediction, RefinedLandmark
from .state import landmark_ids, specimen_name

DECIDED = (
    "EXISTS (SELECT 1 FROM decision WHERE decision.specimen_id = prediction.specimen_id "
    "AND decision.landmark_id = prediction.landmark_id)"
)
JOIN_REFINED = (
    "JOIN prediction ON prediction.specimen_id = specimen.id AND coarse_row IS NOT NULL "
    "JOIN location ON location.id = location_id"
)
"""From specimens to their refined landmarks."""

JOIN_UNDECIDED = f"{JOIN_REFINED} AND NOT {DECIDED}"
"""From specimens to the refined landmarks about which nobody has decided."""

PLACES = """
SELECT prediction.specimen_id, prediction.landmark_id, reference_spread, missing_probability,
    coalesce(decision.row, prediction.row), coalesce(decision.col, prediction.col),
    decision.status IS NULL AND coarse_row IS NOT NULL
FROM prediction
JOIN specimen ON specimen.id = prediction.specimen_id AND NOT specimen.removed
LEFT JOIN decision ON decision.specimen_id = prediction.specimen_id
    AND decision.landmark_id = prediction.landmark_id
ORDER BY prediction.specimen_id
"""


class Refinements(Predictions):
    """What refinement made of predictions."""

    def refined_otherwise(self, *references: str) -> list[int]:
        """Return the specimens that were refined with other references and are still in review.

        Parameters
        ----------
        *references : str
            What identifies the present references; any of several ways to use them.
        """
        rows = self._database.execute(
            f"SELECT DISTINCT specimen.id FROM specimen {JOIN_UNDECIDED} "
            "WHERE NOT specimen.removed AND NOT accepted "
            f"AND refined_with NOT IN ({', '.join('?' * len(references))}) ORDER BY specimen.id",
            references,
        )
        return [number for (number,) in rows]

    def coarse_prediction(self, specimen_id: int, *, decided: bool = False) -> CoarsePrediction:
        """Return where the model placed the landmarks of a specimen before refinement.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        decided : bool
            Whether of the landmarks about which somebody decided; default: of all others.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        """
        specimen_name(self._database, specimen_id)
        rows = self._database.execute(
            "SELECT landmark.name, coarse_row, coarse_col, location.mirrored "
            f"FROM specimen {JOIN_REFINED} JOIN landmark ON landmark.id = prediction.landmark_id "
            f"WHERE specimen.id = ? AND NOT landmark.removed AND {DECIDED} = ? "
            "ORDER BY position, landmark.id",
            (specimen_id, decided),
        ).fetchall()
        points = {name: (row, col) for name, row, col, _ in rows}
        return CoarsePrediction(points, mirrored=any(row[3] for row in rows))

    def record_refinement(
        self, specimen_id: int, refined: Mapping[str, RefinedLandmark], references: str
    ) -> None:
        """Move predicted landmarks of a specimen to where they were refined anew.

        What was decided by hand meanwhile does not change.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        refined : mapping of str to RefinedLandmark
            By landmark.
        references : str
            What identifies the references.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        """
        specimen_name(self._database, specimen_id)
        known = landmark_ids(self._database)
        with self._database.transaction():
            self._database.execute_many(
                "UPDATE prediction SET row = ?, col = ?, agreement = ?, reference_spread = ? "
                f"WHERE specimen_id = ? AND landmark_id = ? AND NOT {DECIDED}",
                [
                    (*one.point, one.agreement, one.spread, specimen_id, known[name])
                    for name, one in refined.items()
                    if name in known
                ],
            )
            self._database.execute(
                "UPDATE location SET refined_with = ? WHERE id IN "
                "(SELECT location_id FROM prediction WHERE specimen_id = ?) "
                "AND refined_with IS NOT NULL",
                (references, specimen_id),
            )

    def agreements(self, specimen_id: int) -> dict[str, float]:
        """Return how well references agree on the undecided landmarks of a specimen, by landmark."""
        specimen_name(self._database, specimen_id)
        return dict(
            self._database.execute(
                "SELECT landmark.name, agreement FROM prediction "
                "JOIN landmark ON landmark.id = prediction.landmark_id "
                f"WHERE specimen_id = ? AND NOT removed AND agreement IS NOT NULL AND NOT {DECIDED}",
                (specimen_id,),
            ).fetchall()
        )

    def probably_not_found(self) -> set[int]:
        """Return the specimens in review on which landmarks lie on something unlike the references."""
        from ..correspondence.inference.prediction import LEAST_AGREEMENT

        rows = self._database.execute(
            "SELECT specimen_id FROM prediction JOIN landmark ON landmark.id = prediction.landmark_id "
            f"WHERE NOT removed AND NOT {DECIDED} GROUP BY specimen_id HAVING avg(agreement) < ?",
            (LEAST_AGREEMENT,),
        )
        return {number for (number,) in rows}

    def in_review(self) -> list[int]:
        """Return the specimens with refined landmarks about which nobody has decided."""
        return self.refined_otherwise("")

    def judged_otherwise(self, references: str, among: Iterable[int]) -> list[int]:
        """Return which specimens' errors are not known for these references.

        Parameters
        ----------
        references : str
            What identifies the references.
        among : iterable of int
            The specimens to consider: those with refined landmarks that somebody decided about.
        """
        known = {
            number
            for (number,) in self._database.execute(
                "SELECT DISTINCT specimen_id FROM residual WHERE refined_with = ?", (references,)
            )
        }
        refined = {
            number
            for (number,) in self._database.execute(
                f"SELECT DISTINCT specimen.id FROM specimen {JOIN_REFINED} WHERE {DECIDED}"
            )
        }
        return [number for number in among if number in refined - known]

    def record_residuals(
        self, specimen_id: int, residuals: Mapping[str, tuple[float, float]], references: str
    ) -> None:
        """Store how far refinement without a specimen's own help is from what was decided on it.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        residuals : mapping of str to (float, float)
            Distance, and disagreement of the references (NaN where unknown), by landmark; shares of
            the specimen's size.
        references : str
            What identifies the references, the specimen among them.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        """
        specimen_name(self._database, specimen_id)
        known = landmark_ids(self._database)
        with self._database.transaction():
            self._database.execute("DELETE FROM residual WHERE specimen_id = ?", (specimen_id,))
            self._database.execute_many(
                "INSERT INTO residual VALUES (?, ?, ?, ?, ?)",
                [
                    (specimen_id, known[name], *values, references)
                    for name, values in residuals.items()
                    if name in known
                ],
            )

    def update_error_radii(self, references: str) -> bool:
        """Let the errors on decided specimens say how certain the undecided landmarks are.

        Parameters
        ----------
        references : str
            What identifies the references.

        Returns
        -------
        bool
            Whether there were enough; otherwise nothing changes.
        """
        from ..correspondence.inference.calibration import TOLERANCE
        from ..correspondence.inference.conformal import LEVEL, ErrorRadii
        from ..correspondence.priors.shape_prior import size_of

        residuals = self._database.execute(
            "SELECT error, spread FROM residual WHERE refined_with = ? AND error IS NOT NULL",
            (references,),
        ).fetchall()
        if not residuals:
            return False
        radii = ErrorRadii.from_errors(*np.array(residuals, float).T)
        if not radii.known():
            return False
        rows = []
        for specimen_id, places in self._places().items():
            size = size_of(places.points)
            spreads = places.spreads / size
            certain = (1 - places.missing) * radii.probability_within(TOLERANCE, spreads)
            typical, radius = (size * radii.radius(spreads, level) for level in (0.5, LEVEL))
            rows += [
                (*values, specimen_id, landmark)
                for values, landmark, undecided in zip(
                    np.column_stack([certain, typical, radius]).tolist(),
                    places.landmarks,
                    places.undecided,
                    strict=True,
                )
                if undecided
            ]
        with self._database.transaction():
            self._database.execute_many(
                "UPDATE prediction SET confidence = ?, expected_error = ?, error_radius = ? "
                "WHERE specimen_id = ? AND landmark_id = ?",
                rows,
            )
        return True

    def _places(self) -> dict[int, _Places]:
        grouped: dict[int, list[tuple[float, ...]]] = defaultdict(list)
        for specimen_id, *row in self._database.execute(PLACES):
            grouped[specimen_id].append(tuple(row))
        places = {}
        for specimen_id, rows in grouped.items():
            columns = np.array(rows, float)
            places[specimen_id] = _Places(
                landmarks=[int(number) for number in columns[:, 0]],
                spreads=columns[:, 1],
                missing=np.nan_to_num(columns[:, 2]),
                points=columns[:, 3:5],
                undecided=columns[:, 5].astype(bool),
            )
        return places


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the landmarks of a specimen are, decided or predicted, in arrays with a row for each."""

    landmarks: list[int]
    spreads: NDArray[np.float64]
    missing: NDArray[np.float64]
    points: NDArray[np.float64]
    undecided: NDArray[np.bool_]
