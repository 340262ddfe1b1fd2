"""A transfer of landmarks between synthetic specimens, whose landmarks are known exactly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..context import RunContext
from ..correspondence import LandmarkSet, Prediction, Preset, Reference, learn, locate
from ..diffusion import Backbone
from ..synthetic import SyntheticSpecimen, generate, generate_damaged
from .scores import Scores, score, side_confusion


@dataclass(frozen=True, eq=False)
class SyntheticTransfer:
    """Landmarks learned on one synthetic specimen and found on others.

    Attributes
    ----------
    reference : SyntheticSpecimen
        The specimen that landmarks were learned on.
    targets : tuple of SyntheticSpecimen
        The other specimens.
    learned : LandmarkSet
        The landmark set.
    predictions : tuple of Prediction
        One for each target.
    scores : Scores
        Over all targets and landmarks.
    side_confusion : float or None
        How often left and right were confused, see `side_confusion`.
    learn_seconds, locate_seconds : float
        Wall time of learning, and of locating on all targets.
    """

    reference: SyntheticSpecimen
    targets: tuple[SyntheticSpecimen, ...]
    learned: LandmarkSet
    predictions: tuple[Prediction, ...]
    scores: Scores
    side_confusion: float | None
    learn_seconds: float
    locate_seconds: float


def transfer_synthetic(
    backbone: Backbone,
    kind: str,
    seeds: Sequence[int],
    preset: Preset,
    *,
    damaged: float = 0.0,
    size: tuple[int, int] = (256, 256),
    context: RunContext | None = None,
) -> SyntheticTransfer:
    """Generate specimens, learn the landmarks of the first and find them on the others.

    Parameters
    ----------
    backbone : Backbone
        The model.
    kind : str
        One of `napari_homolog.synthetic.KINDS`.
    seeds : sequence of int
        Seeds of the specimens, the reference first.
    preset : Preset
        How to learn and locate.
    damaged : float
        Fraction of the targets with a piece broken off, together with its landmarks.
    size : (int, int)
        Height and width of the images in pixels.
    context : RunContext, optional
        Seed of learning and locating, progress, stop.

    Returns
    -------
    SyntheticTransfer

    Raises
    ------
    Cancelled
        If the context says stop.
    """
    context = context or RunContext()
    specimen, targets = _specimens(kind, seeds, damaged, size)
    reference = Reference(specimen.image, specimen.landmarks, f"synthetic {kind} {seeds[0]}")
    start = time.perf_counter()
    learned = learn(backbone, [reference], preset=preset, context=context)
    middle = time.perf_counter()
    predictions = []
    for index, target in enumerate(targets):
        predictions.append(
            locate(backbone, target.image, learned, context=context.without_progress())
        )
        context.report(index + 1, len(targets), "transferring")
    end = time.perf_counter()
    located = [prediction.landmarks for prediction in predictions]
    truth = [target.landmarks for target in targets]
    return SyntheticTransfer(
        reference=specimen,
        targets=targets,
        learned=learned,
        predictions=tuple(predictions),
        scores=score(located, truth),
        side_confusion=side_confusion(located, truth),
        learn_seconds=middle - start,
        locate_seconds=end - middle,
    )


def _specimens(
    kind: str, seeds: Sequence[int], damaged: float, size: tuple[int, int]
) -> tuple[SyntheticSpecimen, tuple[SyntheticSpecimen, ...]]:
    """Return the reference and the targets, of which the last ones are damaged."""
    first, *others = seeds
    intact = len(others) - round(damaged * len(others))
    targets = [
        (generate if index < intact else generate_damaged)(kind, seed, size)
        for index, seed in enumerate(others)
    ]
    return generate(kind, first, size), tuple(targets)
