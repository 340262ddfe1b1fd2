"""Nearest neighbours: each landmark goes where the target looks most like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...landmarks import Landmarks
from .descriptors import Describer
from .matcher import Image, Match, Matcher


class NearestNeighbour(Matcher[Tensor]):
    """The cell whose descriptor has the largest cosine similarity to the landmark's.

    Parameters
    ----------
    describer : Describer
        The network; its finest grid is used.
    """

    def __init__(self, describer: Describer) -> None:
        self.describer = describer
        self.name = f"{describer.name}-nn"

    def learn(self, image: Image, landmarks: Landmarks) -> Tensor:
        """Describe the landmarks."""
        return self.describer.levels(image)[0].at(landmarks.points)

    def find(self, learned: Tensor, image: Image) -> Match:
        """Look the most similar cells up."""
        target = self.describer.levels(image)[0]
        similarity = learned @ target.unit.T
        best = similarity.argmax(-1).cpu().numpy()
        cells = np.stack(np.unravel_index(best, target.shape), -1)
        maps = similarity.unflatten(-1, target.shape).to(torch.float32).cpu().numpy()
        return Match(target.to_pixels(cells), maps)

    def about(self) -> dict[str, Any]:
        """Return what a run notes of the matcher."""
        return {**super().about(), **self.describer.about()}
