"""Locating: from a target image and learned landmarks to points, maps and their spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion import Backbone
from ..images import as_rgb
from ..progress import Progress, StopCheck
from .canvas import MapCanvas
from .judgement import judge
from .landmark_set import LandmarkSet
from .looking import NEAR, Look, Scene, look_from_far, look_from_near
from .paper import paper_maps, paper_read_out
from .poses import Pose, poses
from .prediction import Prediction
from .readout import concentration, covariance
from .settings import LocateSettings


def locate(
    backbone: Backbone,
    image: NDArray[Any],
    learned: LandmarkSet,
    *,
    settings: LocateSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> Prediction:
    """Find learned landmarks on a target.

    Parameters
    ----------
    backbone : Backbone
        The model on which the landmarks were learned.
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        The target; anything that `napari_homolog.images.as_rgb` takes.
    learned : LandmarkSet
        What `learn` returned.
    settings : LocateSettings, optional
        Default: those of the preset with which the landmarks were learned.
    seed : int
        Seed of everything random.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    Prediction

    Raises
    ------
    ImageError
        If the array is no image.
    LandmarkSetError
        If the landmarks were learned on another model, or without the features asked for.
    Cancelled
        If `should_stop` said yes.

    References
    ----------
    Hedlin et al. 2023, section 3.3.
    """
    learned.check_backbone(backbone)
    settings = (settings or learned.preset.locate).completed(backbone.locate_timestep)
    picture = as_rgb(image)
    if settings.views == "paper":
        layers = paper_maps(
            backbone,
            picture,
            learned.prompts(learned.whole).flatten(0, 1),
            settings,
            rng=np.random.default_rng(seed),
            generator=torch.Generator().manual_seed(seed),
            progress=progress,
            should_stop=should_stop,
        )
        return _read_paper(layers, picture.shape[:2], learned, settings)
    pose, scene, whole = _best_look(
        backbone, picture, learned, settings, seed, progress, should_stop
    )
    near = look_from_near(scene, whole.points) if settings.close_ups else None
    found = judge(scene, whole, near)
    return found if pose is None else pose.undo(found)


def _best_look(
    backbone: Backbone,
    picture: NDArray[np.float32],
    learned: LandmarkSet,
    settings: LocateSettings,
    seed: int,
    progress: Progress | None,
    should_stop: StopCheck | None,
) -> tuple[Pose | None, Scene, Look]:
    """Look from far at the target in every pose asked for, and return the surest look of them."""

    def look(image: NDArray[np.float32], done: int, total: int) -> tuple[Scene, Look]:
        canvas = MapCanvas(image.shape[:2], settings.map_side)
        scene = Scene(backbone, image, canvas, learned, settings, seed, should_stop)
        seen = look_from_far(scene)
        if progress is not None:
            progress(done, total, "locating the landmarks")
        return scene, seen

    candidates = list(poses(settings.turns, settings.mirror, picture.shape[:2]))
    if len(candidates) == 1:
        return None, *look(picture, 1, 1)
    looks = [
        (pose, *look(pose.apply(picture), number + 1, len(candidates)))
        for number, pose in enumerate(candidates)
    ]
    return max(looks, key=lambda one: float(judge(one[1], one[2], None).confidence.mean()))


def _read_paper(
    layers: Tensor, shape: tuple[int, ...], learned: LandmarkSet, settings: LocateSettings
) -> Prediction:
    """Return the points of the authors' read-out from maps (layers, rounds * n, side, side)."""
    side = layers.shape[-1]
    by_round = layers.unflatten(1, (learned.rounds, len(learned)))
    mean = by_round.mean(1)
    scale = np.array(shape) / side
    points = paper_read_out(mean)
    rounds = torch.stack([paper_read_out(one) for one in by_round.unbind(1)]).double().numpy()
    overall = mean.mean(0)
    return Prediction(
        names=learned.names,
        points=points.double().numpy() * scale - 0.5,
        maps=overall.numpy(),
        scale=scale,
        translate=(scale - 1) / 2,
        covariance=covariance(rounds * scale),
        confidence=concentration(overall, points - 0.5, NEAR * learned.preset.learn.sigma * side),
        settings=settings,
    )
