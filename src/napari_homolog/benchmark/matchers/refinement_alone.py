"""Registration of the references on the target without a network: the refinement alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...context import RunContext
from ...correspondence.inference.refine import refined_points
from ...correspondence.refinement.specimen_drawing import MarkedDrawing
from ...landmarks import Landmarks
from .classical_baselines import Source
from .matcher import Image, Match, Matcher, scaled_to_frame


@dataclass(frozen=True, eq=False)
class DrawnSource(Source):
    """A source with the drawings of itself and of further references."""

    drawings: Sequence[MarkedDrawing]


class RegistrationMatcher(Matcher[DrawnSource]):
    """Normalised correlation of the references' surroundings, from the same place in the frame."""

    name = "ncc"

    def learn(self, image: Image, landmarks: Landmarks) -> DrawnSource:
        """Draw the source."""
        return self.learn_with(image, landmarks, ())

    def learn_with(
        self, image: Image, landmarks: Landmarks, further: Sequence[tuple[Image, Landmarks]]
    ) -> DrawnSource:
        """Draw the source and the further references.

        Parameters
        ----------
        image, landmarks : Image, Landmarks
            The source.
        further : sequence of (Image, Landmarks)
            Other images of its class.
        """
        marked = [(image, landmarks), *further]
        drawings = [
            MarkedDrawing.of(one, _in_order(marks, landmarks))
            for one, marks in marked
            if marks.present.any()
        ]
        return DrawnSource(image, landmarks.points, drawings)

    def find(self, learned: DrawnSource, image: Image) -> Match:
        """Register each reference from the source's places in the frame, and let them vote."""
        start = scaled_to_frame(learned.points, learned.image, image)
        return Match(refined_points(image, start, learned.drawings, context=RunContext()).points)


def _in_order(landmarks: Landmarks, of: Landmarks) -> np.ndarray:
    missing = np.full(2, np.nan)
    return np.stack([landmarks[n] if n in landmarks.names else missing for n in of.names])
