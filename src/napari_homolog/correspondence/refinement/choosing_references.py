"""Which of many marked specimens serve as references of the refinement, and which way they face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .consensus import shape_difference
from .specimen_drawing import MarkedDrawing

MIRRORED = 0.5
"""Share of its difference below which a shape is that of a mirrored specimen: a symmetrical one is like
its mirror image, too."""

MOST_REFERENCES = 10
"""More cost time at every target and hardly lower the error."""


def choose_references(
    shapes: Sequence[NDArray[np.float64]], count: int = MOST_REFERENCES
) -> list[int]:
    """Return which specimens to use: the first, then each time the one least like those chosen.

    Parameters
    ----------
    shapes : sequence of ndarray, shape (n, 2)
        The specimens' landmarks in one order; NaN where missing.
    count : int
        How many are wanted.

    Returns
    -------
    list of int
        Indices in the order of the specimens; all of them if there are no more than wanted.
    """
    if len(shapes) <= count:
        return list(range(len(shapes)))
    chosen = [0]
    nearest = np.full(len(shapes), np.inf)
    while len(chosen) < count:
        latest = shapes[chosen[-1]]
        nearest = np.minimum(nearest, [shape_difference(latest, shape) for shape in shapes])
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return sorted(chosen)


def facing_alike(one: MarkedDrawing, other: MarkedDrawing) -> MarkedDrawing:
    """Return one drawing, or its mirror image if that is clearly more like the other drawing.

    Parameters
    ----------
    one, other : MarkedDrawing
        Of two specimens with landmarks in one order, such as a left and a right wing.
    """
    mirrored = one.mirrored()
    difference = shape_difference(one.points, other.points)
    alike = shape_difference(mirrored.points, other.points) < MIRRORED * difference
    return mirrored if alike else one
