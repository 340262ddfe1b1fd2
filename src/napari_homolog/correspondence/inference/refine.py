"""Refinement: from the places that the model found to sub-pixel ones, by the references' pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...context import RunContext
from ...diffusion.threads import computing_with_threads
from ..refinement.choosing_references import choose_references
from ..refinement.consensus import Consensus, consensus
from ..refinement.registration import RegistrationTarget, register
from ..refinement.specimen_drawing import (
    TARGET_MARGIN,
    Drawing,
    MarkedDrawing,
    specimen_size,
)
from .calibration import TOLERANCE
from .prediction import Prediction

DISTRUSTED, TRUSTED = 0.3, 0.5
"""Mean agreement at which refined points begin to count, and from which on they count alone."""


@dataclass(frozen=True, eq=False)
class RefinedPoints:
    """What refinement yields.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        (row, col) in pixels of the target, all on it.
    agreement : ndarray of float64, shape (n,)
        See `Prediction`; NaN for a landmark that no reference has.
    spread : ndarray of float64, shape (n,)
        Mean distance of the references' votes in pixels; NaN with fewer than two.
    """

    points: NDArray[np.float64]
    agreement: NDArray[np.float64]
    spread: NDArray[np.float64]


def refine(
    found: Prediction,
    image: NDArray[np.float32],
    references: Sequence[MarkedDrawing],
    context: RunContext,
) -> Prediction:
    """Return a prediction whose points lie where the references' landmarks do.

    Parameters
    ----------
    found : Prediction
        What the model found, or a refined prediction, which is refined anew from the same places.
    image, references, context : ndarray, sequence of MarkedDrawing, RunContext
        As in `refined_points`; the references' landmarks in the order of the prediction's.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    coarse = found.points if found.coarse_points is None else found.coarse_points
    refined = refined_points(image, coarse, references, mirrored=found.mirrored, context=context)
    return replace(
        _widened(found, refined, specimen_size(refined.points, image.shape)),
        points=refined.points,
        coarse_points=coarse,
        agreement=refined.agreement,
        reference_spread=refined.spread,
    )


def refined_points(
    image: NDArray[np.float32],
    coarse: NDArray[np.float64],
    references: Sequence[MarkedDrawing],
    *,
    mirrored: bool = False,
    stones: Sequence[MarkedDrawing] = (),
    context: RunContext,
) -> RefinedPoints:
    """Return landmarks placed by the references' pictures.

    Each reference is registered on the target on its own, the first from the places that the model
    found, the others from the first one's answer; then they vote.

    Parameters
    ----------
    image : ndarray of float32, shape (height, width, 3)
        The target, RGB in [0, 1].
    coarse : ndarray of float64, shape (n, 2)
        Where the model found the landmarks, (row, col) in pixels of the target.
    references : sequence of MarkedDrawing
        Specimens with known landmarks, in the same order. Of too many, those are used that differ
        most. A landmark that none has stays where the model found it.
    mirrored : bool
        Whether the target is recognised in its mirror image.
    stones : sequence of MarkedDrawing
        Further specimens on which the same landmarks were located: stepping stones between a
        reference and a target that differ much.
    context : RunContext
        Whether to stop.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    usable = [one for one in references if np.isfinite(one.points).any()]
    chosen = [usable[index] for index in choose_references([one.points for one in usable])]
    if not chosen:
        unknown = np.full(len(coarse), np.nan)
        return RefinedPoints(within(coarse, image.shape), unknown, unknown)
    start, flipped = (_flip(coarse, image.shape), image[:, ::-1]) if mirrored else (coarse, image)
    with computing_with_threads(1):
        voted = _vote(flipped, start, chosen, stones, context)
    points = _flip(voted.points, image.shape) if mirrored else voted.points
    points = within(_trusted(_known(points, coarse), coarse, voted.scores), image.shape)
    return RefinedPoints(points, voted.scores, voted.spread)


def within(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return points (n, 2) moved onto an image of this shape where they lie outside."""
    return np.clip(points, 0, np.array(shape[:2]) - 1.0)


def _trusted(
    refined: NDArray[np.float64], coarse: NDArray[np.float64], agreement: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return refined points (n, 2), nearer to the coarse ones the less the references agree.

    Where they do not agree, they compare the specimen with something else.
    """
    share = (np.nanmean(agreement) - DISTRUSTED) / (TRUSTED - DISTRUSTED)
    return coarse + np.clip(share, 0, 1) * (refined - coarse)


def _widened(found: Prediction, refined: RefinedPoints, size: float) -> Prediction:
    """Return a prediction that is not more certain than the references agree."""
    spread = np.nan_to_num(refined.spread)
    # Votes as normal deviates in two dimensions, of which `spread` is the mean distance.
    with np.errstate(divide="ignore"):
        within_tolerance = 1 - np.exp(-np.pi / 4 * (TOLERANCE * size / spread) ** 2)
    error = found.expected_error
    return replace(
        found,
        confidence=np.minimum(found.confidence, within_tolerance),
        expected_error=None if error is None else np.hypot(error, spread),
    )


def _vote(
    image: NDArray[np.float32],
    start: NDArray[np.float64],
    references: Sequence[MarkedDrawing],
    stones: Sequence[MarkedDrawing],
    context: RunContext,
) -> Consensus:
    """Register references, each from the answer before it, and count the votes."""

    def drawn() -> RegistrationTarget:
        return RegistrationTarget(Drawing.around(image, start, TARGET_MARGIN))

    target, registrations = drawn(), []
    for reference in references:
        context.check_stop()
        registrations.append(register(reference, target, start))
        if len(registrations) == 1 and len(references) > 1:
            start = _known(registrations[0].points, start)
            target = drawn()
    voted = consensus(registrations, references)
    if not stones:
        return voted
    start = _known(voted.points, start)
    target = drawn()
    for stone in stones:
        context.check_stop()
        registrations.append(register(stone, target, start))
    return consensus(registrations, [*references, *stones])


def _known(points: NDArray[np.float64], otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n, 2), and others where they are NaN."""
    return np.where(np.isfinite(points), points, otherwise)


def _flip(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return points (n, 2) on the mirror image."""
    return np.column_stack([points[:, 0], shape[1] - 1 - points[:, 1]])
