"""Locating: from a target image and a landmark set to points, maps and their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...boxes import Box
from ...context import RunContext
from ...diffusion import Backbone
from ...diffusion.threads import computing_threads
from ...images import as_rgb
from .. import paper
from ..learning.landmark_set import LandmarkSet
from ..maps.peaks import concentration, covariance
from ..presets import Preset
from ..priors.pose import Pose
from ..refinement.specimen_drawing import MarkedDrawing, specimen_size
from ..settings import LocateSettings
from ..views.specimen_part import part_around
from .pose_search import best_pose, to_target
from .prediction import Prediction
from .refine import TRUSTED, refine, within
from .target import NEAR, TargetContext
from .target_passes import PassResult, close_up_pass, with_another_view
from .uncertainty import estimate_uncertainty


def locate(
    backbone: Backbone,
    image: NDArray[Any],
    learned: LandmarkSet,
    *,
    settings: LocateSettings | None = None,
    box: Box | None = None,
    context: RunContext | None = None,
) -> Prediction:
    """Locate learned landmarks on a target.

    Parameters
    ----------
    backbone : Backbone
        The model on which the landmarks were learned.
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        The target; anything that `napari_homolog.images.as_rgb` accepts.
    learned : LandmarkSet
        What `learn` returned.
    settings : LocateSettings, optional
        Default: those of the preset with which the landmarks were learned.
    box : Box, optional
        Around the specimen, in pixels of the target: it is looked for there alone. If the references
        had boxes too, the landmarks are expected at the same places in it, but for rotated poses.
    context : RunContext, optional
        Seed, progress, and whether to stop.

    Returns
    -------
    Prediction

    Raises
    ------
    ImageError
        If the array is no image.
    BoxError
        If the box does not lie on the target.
    LandmarkSetError
        If the landmarks were learned on another model, or without the features or the references'
        pictures that the settings ask for.
    SettingsError
        If the settings contradict how the landmarks were learned.
    Cancelled
        If the context says so.

    References
    ----------
    Hedlin et al. 2023, section 3.3.
    """
    context = context or RunContext()
    learned.check_backbone(backbone)
    preset = learned.preset if settings is None else learned.preset.with_locate(settings)
    preset = preset.completed(backbone.learn_timestep, backbone.locate_timestep)
    rgb = as_rgb(image)
    part, origin = part_around(rgb, box)
    with computing_threads(backbone):
        if preset.shared.views == "paper":
            return _locate_as_published(backbone, part, learned, preset, context).moved(origin)
        expected = None
        if box is not None and learned.box_places is not None:
            expected = box.to_pixels(learned.box_places) - origin
        pose, target, coarse = best_pose(backbone, part, learned, preset, context, expected)
    search = _Search(backbone, rgb, pose, target, origin)
    if preset.locate.refine:
        return _refined_until_stable(search, coarse, learned.require_drawings(), context)
    found = search.answer(coarse)
    return replace(found, points=within(found.points, rgb.shape))


STABLE = 0.01
"""Mean movement of the points, as a share of the specimen's size, below which an answer is stable."""


@dataclass(frozen=True, eq=False)
class _Search:
    """What turns a coarse pass over a target into an answer on the whole image."""

    backbone: Backbone
    rgb: NDArray[np.float32]
    pose: Pose | None
    target: TargetContext
    origin: NDArray[np.float64]

    def answer(self, coarse: PassResult) -> Prediction:
        with computing_threads(self.backbone):
            close_ups = self.target.settings.close_ups
            close_up = close_up_pass(self.target, coarse.points) if close_ups else None
            found = estimate_uncertainty(self.target, coarse, close_up)
        return (found if self.pose is None else to_target(found, self.pose)).moved(self.origin)

    def another_view(self, coarse: PassResult) -> PassResult | None:
        with computing_threads(self.backbone):
            return with_another_view(self.target, coarse)


def _refined_until_stable(
    search: _Search,
    coarse: PassResult,
    drawings: Sequence[MarkedDrawing],
    context: RunContext,
) -> Prediction:
    """Return the refined answer; views are added while the references do not agree and it moves.

    Of the answers, that one is returned with which the references agree best.
    """
    best = last = refine(search.answer(coarse), search.rgb, drawings, context)
    while _agreement(best) < TRUSTED:
        more = search.another_view(coarse)
        if more is None:
            break
        coarse = more
        answer = refine(search.answer(coarse), search.rgb, drawings, context)
        best = max(best, answer, key=_agreement)
        movement = np.linalg.norm(answer.points - last.points, axis=1).mean()
        if movement < STABLE * specimen_size(answer.points, search.rgb.shape):
            break
        last = answer
    return best


def _agreement(found: Prediction) -> float:
    if found.agreement is None or np.isnan(found.agreement).all():
        return 1.0
    return float(np.nanmean(found.agreement))


def _locate_as_published(
    backbone: Backbone,
    rgb: NDArray[np.float32],
    learned: LandmarkSet,
    preset: Preset,
    context: RunContext,
) -> Prediction:
    """Return the published method's answer on the image's own pixels."""
    found = paper.locate_points(backbone, rgb, learned.coarse.prompts, preset, context)
    side = found.maps.shape[-1]
    scale = np.array(rgb.shape[:2]) / side
    cells = found.maps.new_tensor(found.points) - 0.5
    return Prediction(
        names=learned.names,
        points=found.points * scale - 0.5,
        maps=found.maps.numpy(),
        scale=scale,
        translate=(scale - 1) / 2,
        covariance=covariance(found.restart_points * scale),
        confidence=concentration(found.maps, cells, NEAR * preset.learn.sigma * side),
        settings=preset.locate,
    )
