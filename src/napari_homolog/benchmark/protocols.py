"""Protocols: by which length the errors of a data set are divided, as published or corrected.

The ``official`` protocol repeats what the paper's authors measured: on both images squashed to
512 x 512 pixels; SPair-71k by the box on the *source*; PF-Willow by the source's landmarks as a table
padded with -1, so that the largest coordinate plus one takes the place of a box; CUB by a box whose
sides are both scaled as the width is, and on its first three classes only. PF-Pascal, on which they did
not measure, is judged by the image's side, as is usual. The ``corrected`` protocol takes the target's
own pixels and the longer side of the object's box there; where a data set has no boxes, of its
landmarks' box.

Protocols also differ in whether every image counts once or every point (`Scores.pck`).
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
class PairErrors:
    """Errors of a pair's points, and the length that thresholds are multiplied by, in one unit."""

    errors: NDArray[np.float64]
    side: float


def pair_errors(
    dataset: str, protocol: Protocol, pair: Pair, points: NDArray[np.float64]
) -> PairErrors:
    """Return the errors of the points that were found on a pair's target.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    protocol : {"official", "corrected"}
        Data sets on which the paper did not measure have one protocol only.
    pair : Pair
        The pictures.
    points : ndarray, shape (n, 2)
        Positions found for `pair.shared`, (row, col) in pixels of the target.

    Returns
    -------
    PairErrors
    """
    errors = points - np.stack([pair.target.landmarks[name] for name in pair.shared])
    if protocol == "official" and dataset in OFFICIAL_SIDES:
        errors = errors * _squash(pair.target)
        return PairErrors(np.linalg.norm(errors, axis=1), OFFICIAL_SIDES[dataset](pair))
    return PairErrors(np.linalg.norm(errors, axis=1), _own_side(pair.target))


def _squash(picture: Picture) -> NDArray[np.float64]:
    """Return the factors by which rows and columns of a picture are scaled to the square."""
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
