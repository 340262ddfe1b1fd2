"""Comments and curves of a project's specimens."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import LandmarkError
from .changes import recorded, write_curves
from .database import decoding
from .records import Curve
from .state import Part, specimen_name


class Annotations(Part):
    """What a project knows of a specimen beside its landmarks; every change can be undone."""

    def set_comment(self, specimen_id: int, comment: str | None) -> None:
        """Set the comment of a specimen, as free text; None or an empty text removes it."""
        name = specimen_name(self._database, specimen_id)
        with recorded(self._database, f"Comment on {name!r}", specimen_id):
            self._database.execute(
                "UPDATE specimen SET comment = ? WHERE id = ?", (comment or None, specimen_id)
            )

    def curves(self, specimen_id: int) -> tuple[Curve, ...]:
        """Return the curves of a specimen in their order."""
        specimen_name(self._database, specimen_id)
        rows = self._database.execute(
            "SELECT name, points FROM curve WHERE specimen_id = ? ORDER BY position", (specimen_id,)
        )
        return tuple(Curve(points_of_text(points), name) for name, points in rows)

    def set_curves(self, specimen_id: int, curves: Iterable[Curve | ArrayLike]) -> None:
        """Replace the curves of a specimen.

        Parameters
        ----------
        specimen_id : int
            The specimen's number.
        curves : iterable of Curve or array_like of shape (n, 2)
            All its curves in their order; points are (row, col) in pixels, NaN where missing.

        Raises
        ------
        ProjectError
            If there is no such specimen.
        LandmarkError
            If the points of a curve are not pairs of finite numbers, or of NaN.
        """
        name = specimen_name(self._database, specimen_id)
        rows = []
        for number, curve in enumerate(curves, 1):
            points, called = (
                (curve.points, curve.name) if isinstance(curve, Curve) else (curve, None)
            )
            rows.append((called, text_of_points(points, f"Curve {number} of {name!r}")))
        with recorded(self._database, f"Set the curves of {name!r}", specimen_id):
            write_curves(self._database, specimen_id, rows)


def text_of_points(points: ArrayLike, curve: str) -> str:
    """Return the points of a curve as JSON; `curve` is what the message of an error calls it."""
    array = np.asarray(points, dtype=float)
    if array.ndim != 2 or array.shape[1] != 2 or len(array) == 0:
        raise LandmarkError(
            f"{curve} has points of shape {array.shape}; give at least one point, as an array of "
            "shape (n, 2) of (row, col)."
        )
    missing = np.isnan(array).all(1)
    if not np.isfinite(array[~missing]).all():
        raise LandmarkError(
            f"{curve} has a point that is no pair of finite numbers; give (row, col), or NaN for "
            "both where a point is missing."
        )
    rows = array.tolist()
    return json.dumps([None if gap else row for row, gap in zip(rows, missing, strict=True)])


def points_of_text(text: str) -> NDArray[np.float64]:
    """Return the points that `text_of_points` wrote, shape (n, 2)."""
    gap = (np.nan, np.nan)
    with decoding("A curve"):
        points = [gap if point is None else point for point in json.loads(text)]
        return np.array(points, dtype=float).reshape(len(points), 2)
