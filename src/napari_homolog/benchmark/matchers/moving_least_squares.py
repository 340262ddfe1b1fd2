"""Moving least squares: points displaced by the matches around them.

Schaefer, McPhail, Warren 2006, "Image deformation using moving least squares": around each point the
affine map that fits the matches best, each weighted by the inverse of its squared distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...landmarks import Landmarks
from .best_buddies import best_buddies
from .descriptors import Describer, Descriptors
from .matcher import Image, Match, Matcher, scaled_to_frame

NEAREST = 1e-6
"""Distance in pixels below which a point lies on a match."""

RIDGE = 1e-9
"""Weight of the identity against the matches."""


def deform(
    points: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Displace points as the matches around them are displaced.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Points to displace, (row, col).
    before, after : ndarray, shape (m, 2)
        Matched points before and after; at least one.

    Returns
    -------
    ndarray, shape (n, 2)
        A point that lies on a match goes where the match went. Matches that follow one affine map
        move every point by it.

    Examples
    --------
    Four matches that double all distances, and a point between them:

    >>> corners = np.array([[0.0, 0], [0, 10], [10, 0], [10, 10]])
    >>> deform(np.array([[2.0, 5.0]]), corners, 2 * corners).round(6)
    array([[ 4., 10.]])
    """
    distances = ((points[:, None] - before) ** 2).sum(-1)
    weights = 1 / np.maximum(distances, NEAREST**2)
    weights /= weights.sum(1, keepdims=True)
    centre_before = weights @ before
    centre_after = weights @ after
    reach_before = before - centre_before[:, None]
    reach_after = after - centre_after[:, None]
    spread = np.einsum("nm,nmi,nmj->nij", weights, reach_before, reach_before)
    cross = np.einsum("nm,nmi,nmj->nij", weights, reach_before, reach_after)
    size = np.trace(spread, axis1=1, axis2=2) + np.finfo(float).tiny
    # Matches along one line leave the map undetermined: the identity decides there.
    hold = RIDGE * np.eye(2)
    share = size[:, None, None]
    maps = np.linalg.solve(spread / share + hold, cross / share + hold)
    return np.asarray(np.einsum("ni,nij->nj", points - centre_before, maps) + centre_after)


@dataclass(frozen=True, eq=False)
class DescribedSource:
    """An image, its landmarks (n, 2) and its descriptors."""

    image: Image
    points: NDArray[np.float64]
    levels: list[Descriptors]


class MovingLeastSquaresMatcher(Matcher[DescribedSource]):
    """Landmarks move with the best buddies around them; without any, with the image frames.

    Parameters
    ----------
    describer : Describer
        The network.
    """

    def __init__(self, describer: Describer) -> None:
        self.describer = describer
        self.name = f"{describer.name}-mls"

    def learn(self, image: Image, landmarks: Landmarks) -> DescribedSource:
        """Compute the descriptors of the source."""
        return DescribedSource(image, landmarks.points, self.describer.levels(image))

    def find(self, learned: DescribedSource, image: Image) -> Match:
        """Find best buddies and move the landmarks with them."""
        before, after = best_buddies(learned.levels, self.describer.levels(image))
        if not len(before):
            return Match(scaled_to_frame(learned.points, learned.image, image))
        return Match(deform(learned.points, before, after))

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the matcher."""
        return {**super().about(), **self.describer.about()}
