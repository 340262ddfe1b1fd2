"""Landmarks carried by the best buddies around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...landmarks import Landmarks
from .best_buddies import best_buddies
from .descriptors import Describer, Descriptors
from .matcher import Image, Match, Matcher, same_share
from .moving_least_squares import move


@dataclass(frozen=True, eq=False)
class Described:
    """A picture, its landmarks (n, 2) and its descriptors."""

    image: Image
    points: NDArray[np.float64]
    levels: list[Descriptors]


class CarriedByBuddies(Matcher[Described]):
    """Best buddies move the landmarks by moving least squares; without any, the frames do.

    Parameters
    ----------
    describer : Describer
        The network.
    """

    def __init__(self, describer: Describer) -> None:
        self.describer = describer
        self.name = f"{describer.name}-mls"

    def learn(self, image: Image, landmarks: Landmarks) -> Described:
        """Describe the source."""
        return Described(image, landmarks.points, self.describer.levels(image))

    def find(self, learned: Described, image: Image) -> Match:
        """Seek buddies and move the landmarks with them."""
        before, after = best_buddies(learned.levels, self.describer.levels(image))
        if not len(before):
            return Match(same_share(learned.points, learned.image, image))
        return Match(move(learned.points, before, after))

    def about(self) -> dict[str, Any]:
        """Return what a run notes of the matcher."""
        return {**super().about(), **self.describer.about()}
