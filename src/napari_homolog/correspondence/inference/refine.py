"""Refinement: from the places that the model found to sub-pixel ones, by the references' pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...context import RunContext
from ...diffusion.threads import computing_with_threads
from ..refinement.choosing_references import choose_references
from ..refinement.consensus import Consensus, consensus
from ..refinement.registration import RegistrationTarget, register
from ..refinement.specimen_drawing import TARGET_MARGIN, Drawing, MarkedDrawing
from .prediction import Prediction


def refine(
    found: Prediction,
    image: NDArray[np.float32],
    references: Sequence[MarkedDrawing],
    context: RunContext,
) -> Prediction:
    """Return a prediction whose points lie where the references' landmarks do.

    Each reference is registered on the target on its own, the first from the places that the model
    found, the others from the first one's answer; then they vote.

    Parameters
    ----------
    found : Prediction
        What the model found, or a refined prediction, which is refined anew from the same places.
    image : ndarray of float32, shape (height, width, 3)
        The target, RGB in [0, 1].
    references : sequence of MarkedDrawing
        Specimens with known landmarks, in the order of the prediction's. Of too many, those are
        used that differ most.
    context : RunContext
        Whether to stop.

    Returns
    -------
    Prediction
        Landmarks that no reference has, and all of them without references, stay as they were.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    coarse = found.points if found.coarse_points is None else found.coarse_points
    usable = [one for one in references if np.isfinite(one.points).any()]
    chosen = [usable[index] for index in choose_references([one.points for one in usable])]
    if not chosen:
        return replace(found, points=within(coarse, image.shape))
    flipped = image[:, ::-1] if found.mirrored else image
    start = _flip(coarse, image.shape) if found.mirrored else coarse
    with computing_with_threads(1):
        voted = _vote(flipped, start, chosen, context)
    points = _flip(voted.points, image.shape) if found.mirrored else voted.points
    return replace(
        found,
        points=within(np.where(np.isfinite(points), points, coarse), image.shape),
        coarse_points=coarse,
        agreement=voted.scores,
        reference_spread=voted.spread,
    )


def within(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return points (n, 2) moved onto an image of this shape where they lie outside."""
    return np.clip(points, 0, np.array(shape[:2]) - 1.0)


def _vote(
    image: NDArray[np.float32],
    start: NDArray[np.float64],
    references: Sequence[MarkedDrawing],
    context: RunContext,
) -> Consensus:
    registrations = []
    target = RegistrationTarget(Drawing.around(image, start, TARGET_MARGIN))
    for reference in references:
        context.check_stop()
        registrations.append(register(reference, target, start))
        if len(registrations) == 1 and len(references) > 1:
            first = registrations[0].points
            start = np.where(np.isfinite(first), first, start)
            target = RegistrationTarget(Drawing.around(image, start, TARGET_MARGIN))
    return consensus(registrations, references)


def _flip(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return points (n, 2) on the mirror image."""
    return np.column_stack([points[:, 0], shape[1] - 1 - points[:, 1]])
