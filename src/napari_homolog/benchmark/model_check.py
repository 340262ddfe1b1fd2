"""Checking a model after a download: what it finds on drawings and on one's own specimens."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ..context import RunContext
from ..correspondence import Preset, Reference, learn, locate
from ..diffusion import Backbone
from ..landmarks import Landmarks
from ..synthetic import generate
from .matchers.matcher import scaled_to_frame
from .scores import RESAMPLES, score

KIND = "butterfly"
"""The kind of the synthetic specimens: the one with most landmarks on two sides."""

SIDE = 256
"""Of the synthetic specimens' pictures, in pixels."""

Picture = NDArray[np.float32] | NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Specimen:
    """A specimen with known landmarks, read when it is needed."""

    read: Callable[[], Picture]
    landmarks: Landmarks


@dataclass(frozen=True, eq=False)
class Transfer:
    """A reference and the targets on which its landmarks are to be found."""

    reference: Specimen
    targets: Sequence[Specimen]


@dataclass(frozen=True, eq=False)
class Accuracy:
    """What a model found, one number for each target.

    Attributes
    ----------
    found : ndarray
        Mean error in percent of the centroid size.
    before_refinement : ndarray
        The same of the model's own answer.
    same_place : ndarray
        The same of the reference's landmarks copied to the same places of the frame.
    learn_seconds, locate_seconds : float
        Mean time for a reference, and for a target.
    """

    found: NDArray[np.float64]
    before_refinement: NDArray[np.float64]
    same_place: NDArray[np.float64]
    learn_seconds: float
    locate_seconds: float


def synthetic_transfers(targets: int, seed: int) -> list[Transfer]:
    """Return one transfer between synthetic specimens that no model was trained on.

    Parameters
    ----------
    targets : int
        Number of targets.
    seed : int
        Seed of the specimens.
    """
    first = 900_000 + 1000 * seed
    drawn = [generate(KIND, first + index, (SIDE, SIDE)) for index in range(targets + 1)]
    reference, *others = [
        Specimen(lambda one=one: one.image, one.landmarks)  # type: ignore[misc]
        for one in drawn
    ]
    return [Transfer(reference, others)]


def measure_accuracy(
    backbone: Backbone, transfers: Sequence[Transfer], preset: Preset, context: RunContext
) -> Accuracy:
    """Learn on each reference, locate on its targets and compare with the truth.

    Parameters
    ----------
    backbone : Backbone
        The model.
    transfers : sequence of Transfer
        At least one, each with at least one target.
    preset : Preset
        How to learn and locate.
    context : RunContext
        Seed, progress over all targets, and whether to stop.

    Raises
    ------
    Cancelled
        If the context says so.
    """
    errors: list[list[float]] = []
    learning = locating = 0.0
    total = sum(len(one.targets) for one in transfers)
    quiet = context.without_progress()
    for transfer in transfers:
        source = transfer.reference.read()
        start = time.perf_counter()
        learned = learn(
            backbone,
            [Reference(source, transfer.reference.landmarks)],
            preset=preset,
            context=quiet,
        )
        learning += time.perf_counter() - start
        for target in transfer.targets:
            picture = target.read()
            start = time.perf_counter()
            found = locate(backbone, picture, learned, context=quiet)
            locating += time.perf_counter() - start
            own = found.points if found.coarse_points is None else found.coarse_points
            marks = transfer.reference.landmarks
            answers = (
                found.landmarks,
                Landmarks.from_arrays(found.names, own),
                Landmarks.from_arrays(marks.names, scaled_to_frame(marks.points, source, picture)),
            )
            errors.append([score([one], [target.landmarks]).mean_relative_error for one in answers])
            context.report(len(errors), total, f"checking {backbone.name}")
    refined, alone, same_place = np.array(errors).T
    return Accuracy(
        refined,
        alone,
        same_place,
        learn_seconds=learning / len(transfers),
        locate_seconds=locating / total,
    )


def own_transfers(pairs: Sequence[tuple[Specimen, Specimen, tuple[str, ...]]]) -> list[Transfer]:
    """Return the transfers of pairs of specimens, those of one reference together.

    Parameters
    ----------
    pairs : sequence of (Specimen, Specimen, tuple of str)
        Reference, target, and the landmarks that both have; those of one reference one after another.
    """
    return [
        Transfer(
            reference, [Specimen(target.read, _only(target, names)) for _, target, names in group]
        )
        for reference, group in ((one, list(several)) for one, several in groupby(pairs, _first))
    ]


def _first(pair: tuple[Specimen, Specimen, tuple[str, ...]]) -> Specimen:
    return pair[0]


def _only(specimen: Specimen, names: Sequence[str]) -> Landmarks:
    return Landmarks({name: tuple(specimen.landmarks[name]) for name in names})


def difference_interval(
    one: NDArray[np.float64], other: NDArray[np.float64], seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of the mean difference of paired numbers, by bootstrap.

    Parameters
    ----------
    one, other : ndarray, shape (n,)
        Numbers of the same targets.
    seed : int
        Seed of the bootstrap.
    """
    from scipy.stats import bootstrap

    interval = bootstrap(
        (one - other,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def conclude(
    name: str, model: dict[str, Accuracy], shipped: dict[str, Accuracy] | None
) -> list[str]:
    """Return in words what follows from what was measured, a sentence or two for each set.

    Parameters
    ----------
    name : str
        The model.
    model : dict of str to Accuracy
        What it found: ``"synthetic"``, and ``"own"`` if specimens of one's own were given.
    shipped : dict of str to Accuracy or None
        What the shipped model found on the same targets; None if that is the model.
    """
    sentences = []
    drawings = model["synthetic"]
    own, copied = drawings.before_refinement.mean(), drawings.same_place.mean()
    if own < 0.8 * copied:
        sentences.append(
            f"{name} works here: on drawings it finds the landmarks by itself to {own:.1f} % of the "
            f"centroid size, where copying their places is {copied:.1f} % off."
        )
    else:
        sentences.append(
            f"{name} does not find landmarks: on drawings it is {own:.1f} % of the centroid size off "
            f"by itself, copying their places {copied:.1f} %. Its layers, timesteps or weights do not "
            "suit the method."
        )
    if "own" not in model:
        sentences.append(
            "Drawings tell whether a model works, not which one is better on photographs: give a "
            "folder of your own digitised specimens with --data."
        )
    elif shipped is not None:
        sentences.append(_compared(name, model["own"], shipped["own"]))
    return sentences


def _compared(name: str, model: Accuracy, shipped: Accuracy) -> str:
    lower, upper = difference_interval(model.found, shipped.found)
    own, other = model.found.mean(), shipped.found.mean()
    numbers = f"{own:.2f} against {other:.2f} % of the centroid size on {len(model.found)} targets"
    times = model.locate_seconds / shipped.locate_seconds
    if lower <= 0 <= upper:
        return (
            f"On your specimens no difference to the shipped model can be told ({numbers}); {name} "
            f"takes {times:.1f} times its time."
        )
    word = "better" if upper < 0 else "worse"
    return (
        f"On your specimens {name} is {word} than the shipped model: {numbers}, in {times:.1f} times "
        "its time."
    )


def peak_memory(backbone: Backbone) -> float | None:
    """Return the most memory that was in use, in bytes, of the device or the process, if known."""
    if backbone.device.type == "cuda":
        import torch

        return float(torch.cuda.max_memory_allocated(backbone.device))
    if sys.platform == "win32":
        return None
    import resource

    # Linux counts kibibytes, macOS bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1.0 if sys.platform == "darwin" else 1024.0
    )
