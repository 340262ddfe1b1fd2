"""A transfer on drawn specimens, whose landmarks are known exactly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..correspondence import LandmarkSet, Prediction, Preset, Reference, learn, locate
from ..diffusion import Backbone
from ..progress import Progress, StopCheck
from ..synthetic import SyntheticSpecimen, generate, generate_damaged
from .scores import Scores, score, side_confusion


@dataclass(frozen=True, eq=False)
class SyntheticTransfer:
    """Landmarks learned on one drawn specimen and found on others.

    Attributes
    ----------
    reference : SyntheticSpecimen
        What was learned on.
    targets : tuple of SyntheticSpecimen
        The other specimens.
    learned : LandmarkSet
        What was learned.
    predictions : tuple of Prediction
        One for each target.
    scores : Scores
        Over all targets and landmarks.
    side_confusion : float or None
        How often left and right were taken for each other, see `side_confusion`.
    learn_seconds, locate_seconds : float
        Wall time of learning, and of all locating.
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
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> SyntheticTransfer:
    """Draw specimens, learn the landmarks of the first and find them on the others.

    Parameters
    ----------
    backbone : Backbone
        The model.
    kind : str
        One of `napari_homolog.synthetic.KINDS`.
    seeds : sequence of int
        Seeds of the drawings, the reference first.
    preset : Preset
        How to learn and locate.
    damaged : float
        Share of the targets of which a piece is broken off, landmarks with it.
    size : (int, int)
        Height and width of the drawings in pixels.
    seed : int
        Seed of learning and locating.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

    Returns
    -------
    SyntheticTransfer
    """
    first, *others = seeds
    reference = generate(kind, first, size)
    whole = len(others) - round(damaged * len(others))
    targets = [
        (generate if index < whole else generate_damaged)(kind, one, size)
        for index, one in enumerate(others)
    ]
    start = time.perf_counter()
    learned = learn(
        backbone,
        [Reference(reference.image, reference.landmarks, f"drawn {kind} {seeds[0]}")],
        preset=preset,
        seed=seed,
        progress=progress,
        should_stop=should_stop,
    )
    middle = time.perf_counter()
    predictions = []
    for index, target in enumerate(targets):
        predictions.append(
            locate(
                backbone,
                target.image,
                learned,
                seed=seed,
                should_stop=should_stop,
            )
        )
        if progress is not None:
            progress(index + 1, len(targets), "transferring")
    end = time.perf_counter()
    found = [prediction.landmarks for prediction in predictions]
    truth = [target.landmarks for target in targets]
    return SyntheticTransfer(
        reference=reference,
        targets=tuple(targets),
        learned=learned,
        predictions=tuple(predictions),
        scores=score(found, truth),
        side_confusion=side_confusion(found, truth),
        learn_seconds=middle - start,
        locate_seconds=end - middle,
    )
