"""The pose in which a target is recognised best, and predictions on the target as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...context import RunContext
from ...diffusion import Backbone
from ..learning.landmark_set import LandmarkSet
from ..presets import Preset
from ..priors.pose import Pose, poses
from .prediction import Prediction
from .target import TargetContext
from .target_passes import PassResult, coarse_pass
from .uncertainty import estimate_uncertainty

MESSAGE = "locating the landmarks"


def best_pose(
    backbone: Backbone,
    image: NDArray[np.float32],
    learned: LandmarkSet,
    preset: Preset,
    context: RunContext,
    expected: NDArray[np.float64] | None = None,
) -> tuple[Pose | None, TargetContext, PassResult]:
    """Run the coarse pass in every pose that the settings ask for; return the most confident one.

    Parameters
    ----------
    backbone : Backbone
        The frozen model.
    image : ndarray of float32, shape (height, width, 3)
        The target, RGB in [0, 1].
    learned : LandmarkSet
        The landmarks.
    preset : Preset
        Rotations, reflection, and everything of the coarse pass; completed.
    context : RunContext
        Seed, progress, and whether to stop.
    expected : ndarray, shape (n, 2), optional
        Where the specimen's box expects the landmarks, (row, col) in pixels; used where the target
        is tried as it is only, since a box does not tell which way its specimen lies.

    Returns
    -------
    pose : Pose or None
        None where the target was tried as it is only.
    target : TargetContext
        The target in this pose.
    coarse : PassResult
        The coarse pass over it.
    """
    candidates = list(poses(preset.locate.rotations, preset.locate.mirror, image.shape[:2]))
    if len(candidates) == 1:
        target = TargetContext(backbone, image, learned, preset, context, expected)
        coarse = coarse_pass(target)
        context.report(1, 1, MESSAGE)
        return None, target, coarse

    def tried() -> Iterator[tuple[Pose, TargetContext, PassResult]]:
        for index, pose in enumerate(candidates):
            target = TargetContext(backbone, pose.apply(image), learned, preset, context)
            yield pose, target, coarse_pass(target)
            context.report(index + 1, len(candidates), MESSAGE)

    # One after the other: a pass holds the queries of all its views, most of the memory needed.
    return max(tried(), key=lambda one: _mean_confidence(one[1], one[2]))


def to_target(found: Prediction, pose: Pose) -> Prediction:
    """Return a prediction that was made in a pose on the target as it is."""
    maps, scale, translate = pose.maps_to_target(found.maps, found.scale, found.translate)
    peaks = found.secondary_peaks
    return replace(
        found,
        points=pose.points_to_target(found.points),
        covariance=pose.covariance_to_target(found.covariance),
        secondary_peaks=None if peaks is None else pose.points_to_target(peaks),
        maps=maps,
        scale=scale,
        translate=translate,
        angle=pose.angle,
        mirrored=pose.mirrored,
    )


def _mean_confidence(target: TargetContext, coarse: PassResult) -> float:
    return float(estimate_uncertainty(target, coarse, None).confidence.mean())
