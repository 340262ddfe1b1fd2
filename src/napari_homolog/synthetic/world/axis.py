"""Body coordinates: a midline with a width on either side, in which parts are easy to lay out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..anatomy import Outline, Points, smooth

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Axis:
    """A midline and its half widths.

    Positions are (along, across): `along` runs from 0 at the start of the midline to 1 at its end,
    `across` from -1 at the left edge to 1 at the right edge, for someone who looks from above at
    a midline that runs down the picture. On a midline that runs to the right, 1 is the upper edge.

    Attributes
    ----------
    table : ndarray, shape (n, 6)
        Evenly spaced along the midline: row, col, normal row, normal col, left and right half width,
        in specimen units.
    """

    table: Floats

    @classmethod
    def through(
        cls, knots: Points, widths: ArrayLike, right: ArrayLike | None = None, steps: int = 25
    ) -> Axis:
        """Return the axis whose midline passes smoothly through some points.

        Parameters
        ----------
        knots : array_like, shape (k, 2)
            Points of the midline, (row, col).
        widths : array_like, shape (m,)
            Half widths of the left side at even steps, or of both sides.
        right : array_like, shape (m,), optional
            Half widths of the right side.
        steps : int
            Rows of the table.
        """
        curve = smooth(np.asarray(knots, dtype=float), steps=8, closed=False)
        share = np.linspace(0, 1, steps)
        line = _resampled(curve, share)
        direction = np.gradient(line, axis=0)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
        normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
        left = profile(widths, share)
        right_side = left if right is None else profile(right, share)
        return cls(np.column_stack([line, normal, left, right_side]))

    def at(self, along: ArrayLike, across: ArrayLike) -> Outline:
        """Return the points at some body coordinates, shape (..., 2)."""
        share, side = np.broadcast_arrays(
            np.asarray(along, dtype=float), np.asarray(across, dtype=float)
        )
        rows = self._rows(share)
        width = np.where(side < 0, rows[..., 4], rows[..., 5])
        return np.asarray(rows[..., :2] + rows[..., 2:4] * (side * width)[..., None])

    def beyond(self, along: ArrayLike, side: float, distance: ArrayLike) -> Outline:
        """Return points outside an edge, shape (..., 2).

        Parameters
        ----------
        along : array_like
            Body coordinate along the axis, 0 to 1.
        side : float
            The edge: -1 or 1.
        distance : array_like
            Distance from the edge in specimen units.
        """
        share, away = np.broadcast_arrays(
            np.asarray(along, dtype=float), np.asarray(distance, dtype=float)
        )
        normal = self._rows(share)[..., 2:4]
        return np.asarray(self.at(share, side) + normal * (side * away)[..., None])

    def patch(
        self, start: float, end: float, low: ArrayLike, high: ArrayLike, steps: int = 8
    ) -> Outline:
        """Return the outline of a band across the body.

        Parameters
        ----------
        start, end : float
            Where it begins and ends along the axis.
        low, high : array_like
            Its edges across the body.
        steps : int
            Vertices of either edge.
        """
        along = np.linspace(start, end, steps)
        return np.concatenate([self.at(along, low), self.at(along[::-1], high)])

    def spot(
        self, along: float, across: float, length: float, breadth: float, steps: int = 14
    ) -> Outline:
        """Return an ellipse in body coordinates.

        Parameters
        ----------
        along, across : float
            Its centre.
        length, breadth : float
            Its radii along and across.
        steps : int
            Number of vertices.
        """
        angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
        return self.at(along + length * np.sin(angle), across + breadth * np.cos(angle))

    def outline(self) -> Outline:
        """Return the outline of the whole body."""
        return self.patch(0, 1, -1, 1, steps=len(self.table))

    def fin(
        self, start: float, end: float, side: float, heights: Sequence[float], lean: float = 0.0
    ) -> Outline:
        """Return a fin, crest or row of spines that stands on an edge.

        Parameters
        ----------
        start, end : float
            Where its base lies, along.
        side : float
            -1 or 1.
        heights : sequence of float
            Heights at even steps of the base, in specimen units.
        lean : float
            How far the tips lean towards the end, as a share of their height.
        """
        along = np.linspace(start, end, len(heights))
        tall = np.asarray(heights, dtype=float)
        normal = self._rows(along)[:, 2:4]
        backward = np.stack([normal[:, 1], -normal[:, 0]], axis=1)
        edge = self.beyond(along, side, tall) + backward * (lean * tall)[:, None]
        return np.concatenate([self.at(along, 0.8 * side), edge[::-1]])

    def _rows(self, along: Floats) -> Floats:
        place = np.clip(along, 0, 1) * (len(self.table) - 1)
        before = np.minimum(place.astype(int), len(self.table) - 2)
        share = (place - before)[..., None]
        return np.asarray(self.table[before] * (1 - share) + self.table[before + 1] * share)


def limb(
    start: ArrayLike, direction: ArrayLike, length: float, widths: Sequence[float], bend: float = 0
) -> Axis:
    """Return the axis of a leg, petal or process.

    Parameters
    ----------
    start : array_like, shape (2,)
        Where it leaves the body, (row, col).
    direction : array_like, shape (2,)
        Where it points at its start.
    length : float
        In specimen units.
    widths : sequence of float
        Half widths at even steps.
    bend : float
        By how many radians its end is turned against its start.
    """
    row, col = np.asarray(direction, dtype=float)
    share = np.linspace(0, 1, 9)
    heading = np.arctan2(col, row) + bend * share
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    line = np.asarray(start, dtype=float) + np.concatenate(
        [np.zeros((1, 2)), np.cumsum(steps[:-1], axis=0) * length / 8]
    )
    normal = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
    width = profile(widths, share)
    return Axis(np.column_stack([line, normal, width, width]))


def profile(values: ArrayLike, share: Floats) -> Floats:
    """Return values given at even steps, smoothly interpolated at shares in [0, 1]."""
    knots = np.asarray(values, dtype=float)
    places = np.linspace(0, 1, len(knots))
    curve = smooth(np.stack([places, knots], axis=1), steps=6, closed=False)
    return np.maximum(np.interp(share, curve[:, 0], curve[:, 1]), 0.0)


def jitter(rng: np.random.Generator, values: ArrayLike, strength: float) -> Floats:
    """Return values, each scaled by a random factor.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the factors.
    values : array_like
        The values.
    strength : float
        Maximum deviation of a factor from 1.
    """
    given = np.asarray(values, dtype=float)
    return np.asarray(given * (1 + strength * rng.uniform(-1, 1, given.shape)))


def ordinal(index: int) -> str:
    """Return "first" for 0, "second" for 1 and so on."""
    return ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")[index]


SIDES = (("left", -1.0), ("right", 1.0))
"""The two sides of an axis that runs down, by their name and their sign across."""


def _resampled(curve: Floats, share: Floats) -> Floats:
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    along = share * length[-1]
    return np.stack([np.interp(along, length, curve[:, axis]) for axis in (0, 1)], axis=1)
