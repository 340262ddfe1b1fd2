"""Left and right specimens: landmarks in the mirror image, where those of a pair change places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import LandmarkError
from .landmarks import Landmarks

Pair = tuple[str, str]
"""Two landmarks that change places in a mirror image, such as a left and a right eye."""


def check_pairs(pairs: Iterable[Pair]) -> None:
    """Raise `LandmarkError` if a landmark is in two pairs, or paired with itself."""
    seen: set[str] = set()
    for pair in pairs:
        for name in pair:
            if name in seen:
                raise LandmarkError(
                    f"{name!r} is in two symmetric pairs or paired with itself; a landmark changes "
                    "places with one other."
                )
            seen.add(name)


def mirrored_order(names: Sequence[str], pairs: Iterable[Pair]) -> NDArray[np.intp]:
    """Return, for each landmark of a mirror image, which landmark of the specimen is there.

    Parameters
    ----------
    names : sequence of str
        The landmarks in their order.
    pairs : iterable of (str, str)
        Those that change places; pairs of which no landmark is among the names do not count.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    LandmarkError
        If one of a pair is among the names without the other.
    """
    order = np.arange(len(names))
    for one, other in pairs:
        if one in names and other in names:
            first, second = names.index(one), names.index(other)
            order[first], order[second] = second, first
        elif one in names or other in names:
            there, lacking = (one, other) if one in names else (other, one)
            raise LandmarkError(
                f"{there!r} changes places with {lacking!r} in a mirror image, but that is not among "
                "the landmarks; add it, or take the pair out."
            )
    return order


def mirrored_points(points: ArrayLike, width: int) -> NDArray[np.float64]:
    """Return points (n, 2), (row, col), in the mirror image of a picture of that width in pixels."""
    turned = np.array(points, dtype=float)
    turned[:, 1] = width - 1 - turned[:, 1]
    return turned


def mirrored_landmarks(landmarks: Landmarks, pairs: Iterable[Pair], width: int) -> Landmarks:
    """Return the landmarks that the mirror image of a specimen has.

    Parameters
    ----------
    landmarks : Landmarks
        Of the specimen.
    pairs : iterable of (str, str)
        Those that change places: what is the left eye of the mirror image is the right eye of the
        specimen.
    width : int
        Of its picture in pixels.

    Raises
    ------
    LandmarkError
        If one of a pair is among the landmarks without the other.

    Examples
    --------
    >>> head = Landmarks({"left": (5, 2), "right": (5, 7), "nose": (8, 4)})
    >>> mirrored_landmarks(head, [("left", "right")], 10)
    Landmarks({'left': (5.0, 2.0), 'right': (5.0, 7.0), 'nose': (8.0, 5.0)})
    """
    order = mirrored_order(landmarks.names, pairs)
    return Landmarks.from_arrays(landmarks.names, mirrored_points(landmarks.points, width)[order])
