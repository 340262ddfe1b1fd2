"""Landmarks: named points on one image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import LandmarkError


def points_outside(points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which points (row, col), shape (n, 2), lie outside an image of (height, width) pixels.

    The image extends half a pixel beyond the centres of its outer pixels. What is NaN lies nowhere.
    """
    return np.asarray(((points < -0.5) | (points > np.array(size) - 0.5)).any(1))


class Landmarks:
    """Named points on one image, some of which may be missing.

    Parameters
    ----------
    points : mapping of str to (row, col) or None
        Positions in pixels, pixel centres at integers; None marks a missing landmark.

    Attributes
    ----------
    names : tuple of str
        In the given order.
    points : ndarray of float64, shape (n, 2)
        (row, col), read-only; NaN where missing.

    Raises
    ------
    LandmarkError
        If there is no landmark, a name is empty or duplicate, or a position is not a pair of
        finite numbers.

    Examples
    --------
    >>> landmarks = Landmarks({"tip": (112, 300), "base": (140, 96), "notch": None})
    >>> len(landmarks), int(landmarks.present.sum())
    (3, 2)
    >>> landmarks["tip"].tolist()
    [112.0, 300.0]
    """

    def __init__(self, points: Mapping[str, ArrayLike | None]) -> None:
        missing = (np.nan, np.nan)
        rows = [missing if point is None else point for point in points.values()]
        self._set(list(points), rows)

    @classmethod
    def from_arrays(cls, names: Sequence[str], points: ArrayLike) -> Landmarks:
        """Return landmarks from names and positions.

        Parameters
        ----------
        names : sequence of str
            One for each landmark.
        points : array_like, shape (n, 2)
            (row, col) in pixels; NaN where missing.

        Raises
        ------
        LandmarkError
            As for the constructor, or if the numbers of names and positions differ.
        """
        landmarks = cls.__new__(cls)
        landmarks._set(list(names), points)
        return landmarks

    def _set(self, names: list[str], points: object) -> None:
        if not names:
            raise LandmarkError("There are no landmarks; give at least one.")
        try:
            array = np.array(points, dtype=float)
        except (TypeError, ValueError) as error:
            raise LandmarkError(
                f"Landmark positions must be pairs of numbers (row, col); {error}."
            ) from error
        if array.shape != (len(names), 2):
            raise LandmarkError(
                f"The positions of {len(names)} landmarks have the shape {array.shape}; expected "
                f"({len(names)}, 2), one (row, col) for each."
            )
        self._check_names(names)
        invalid = np.isinf(array).any(1) | (np.isnan(array).sum(1) == 1)
        if invalid.any():
            first = int(invalid.argmax())
            row, col = array[first]
            raise LandmarkError(
                f"Landmark {names[first]!r} is at ({row}, {col}); give two finite numbers, or None for "
                "a missing landmark."
            )
        array.flags.writeable = False
        self.names = tuple(names)
        self.points: NDArray[np.float64] = array

    @staticmethod
    def _check_names(names: list[str]) -> None:
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise LandmarkError(f"{name!r} is not a landmark name; name each landmark.")
        duplicates = sorted(name for name, count in Counter(names).items() if count > 1)
        if duplicates:
            raise LandmarkError(
                f"Duplicate landmark names: {', '.join(map(repr, duplicates))}; give each landmark "
                "a unique name."
            )

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return np.asarray(self.points[self.names.index(name)])

    def __repr__(self) -> str:
        positions = ", ".join(
            f"{name!r}: ({row:.1f}, {col:.1f})" if present else f"{name!r}: None"
            for name, (row, col), present in zip(self.names, self.points, self.present, strict=True)
        )
        return f"Landmarks({{{positions}}})"

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
        """Return the longer side of the bounding box of the present landmarks in pixels."""
        points = self._some_present()
        return float((points.max(0) - points.min(0)).max())

    def require_inside(self, height: int, width: int) -> None:
        """Raise `LandmarkError` if a landmark lies outside an image of this size in pixels.

        The image extends half a pixel beyond the centres of its outer pixels.
        """
        for index in np.flatnonzero(points_outside(self.points, (height, width))):
            row, col = self.points[index]
            raise LandmarkError(
                f"Landmark {self.names[index]!r} at (row {row:g}, col {col:g}) lies outside the "
                f"image, which has {height} rows and {width} columns; check that the landmarks belong "
                "to this image, that rows and columns are not swapped, and that the y axis is not "
                "inverted."
            )

    def _some_present(self) -> NDArray[np.float64]:
        points = self.points[self.present]
        if not len(points):
            raise LandmarkError("All landmarks are missing; at least one must have a position.")
        return np.asarray(points)
