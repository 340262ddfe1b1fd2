"""Landmarks: named points on one image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import LandmarkError


class Landmarks:
    """Named points on one image, some of them perhaps missing.

    Parameters
    ----------
    points : mapping of str to (row, col) or None
        Positions in pixels of the image, pixel centres at integers; None marks a missing landmark.

    Attributes
    ----------
    names : tuple of str
        In the order given.
    points : ndarray of float64, shape (n, 2)
        (row, col), read-only; NaN where missing.

    Raises
    ------
    LandmarkError
        If there is no landmark, a name is empty or stands twice, or a position is no pair of
        finite numbers.

    Examples
    --------
    >>> marks = Landmarks({"tip": (112, 300), "base": (140, 96), "notch": None})
    >>> len(marks), int(marks.present.sum())
    (3, 2)
    """

    def __init__(self, points: Mapping[str, ArrayLike | None]) -> None:
        missing = (np.nan, np.nan)
        self._set(list(points), [missing if p is None else p for p in points.values()])

    @classmethod
    def from_arrays(cls, names: Sequence[str], points: ArrayLike) -> Landmarks:
        """Return landmarks from names and positions (n, 2), (row, col), NaN where missing."""
        made = cls.__new__(cls)
        made._set(list(names), points)
        return made

    def _set(self, names: list[str], points: object) -> None:
        if not names:
            raise LandmarkError("No landmark was given; mark at least one point.")
        try:
            array = np.array(points, dtype=float)
        except (TypeError, ValueError) as error:
            raise LandmarkError(
                f"Landmark positions must be pairs of numbers (row, col); {error}."
            ) from error
        if array.shape != (len(names), 2):
            raise LandmarkError(
                f"{len(names)} names came with positions of shape {array.shape}; expected "
                f"({len(names)}, 2): one (row, col) for each name."
            )
        self._check_names(names)
        faulty = np.isinf(array).any(1) | (np.isnan(array).sum(1) == 1)
        if faulty.any():
            first = int(faulty.argmax())
            row, col = array[first]
            raise LandmarkError(
                f"Landmark {names[first]!r} is at ({row}, {col}); give two finite numbers, or none at "
                "all for a missing landmark."
            )
        array.flags.writeable = False
        self.names = tuple(names)
        self.points: NDArray[np.float64] = array

    @staticmethod
    def _check_names(names: list[str]) -> None:
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise LandmarkError(f"{name!r} is no landmark name; give each landmark a name.")
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise LandmarkError(
                f"These landmark names stand more than once: {', '.join(map(repr, twice))}; "
                "give each landmark a name of its own."
            )

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return np.asarray(self.points[self.names.index(name)])

    def __repr__(self) -> str:
        placed = ", ".join(
            f"{name!r}: ({row:.1f}, {col:.1f})" if there else f"{name!r}: None"
            for name, (row, col), there in zip(self.names, self.points, self.present, strict=True)
        )
        return f"Landmarks({{{placed}}})"

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which landmarks have a position, shape (n,)."""
        return np.asarray(~np.isnan(self.points[:, 0]))

    def centroid_size(self) -> float:
        """Return the centroid size of the present landmarks in pixels.

        The square root of the summed squared distances to their centroid (Bookstein 1991).
        """
        points = self._some_present()
        return float(np.sqrt(((points - points.mean(0)) ** 2).sum()))

    def longer_side(self) -> float:
        """Return the longer side of the box around the present landmarks in pixels."""
        points = self._some_present()
        return float((points.max(0) - points.min(0)).max())

    def require_inside(self, height: int, width: int) -> None:
        """Raise `LandmarkError` if a landmark lies outside an image of this size in pixels."""
        for name, (row, col) in zip(self.names, self.points, strict=True):
            if not np.isnan(row) and not (
                -0.5 <= row <= height - 0.5 and -0.5 <= col <= width - 0.5
            ):
                raise LandmarkError(
                    f"Landmark {name!r} at (row {row:g}, col {col:g}) lies outside the image, which "
                    f"has {height} rows and {width} columns; check that the landmarks belong to "
                    "this image and that row and column, or the y axis, are not swapped."
                )

    def _some_present(self) -> NDArray[np.float64]:
        points = self.points[self.present]
        if not len(points):
            raise LandmarkError("All landmarks are missing; at least one must be present.")
        return np.asarray(points)
