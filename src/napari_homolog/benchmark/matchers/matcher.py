"""What all matchers have in common: a source is learned once, then found on any number of targets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import SettingsError
from ...landmarks import Landmarks

Learned = TypeVar("Learned")
Image = NDArray[np.float32]
"""RGB in [0, 1], shape (height, width, 3)."""


@dataclass(frozen=True, eq=False)
class Match:
    """What a matcher found.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, for all landmarks of the source in their order.
    maps : ndarray of float32, shape (n, rows, cols), optional
        What speaks for each place, on a grid that lies evenly on the target.
    """

    points: NDArray[np.float64]
    maps: NDArray[np.float32] | None = None


class Matcher(ABC, Generic[Learned]):
    """Something that finds the landmarks of one picture on another.

    Attributes
    ----------
    name : str
        Told in reports.
    """

    name: str

    @abstractmethod
    def learn(self, image: Image, landmarks: Landmarks) -> Learned:
        """Return whatever is to be known of a source; its landmarks are all present."""

    def learn_with(
        self, image: Image, landmarks: Landmarks, further: Sequence[tuple[Image, Landmarks]]
    ) -> Learned:
        """Return whatever is to be known of a source, taught by more pictures of its kind.

        Parameters
        ----------
        image, landmarks
            The source.
        further : sequence of (Image, Landmarks)
            Other pictures with the same landmarks, some of them perhaps missing.

        Raises
        ------
        SettingsError
            If the matcher learns from one picture only.
        """
        if further:
            raise SettingsError(f"{self.name} learns from one picture; ask for one reference.")
        return self.learn(image, landmarks)

    @abstractmethod
    def find(self, learned: Learned, image: Image) -> Match:
        """Find the landmarks of a learned source on a target."""

    def match(self, source_image: Image, source_landmarks: Landmarks, target_image: Image) -> Match:
        """Find the landmarks of one picture on another."""
        return self.find(self.learn(source_image, source_landmarks), target_image)

    def about(self) -> dict[str, Any]:
        """Return what a run notes of the matcher; runs with other notes are other runs."""
        return {"matcher": self.name}

    def seconds_of_learning(self, measured: float) -> float:
        """Return how long the last source took to learn, where that was not just now."""
        return measured


def same_share(points: NDArray[np.float64], source: Image, target: Image) -> NDArray[np.float64]:
    """Return points at the same shares of another picture's height and width."""
    scale = np.array(target.shape[:2]) / np.array(source.shape[:2])
    return np.asarray((points + 0.5) * scale - 0.5)
