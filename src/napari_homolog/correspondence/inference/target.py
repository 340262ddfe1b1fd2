"""A target and everything that a pass over it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...context import RunContext
from ...diffusion import Backbone
from ..learning.landmark_set import LandmarkSet
from ..maps.map_grid import MapGrid
from ..maps.peaks import argmax_cells, centroid_cells
from ..presets import Preset
from ..priors.shape_prior import size_of
from ..settings import LocateSettings

NEAR = 2.0
"""Standard deviations of the learned target that count as near a point."""


@dataclass(eq=False)
class TargetContext:
    """A target, what is to be located on it, and how.

    Attributes
    ----------
    backbone : Backbone
        The frozen model.
    image : ndarray of float32, shape (height, width, 3)
        The target, RGB in [0, 1].
    learned : LandmarkSet
        The landmarks.
    preset : Preset
        Views, matcher, priors; completed.
    run : RunContext
        Seed, progress, and whether to stop.
    expected : ndarray of float64, shape (n, 2), optional
        Where the specimen's box expects the landmarks, (row, col) in pixels; NaN where unknown.
    grid : MapGrid
        The grid on the target.
    rng, generator : numpy.random.Generator, torch.Generator
        Sources of views and of noise; the passes over one target share them.
    """

    backbone: Backbone
    image: NDArray[np.float32]
    learned: LandmarkSet
    preset: Preset
    run: RunContext
    expected: NDArray[np.float64] | None = None
    grid: MapGrid = field(init=False)
    rng: np.random.Generator = field(init=False)
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.grid = MapGrid(self.image.shape[:2], self.settings.map_side)
        self.rng = np.random.default_rng(self.run.seed)
        self.generator = torch.Generator().manual_seed(self.run.seed)

    @property
    def settings(self) -> LocateSettings:
        """The settings of locating."""
        return self.preset.locate

    @property
    def near_radius(self) -> float:
        """The distance that counts as near a point, in cells."""
        longer = max(self.grid.rows, self.grid.cols)
        return NEAR * self.preset.learn.sigma * longer

    def peaks(self, maps: Tensor) -> Tensor:
        """Return the peaks of maps (n, rows, cols) as (row, col) in cells, float64 on the CPU."""
        if self.settings.read_out == "argmax":
            cells = argmax_cells(maps)
        else:
            cells = centroid_cells(maps, self.settings.window * max(maps.shape[1:]))
        return cells.double().cpu()

    def specimen_size(self, points: NDArray[np.float64]) -> float:
        """Return the longer side of the landmarks' box in pixels; for one landmark, half the image."""
        if len(points) == 1:
            return max(self.image.shape[:2]) / 2
        return size_of(points)
