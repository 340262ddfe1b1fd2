"""By what length a data set's errors are judged: as published, or with the slips mended.

``official`` repeats what the paper's authors measured: on both pictures squashed to 512 x 512 pixels;
SPair-71k by the box on the *source*; PF-Willow by the source's landmarks as a table padded with -1,
which makes the largest coordinate plus one of what should be a box; CUB by a box of which both sides
are scaled as the width is, and on its first three classes only. PF-Pascal, on which they did not
measure, is judged by the picture's side, as is usual. ``corrected`` takes the target's own pixels and
the longer side of the object's box there; where a data set has no boxes, that of its landmarks.

Other protocols differ too: whether every image counts once or every point (`Scores.pck`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .datasets import Pair, Picture, Protocol, longer_side

SQUARE = 512
"""Side in pixels of the square to which the authors squash every picture."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Errors of a pair's points and the length that thresholds are shares of, in the same pixels."""

    errors: NDArray[np.float64]
    side: float


def judge_pair(dataset: str, protocol: Protocol, pair: Pair, points: NDArray[np.float64]) -> Judged:
    """Judge the points that were found on a pair's target.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    protocol : {"official", "corrected"}
        Data sets on which the paper did not measure have one protocol only.
    pair : Pair
        The pictures.
    points : ndarray, shape (n, 2)
        Found for `pair.shared`, (row, col) in pixels of the target.

    Returns
    -------
    Judged
    """
    strays = points - np.stack([pair.target.landmarks[name] for name in pair.shared])
    if protocol == "official" and dataset in OFFICIAL_SIDES:
        strays = strays * _squash(pair.target)
        return Judged(np.linalg.norm(strays, axis=1), OFFICIAL_SIDES[dataset](pair))
    return Judged(np.linalg.norm(strays, axis=1), _own_side(pair.target))


def _squash(picture: Picture) -> NDArray[np.float64]:
    """Return what rows and columns are multiplied with when a picture becomes the square."""
    return SQUARE / np.array(picture.size)


def _own_side(picture: Picture) -> float:
    if picture.box is not None:
        return longer_side(picture.box)
    # The box around a single landmark has no sides.
    return picture.landmarks.longer_side() or float(max(picture.size))


def _squashed_source_box(pair: Pair) -> float:
    top, left, bottom, right = pair.source.box or (0, 0, 0, 0)
    down, across = _squash(pair.source)
    return max((bottom - top) * down, (right - left) * across)


def _largest_source_coordinate(pair: Pair) -> float:
    return float(np.nanmax(pair.source.landmarks.points * _squash(pair.source))) + 1


def _box_scaled_by_width(pair: Pair) -> float:
    return longer_side(pair.target.box or (0, 0, 0, 0)) * SQUARE / pair.target.size[1]


OFFICIAL_SIDES: dict[str, Callable[[Pair], float]] = {
    "spair-71k": _squashed_source_box,
    "pf-willow": _largest_source_coordinate,
    "pf-pascal": lambda pair: float(SQUARE),
    "cub": _box_scaled_by_width,
}
"""Data sets on which the authors' protocol, or the usual one, is not the corrected one."""
