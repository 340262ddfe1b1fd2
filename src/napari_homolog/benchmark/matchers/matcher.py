"""The interface of matchers: a source is learned once, then found on any number of targets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...boxes import Box
from ...correspondence import Reference
from ...errors import SettingsError
from ...landmarks import Landmarks

Learned = TypeVar("Learned")
Image = NDArray[np.float32]
"""RGB in [0, 1], shape (height, width, 3)."""


@dataclass(frozen=True, eq=False)
class Match:
    """Positions that a matcher found.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, for all landmarks of the source in their order.
    maps : ndarray of float32, shape (n, rows, cols), optional
        Score maps on a regular grid over the target.
    """

    points: NDArray[np.float64]
    maps: NDArray[np.float32] | None = None


class Matcher(ABC, Generic[Learned]):
    """Finds the landmarks of one image on another.

    Attributes
    ----------
    name : str
        Name in reports.
    """

    name: str

    @abstractmethod
    def learn(self, image: Image, landmarks: Landmarks) -> Learned:
        """Return what `find` needs to know of a source; its landmarks are all present."""

    def learn_with(
        self, image: Image, landmarks: Landmarks, further: Sequence[tuple[Image, Landmarks]]
    ) -> Learned:
        """Return what `find` needs to know of a source, learned with further references.

        Parameters
        ----------
        image : ndarray, shape (height, width, 3)
            The source.
        landmarks : Landmarks
            Those of the source.
        further : sequence of (Image, Landmarks)
            Other images with the same landmarks, of which some may be missing.

        Raises
        ------
        SettingsError
            If the matcher learns from one image only.
        """
        if further:
            raise SettingsError(f"{self.name} learns from one image; ask for one reference.")
        return self.learn(image, landmarks)

    @abstractmethod
    def find(self, learned: Learned, image: Image) -> Match:
        """Find the landmarks of a learned source on a target."""

    def learn_references(self, source: Reference, further: Sequence[Reference]) -> Learned:
        """Return what `find_in` needs to know of a source; what is outside of boxes is cut off.

        Parameters
        ----------
        source, further : Reference, sequence of Reference
            As in `learn_with`; all with a box, or none.
        """
        return self.learn_with(*_cut(source), [_cut(one) for one in further])

    def find_in(self, learned: Learned, image: Image, box: Box | None) -> Match:
        """Find the landmarks of a learned source in a box of a target; without one, anywhere.

        Parameters
        ----------
        learned : Learned
            What `learn_references` returned.
        image : ndarray, shape (height, width, 3)
            The whole target.
        box : Box or None
            Around the specimen, in pixels of the target.
        """
        if box is None:
            return self.find(learned, image)
        rows, cols = box.within(image.shape).pixels
        found = self.find(learned, np.ascontiguousarray(image[rows, cols]))
        # The maps of a part are no maps of the target.
        return Match(found.points + (rows.start, cols.start))

    def match(self, source_image: Image, source_landmarks: Landmarks, target_image: Image) -> Match:
        """Find the landmarks of one image on another.

        Parameters
        ----------
        source_image, target_image : ndarray, shape (height, width, 3)
            RGB in [0, 1].
        source_landmarks : Landmarks
            (row, col) in pixels, all present.
        """
        return self.find(self.learn(source_image, source_landmarks), target_image)

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the matcher; other notes mean another run."""
        return {"matcher": self.name}

    def seconds_of_learning(self, measured: float) -> float:
        """Return how long learning the last source took, if it was loaded instead of learned."""
        return measured


def _cut(reference: Reference) -> tuple[Image, Landmarks]:
    """Return what lies in the box of a reference; landmarks just outside move to its edge."""
    if reference.box is None:
        return reference.image, reference.landmarks
    rows, cols = reference.box.within(reference.image.shape).pixels
    part = np.ascontiguousarray(reference.image[rows, cols])
    points = reference.landmarks.points - (rows.start, cols.start)
    inside = np.clip(points, 0, np.array(part.shape[:2]) - 1)
    return part, Landmarks.from_arrays(reference.landmarks.names, inside)


def scaled_to_frame(
    points: NDArray[np.float64], source: NDArray[Any], target: NDArray[Any]
) -> NDArray[np.float64]:
    """Return points at the same normalised coordinates of another image.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        (row, col) in pixels of the source.
    source, target : ndarray, shape (height, width, 3)
        The images.

    Returns
    -------
    ndarray, shape (n, 2)
        (row, col) in pixels of the target.
    """
    scale = np.array(target.shape[:2]) / np.array(source.shape[:2])
    return np.asarray((points + 0.5) * scale - 0.5)
