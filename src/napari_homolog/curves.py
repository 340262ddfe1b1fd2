"""Curves: what a curve of a series is, and the geometry of curves on one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import CurveError

Path = NDArray[np.float64]
"""A polyline, shape (n, 2), (row, col) in pixels; a closed one does not repeat its first point."""

SAME_PLACE = 1e-6
"""Pixels within which two points are one."""

MOST_SEMILANDMARKS = 1000
"""A curve has no more of them."""


@dataclass(frozen=True)
class CurveDefinition:
    """A curve of a series: where it begins and ends, and the semilandmarks on it.

    Attributes
    ----------
    name : str
        Unique in the series.
    anchors : tuple of str
        The landmarks at the two ends of an open curve; none, or the one at which it begins, of a
        closed curve.
    semilandmarks : int
        How many points lie on the curve beside its anchors.
    closed : bool
        Whether it returns to its beginning.
    shares : tuple of float or None
        Where the semilandmarks lie, as increasing shares of the curve's length; None for even
        distances.

    Raises
    ------
    CurveError
        If the anchors do not fit the kind of curve, or number and shares do not fit.

    Examples
    --------
    >>> CurveDefinition("margin", ("base", "tip"), 3).positions().tolist()
    [0.25, 0.5, 0.75]
    >>> CurveDefinition("outline", (), 4, closed=True).positions().tolist()
    [0.0, 0.25, 0.5, 0.75]
    """

    name: str
    anchors: tuple[str, ...]
    semilandmarks: int
    closed: bool = False
    shares: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise CurveError(f"{self.name!r} is not the name of a curve; name each curve.")
        self._check_anchors()
        if not 1 <= self.semilandmarks <= MOST_SEMILANDMARKS:
            raise CurveError(
                f"Curve {self.name!r} is to have {self.semilandmarks} semilandmarks; give a number "
                f"from 1 to {MOST_SEMILANDMARKS}."
            )
        if self.shares is not None:
            self._check_shares(self.shares)

    def _check_anchors(self) -> None:
        given = f"{len(self.anchors)} anchor{'' if len(self.anchors) == 1 else 's'}"
        if not self.closed and len(self.anchors) != 2:
            raise CurveError(
                f"Curve {self.name!r} has {given}; give an open curve two landmarks, one at each end, "
                "or make the curve closed."
            )
        if self.closed and len(self.anchors) > 1:
            raise CurveError(
                f"Curve {self.name!r} is closed and has {given}; give it one landmark to begin at, "
                "or none."
            )
        if len(set(self.anchors)) < len(self.anchors):
            raise CurveError(
                f"Curve {self.name!r} begins and ends at landmark {self.anchors[0]!r}; give two "
                "landmarks, or make the curve closed."
            )

    def _check_shares(self, shares: tuple[float, ...]) -> None:
        low, high = 0.0, 1.0
        first_may_be_zero = self.closed and not self.anchors
        values = np.array(shares, dtype=float)
        inside = (values > low) & (values < high)
        if first_may_be_zero and len(values):
            inside[0] |= values[0] == low
        if len(shares) != self.semilandmarks or not inside.all() or (np.diff(values) <= 0).any():
            raise CurveError(
                f"The shares of curve {self.name!r} are {list(shares)}; give {self.semilandmarks} "
                "increasing numbers between 0 and 1, one for each semilandmark."
            )

    def positions(self) -> NDArray[np.float64]:
        """Return where the semilandmarks lie, as shares of the curve's length, shape (n,)."""
        if self.shares is not None:
            return np.array(self.shares)
        if self.closed and not self.anchors:
            return np.arange(self.semilandmarks) / self.semilandmarks
        return np.arange(1, self.semilandmarks + 1) / (self.semilandmarks + 1)

    def on(self, path: ArrayLike) -> Path:
        """Return the semilandmarks on a path along the curve, shape (n, 2).

        Parameters
        ----------
        path : array_like, shape (m, 2)
            From one anchor to the other, or around from where the curve begins; (row, col).
        """
        return at_shares(path, self.positions(), closed=self.closed)

    def with_ends(self, path: ArrayLike) -> Path:
        """Return the semilandmarks on a path between its ends, or after the anchor of a closed one.

        Parameters
        ----------
        path : array_like, shape (m, 2)
            As for `on`.
        """
        ends = at_shares(path, [0.0, 1.0], closed=False)
        return np.concatenate([ends[: bool(self.anchors)], self.on(path), ends[1 + self.closed :]])


def as_path(points: ArrayLike, *, closed: bool = False, what: str = "A curve") -> Path:
    """Return points as a path, without those that repeat the point before.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        (row, col); rows of NaN, as files mark missing points, are left out.
    closed : bool
        Whether the last point is joined to the first.
    what : str
        How the message of an error calls it.

    Raises
    ------
    CurveError
        If fewer than two different points remain (three if closed), or one is not a pair of finite
        numbers.
    """
    try:
        path = np.array(points, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise CurveError(f"{what} consists of pairs of numbers (row, col); {error}.") from error
    path = path[~np.isnan(path).all(1)]
    if not np.isfinite(path).all():
        raise CurveError(f"{what} has a point that is not a pair of finite numbers; correct it.")
    kept = np.ones(len(path), dtype=bool)
    kept[1:] = (np.diff(path, axis=0) != 0).any(1)
    path = path[kept]
    if closed and len(path) > 1 and (path[0] == path[-1]).all():
        path = path[:-1]
    least = 3 if closed else 2
    if len(path) < least:
        raise CurveError(f"{what} has {len(path)} different points; give at least {least}.")
    return path


def arc_lengths(path: ArrayLike, *, closed: bool = False) -> NDArray[np.float64]:
    """Return the length from the beginning to each vertex, and around to it if closed.

    Returns
    -------
    ndarray, shape (n,), or (n + 1,) if closed
        In pixels, beginning with 0.
    """
    vertices = _ring(np.asarray(path, dtype=float), closed)
    steps = np.linalg.norm(np.diff(vertices, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def at_shares(path: ArrayLike, shares: ArrayLike, *, closed: bool = False) -> Path:
    """Return the points at shares of a path's length.

    Parameters
    ----------
    path : array_like, shape (n, 2)
        At least two different points, (row, col).
    shares : array_like, shape (m,)
        From 0, the beginning, to 1, the end; for a closed path also beyond, around it.
    closed : bool
        Whether the last point is joined to the first.

    Returns
    -------
    ndarray, shape (m, 2)

    Examples
    --------
    >>> at_shares([[0, 0], [0, 3], [1, 3]], [0.5, 1.0]).tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """
    vertices = _ring(np.asarray(path, dtype=float), closed)
    lengths = arc_lengths(vertices)
    wanted = np.asarray(shares, dtype=float)
    wanted = (wanted % 1.0 if closed else wanted) * lengths[-1]
    return np.stack([np.interp(wanted, lengths, vertices[:, axis]) for axis in (0, 1)], axis=1)


def resample(path: ArrayLike, count: int, *, closed: bool = False) -> Path:
    """Return points at even distances along a path, with both ends of an open one.

    Parameters
    ----------
    path : array_like, shape (n, 2)
        (row, col).
    count : int
        How many points.
    closed : bool
        Whether the last vertex is joined to the first.

    Returns
    -------
    ndarray, shape (count, 2)
    """
    return at_shares(path, np.linspace(0, 1, count, endpoint=not closed), closed=closed)


def normals(path: ArrayLike, *, closed: bool = False) -> NDArray[np.float64]:
    """Return the unit normal at each vertex: the tangent (row, col), turned to (-col, row).

    Parameters
    ----------
    path : array_like, shape (n, 2)
        Vertices at about even distances.
    closed : bool
        Whether the last vertex is joined to the first.

    Returns
    -------
    ndarray, shape (n, 2)
    """
    vertices = np.asarray(path, dtype=float)
    if closed:
        tangents = np.roll(vertices, -1, axis=0) - np.roll(vertices, 1, axis=0)
    else:
        tangents = np.gradient(vertices, axis=0)
    lengths = np.linalg.norm(tangents, axis=1, keepdims=True)
    tangents = tangents / np.where(lengths > 0, lengths, 1.0)
    return np.stack([-tangents[:, 1], tangents[:, 0]], axis=1)


def project(points: ArrayLike, path: ArrayLike, *, closed: bool = False) -> tuple[Path, Path]:
    """Return the closest points of a path, and how far along it they are.

    Parameters
    ----------
    points : array_like, shape (m, 2)
        (row, col).
    path : array_like, shape (n, 2)
        (row, col).
    closed : bool
        Whether the path's last vertex is joined to the first.

    Returns
    -------
    ndarray, shape (m, 2)
        The closest points.
    ndarray, shape (m,)
        Their shares of the path's length.
    """
    vertices = _ring(np.asarray(path, dtype=float), closed)
    starts, steps = vertices[:-1], np.diff(vertices, axis=0)
    squares = np.maximum((steps**2).sum(1), np.finfo(float).tiny)
    offsets = np.asarray(points, dtype=float)[:, None] - starts
    along = np.clip((offsets * steps).sum(2) / squares, 0, 1)
    feet = starts + along[..., None] * steps
    distances = np.linalg.norm(np.asarray(points, dtype=float)[:, None] - feet, axis=2)
    chosen = distances.argmin(1)
    rows = np.arange(len(chosen))
    lengths = arc_lengths(vertices)
    shares = lengths[chosen] + along[rows, chosen] * np.sqrt(squares[chosen])
    return feet[rows, chosen], shares / lengths[-1]


def distances_to(points: ArrayLike, path: ArrayLike, *, closed: bool = False) -> Path:
    """Return the distance of each point to a path.

    Parameters
    ----------
    points, path, closed
        As for `project`.

    Returns
    -------
    ndarray, shape (m,)
        In pixels.
    """
    feet, _ = project(points, path, closed=closed)
    return np.asarray(np.linalg.norm(np.asarray(points, dtype=float) - feet, axis=1))


def begun_at(path: ArrayLike, place: ArrayLike) -> Path:
    """Return a closed path that begins at its point closest to a place.

    Parameters
    ----------
    path : array_like, shape (n, 2)
        At least three different points, (row, col).
    place : array_like, shape (2,)
        Likewise.

    Returns
    -------
    ndarray, shape (n, 2), or (n + 1, 2) if it began at none of the points

    Examples
    --------
    >>> begun_at([[0, 0], [0, 4], [4, 4], [4, 0]], [5, 3]).tolist()
    [[4.0, 3.0], [4.0, 0.0], [0.0, 0.0], [0.0, 4.0], [4.0, 4.0]]
    """
    vertices = np.asarray(path, dtype=float)
    feet, shares = project(np.reshape(place, (1, 2)), vertices, closed=True)
    lengths = arc_lengths(vertices, closed=True)
    passed = int(np.searchsorted(lengths[:-1] / lengths[-1], shares[0], side="right"))
    turned = np.roll(vertices, -passed, axis=0)
    apart = np.linalg.norm(turned - feet, axis=1) > SAME_PLACE
    return np.concatenate([feet, turned[apart]])


def enclosed_area(path: ArrayLike) -> float:
    """Return the area within a closed path, negative if it leads around from rows to columns."""
    row, col = np.asarray(path, dtype=float).T
    return float((col * np.roll(row, -1) - row * np.roll(col, -1)).sum() / 2)


def crosses_itself(path: ArrayLike, *, closed: bool = False) -> bool:
    """Return whether two parts of a path that are not neighbours cross."""
    vertices = _ring(np.asarray(path, dtype=float), closed)
    starts, ends = vertices[:-1], vertices[1:]
    before = _side(starts[:, None], ends[:, None], starts[None])
    after = _side(starts[:, None], ends[:, None], ends[None])
    apart = before * after < 0
    crossing = np.triu(apart & apart.T, 2)
    if closed and len(starts) > 2:
        crossing[0, -1] = False
    return bool(crossing.any())


def check_crossings(names: Sequence[str], paths: Sequence[ArrayLike]) -> None:
    """Raise `CurveError` if two curves cross other than at a common end.

    Parameters
    ----------
    names : sequence of str
        Of the curves, for the message.
    paths : sequence of array_like, each of shape (n, 2)
        Open paths; repeat the first point of closed ones.
    """
    for second in range(len(paths)):
        for first in range(second):
            one, other = (np.asarray(paths[i], dtype=float) for i in (first, second))
            ones, others = (one[:-1, None], one[1:, None]), (other[None, :-1], other[None, 1:])
            apart = _side(*ones, others[0]) * _side(*ones, others[1]) < 0
            across = _side(*others, ones[0]) * _side(*others, ones[1]) < 0
            if (apart & across).any():
                raise CurveError(
                    f"The curves {names[first]!r} and {names[second]!r} cross; curves of one "
                    "specimen meet at their ends only: draw one of them anew."
                )


def _side(start: Path, end: Path, point: Path) -> NDArray[np.float64]:
    """Return on which side of the lines from start to end points lie, as signed areas."""
    line, offset = end - start, point - start
    return np.asarray(line[..., 0] * offset[..., 1] - line[..., 1] * offset[..., 0])


def _ring(vertices: Path, closed: bool) -> Path:
    return np.concatenate([vertices, vertices[:1]]) if closed else vertices
