"""Nearest neighbours of the landmarks' descriptors on the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...landmarks import Landmarks
from .descriptors import Describer
from .matcher import Image, Match, Matcher


class NearestNeighbour(Matcher[Tensor]):
    """The position with the largest cosine similarity to the landmark's descriptor.

    Parameters
    ----------
    describer : Describer
        The network; its finest grid is used.
    """

    def __init__(self, describer: Describer) -> None:
        self.describer = describer
        self.name = f"{describer.name}-nn"

    def learn(self, image: Image, landmarks: Landmarks) -> Tensor:
        """Compute the descriptors of the landmarks."""
        return self.describer.levels(image)[0].at(landmarks.points)

    def find(self, learned: Tensor, image: Image) -> Match:
        """Return the most similar cells."""
        target = self.describer.levels(image)[0]
        similarity = learned @ target.unit.T
        best = similarity.argmax(-1).cpu().numpy()
        cells = np.stack(np.unravel_index(best, target.shape), -1)
        maps = similarity.unflatten(-1, target.shape).to(torch.float32).cpu().numpy()
        return Match(target.to_pixels(cells), maps)

    def about(self) -> dict[str, Any]:
        """Return the notes of a run about the matcher."""
        return {**super().about(), **self.describer.about()}
