"""Looking: the passes over a target, first from far at all of it, then from near at each landmark."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkSetError
from ..progress import StopCheck, check_stop
from .arrangement import expected_places, size_of
from .canvas import MapCanvas
from .evidence import Evidence, gather
from .landmark_set import LandmarkSet
from .readout import argmax_cells, centroid_cells, concentration
from .settings import LocateSettings
from .views import ViewSet, close_ups, shared_views

NEAR = 2.0
"""Standard deviations of the learned target that count as near a point."""

FLOOR = 1e-3
"""Evidence that every place has: what only the arrangement speaks for is not ruled out."""

ARRANGING_STEPS = 4
"""Times that expected and found places are fitted to one another."""


@dataclass(eq=False)
class Scene:
    """A target, what is looked for on it, and how.

    Attributes
    ----------
    backbone : Backbone
        The frozen model.
    picture : ndarray of float32, shape (height, width, 3)
        The target, RGB in [0, 1].
    canvas : MapCanvas
        The grid on it.
    learned : LandmarkSet
        The landmarks.
    settings : LocateSettings
        Views, matcher, arrangement.
    seed : int
        Seed of views and noise.
    should_stop : callable or None
        Asked before every forward pass.
    """

    backbone: Backbone
    picture: NDArray[np.float32]
    canvas: MapCanvas
    learned: LandmarkSet
    settings: LocateSettings
    seed: int
    should_stop: StopCheck | None
    rng: np.random.Generator = field(init=False)
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.generator = torch.Generator().manual_seed(self.seed)

    @property
    def reach(self) -> float:
        """What counts as near a point, in cells."""
        longer = max(self.canvas.rows, self.canvas.cols)
        return NEAR * self.learned.preset.learn.sigma * longer

    def peaks(self, maps: Tensor) -> Tensor:
        """Return the peaks of maps (n, rows, cols) as (row, col) in cells, float64 on the CPU."""
        if self.settings.read_out == "argmax":
            cells = argmax_cells(maps)
        else:
            cells = centroid_cells(maps, self.settings.window * max(maps.shape[1:]))
        return cells.double().cpu()


@dataclass(frozen=True, eq=False)
class Look:
    """What one pass over the target found.

    Attributes
    ----------
    evidence : Evidence
        What speaks for each place by the picture.
    likely : Tensor, shape (n, rows, cols)
        What speaks for it by the arrangement or by the pass before, at most one.
    cells : Tensor of float64, shape (n, 2)
        The points, (row, col) in cells.
    points : ndarray of float64, shape (n, 2)
        The same in pixels of the target.
    """

    evidence: Evidence
    likely: Tensor
    cells: Tensor
    points: NDArray[np.float64]


def look_from_far(scene: Scene) -> Look:
    """Look at the whole target.

    Raises
    ------
    LandmarkSetError
        If features are asked for and the set has none.
    Cancelled
        If the scene's `should_stop` said yes.
    """
    check_stop(scene.should_stop)
    views = shared_views(
        scene.backbone,
        scene.picture,
        encodings=scene.settings.encodings,
        windows=scene.settings.windows,
        crop_share=scene.settings.crop_share,
        rng=scene.rng,
    )
    evidence = _gather(scene, views, near=False)
    return _look(scene, evidence, _arranged(scene, evidence))


def look_from_near(scene: Scene, points: NDArray[np.float64]) -> Look:
    """Look at the neighbourhoods of points (n, 2), given as (row, col) in pixels.

    Raises
    ------
    LandmarkSetError
        If the landmarks were learned without close-ups.
    Cancelled
        If the scene's `should_stop` said yes.
    """
    check_stop(scene.should_stop)
    views = close_ups(
        scene.backbone,
        scene.picture,
        points,
        count=scene.settings.close_ups,
        share=scene.settings.close_up_share,
        rng=scene.rng,
    )
    evidence = _gather(scene, views, near=True)
    reach = scene.settings.close_up_reach * max(scene.picture.shape[:2])
    return _look(scene, evidence, scene.canvas.gaussians(points, reach).to(evidence.maps))


def _gather(scene: Scene, views: ViewSet, *, near: bool) -> Evidence:
    embeddings = scene.learned.close_up if near else scene.learned.whole
    if embeddings is None:
        raise LandmarkSetError(
            "These landmarks were learned without close-ups; learn them with a preset that has "
            "them, such as 'precise', or locate with close_ups = 0."
        )
    return gather(
        scene.backbone,
        views,
        scene.canvas,
        scene.learned,
        embeddings,
        scene.settings,
        scene.generator,
        scene.should_stop,
    )


def _look(scene: Scene, evidence: Evidence, likely: Tensor) -> Look:
    cells = scene.peaks((evidence.maps + FLOOR) * likely)
    return Look(evidence, likely, cells, scene.canvas.to_pixels(cells.numpy()))


def _arranged(scene: Scene, evidence: Evidence) -> Tensor:
    """Return how likely each place is by the arrangement of all, (n, rows, cols), at most one.

    Expected places follow from found ones and found ones from expected ones, a few times over.
    """
    likely = torch.ones_like(evidence.maps)
    if not scene.settings.arrangement:
        return likely
    cells = scene.peaks(evidence.maps)
    certain = concentration(evidence.maps, cells, scene.reach)
    for _ in range(ARRANGING_STEPS):
        found = scene.canvas.to_pixels(cells.numpy())
        places = expected_places(scene.learned.arrangement, found, certain)
        deviation = scene.settings.arrangement * size_of(places)
        likely = scene.canvas.gaussians(places, deviation).to(evidence.maps)
        cells = scene.peaks((evidence.maps + FLOOR) * likely)
    return likely
