"""What a drawn specimen is made of: named parts, strokes and landmarks, before pose and paint.

Anatomies live in specimen units: (row, col), rows downwards, the origin near the specimen's centre
and about one unit from there to its farthest point. "Left" is the viewer's left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Outline = NDArray[np.float64]
"""A polygon or polyline, shape (n, 2), (row, col) in specimen units."""


Points = ArrayLike | Sequence[Any]
"""Points as they are typed: lists of pairs, arrays, or a mixture of both, (row, col)."""


@dataclass(frozen=True)
class Part:
    """A filled region with a name that captions may use.

    Attributes
    ----------
    name : str
        Such as ``"left forewing"``.
    outline : ndarray, shape (n, 2)
        Closed polygon, (row, col) in specimen units.
    """

    name: str
    outline: Outline


@dataclass(frozen=True)
class Stroke:
    """A line without a name: a vein, a leg, an antenna.

    Attributes
    ----------
    path : ndarray, shape (n, 2)
        Open polyline, (row, col) in specimen units.
    width : float
        In specimen units.
    """

    path: Outline
    width: float


@dataclass
class Anatomy:
    """Everything that a kind of specimen consists of, in painting order.

    Attributes
    ----------
    kind : str
        The word that captions use, such as ``"butterfly"``.
    layers : list of Part or Stroke
        Painted first to last.
    landmarks : dict of str to (row, col)
        Homologous points, in specimen units.
    """

    kind: str
    layers: list[Part | Stroke] = field(default_factory=list)
    landmarks: dict[str, tuple[float, float]] = field(default_factory=dict)

    def part(self, name: str, outline: Points) -> None:
        """Add a named part on top of what is there."""
        self.layers.append(Part(name, np.asarray(outline, dtype=float)))

    def stroke(self, path: Points, width: float) -> None:
        """Add an unnamed line on top of what is there."""
        self.layers.append(Stroke(np.asarray(path, dtype=float), width))

    def landmark(self, name: str, point: ArrayLike) -> None:
        """Add a landmark at (row, col) in specimen units."""
        row, col = np.asarray(point, dtype=float)
        self.landmarks[name] = (float(row), float(col))

    @property
    def parts(self) -> list[Part]:
        """The named parts, in painting order."""
        return [layer for layer in self.layers if isinstance(layer, Part)]


Side = tuple[str, Callable[[Points], Outline]]


def both_sides(rng: np.random.Generator, asymmetry: float = 0.03) -> tuple[Side, Side]:
    """Return the two halves of a bilateral animal, each with its own slight deformation.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the asymmetry.
    asymmetry : float
        Standard deviation of the relative stretch of either side.

    Returns
    -------
    two pairs of (name, place)
        ``place`` takes points drawn for the right-hand side (col > 0), shape (n, 2) or (2,), and
        returns them on the named side.
    """

    def placer(sign: float) -> Callable[[Points], Outline]:
        stretch = np.array([1.0, sign]) * (1 + asymmetry * rng.standard_normal(2))
        return lambda points: np.asarray(points, dtype=float) * stretch

    return ("left", placer(-1.0)), ("right", placer(1.0))


def smooth(points: Points, steps: int = 6, closed: bool = True) -> Outline:
    """Return a Catmull-Rom curve through the given points.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        The points that the curve passes through.
    steps : int
        Vertices written for each of the spans between two points.
    closed : bool
        Whether the last point is joined to the first.

    Returns
    -------
    ndarray, shape (spans * steps, 2)
    """
    knots = np.asarray(points, dtype=float)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([knots[:1], knots, knots[-1:]])
    before, start, end, after = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    vertices = curve.transpose(1, 0, 2).reshape(-1, 2)
    return vertices if closed else np.concatenate([vertices, knots[-1:]])


def ellipse(centre: ArrayLike, radii: ArrayLike, steps: int = 20) -> Outline:
    """Return an axis-parallel ellipse as a polygon, shape (steps, 2).

    Parameters
    ----------
    centre, radii : array_like, shape (2,)
        (row, col).
    steps : int
        Number of vertices.
    """
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    circle = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return np.asarray(centre, dtype=float) + circle * np.asarray(radii, dtype=float)


def between(start: ArrayLike, end: ArrayLike, share: float) -> Outline:
    """Return the point at a share of the way from start to end.

    Parameters
    ----------
    start, end : array_like, shape (..., 2)
        (row, col).
    share : float
        0 is the start, 1 the end.
    """
    first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    return first + share * (last - first)
