"""Judgement: how far each point can be trusted, and whether its part is there at all."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .arrangement import expected_by_others, expected_places, size_of
from .background import background_around
from .calibration import Calibration
from .cycle import cycle_errors
from .looking import FLOOR, Look, Scene
from .prediction import Prediction
from .readout import concentration, covariance, rivals
from .signs import read_signs


def judge(scene: Scene, whole: Look, near: Look | None) -> Prediction:
    """Return the last pass's points with everything that tells how good they are.

    Parameters
    ----------
    scene : Scene
        The target and what was looked for.
    whole : Look
        The pass from far.
    near : Look, optional
        The pass from near.
    """
    last = near or whole
    canvas, learned = scene.canvas, scene.learned
    replicates = np.stack(
        [
            scene.peaks((one + FLOOR) * last.likely).numpy() * canvas.scale
            for one in last.evidence.replicates
        ]
    )
    scatter = covariance(replicates)
    certain = concentration(whole.evidence.maps, whole.cells, scene.reach)
    places = expected_places(learned.arrangement, last.points, certain)
    size = _specimen_size(scene, last.points if np.isnan(places).all() else places)
    rival_cells, rival = rivals(whole.evidence.maps * whole.likely, whole.cells, scene.reach)
    cycle = _cycle(scene, whole, last.points)
    signs = read_signs(
        whole.evidence,
        learned.whole,
        near.evidence if near is not None else None,
        learned.close_up,
        last.cells,
        spread=np.sqrt(np.trace(scatter, axis1=1, axis2=2)) / size,
        stray=np.linalg.norm(last.points - places, axis=1) / size,
        rival=rival.double().cpu().numpy(),
        cycle=cycle,
        background=background_around(
            scene.picture, expected_by_others(learned.arrangement, last.points, certain), size
        )
        - learned.own_background,
    )
    verdict = Calibration.shipped().judge(signs)
    return Prediction(
        names=learned.names,
        points=last.points,
        maps=whole.evidence.maps.cpu().numpy(),
        scale=canvas.scale,
        translate=canvas.translate,
        covariance=scatter,
        confidence=verdict.confidence,
        settings=scene.settings,
        missing_probability=verdict.missing,
        expected_error=verdict.error * size,
        cycle_error=cycle * size,
        rivals=canvas.to_pixels(rival_cells.double().cpu().numpy()),
        rival_height=rival.double().cpu().numpy(),
        signs=signs,
    )


def _specimen_size(scene: Scene, points: NDArray[np.float64]) -> float:
    """Return the longer side of the landmarks' box in pixels; half the picture's for one landmark."""
    if len(points) == 1:
        return max(scene.picture.shape[:2]) / 2
    return size_of(points)


def _cycle(scene: Scene, whole: Look, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far from its origin each point leads back; NaN where there is no way back."""
    home = scene.learned.home
    if home is None or not scene.learned.whole.features:
        return np.full(len(points), np.nan)
    with torch.no_grad():
        return cycle_errors(home, whole.evidence.layers, whole.evidence.views, points)
