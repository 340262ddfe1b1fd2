"""How well a model transfers landmarks, on development sets that no training has seen.

This is the one module of the training that uses the method's interface.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_homolog import Landmarks
from napari_homolog.context import RunContext
from napari_homolog.correspondence import Reference, learn, locate, preset
from napari_homolog.diffusion import Backbone
from napari_homolog.synthetic import generate
from napari_homolog.synthetic.anatomy import Anatomy
from napari_homolog.synthetic.world import picture_of
from napari_homolog.synthetic.world.bones_and_teeth import long_bones
from napari_homolog.synthetic.world.fishes import fishes
from napari_homolog.synthetic.world.frontal_heads import insect_heads

PHOTOGRAPHS: dict[str, tuple[str, str | None]] = {
    "wings": ("drosophila-wings", None),
    "series": ("snails", "series"),
    "genera": ("snails", "genera"),
    "salamanders": ("salamanders", None),
    "pygidia": ("trilobite-pygidia", None),
}
"""Development sets of photographs: folder, and group inside ``keypoints.json``."""

SYNTHETIC: dict[str, Callable[[np.random.Generator], Anatomy]] = {
    "synthetic fish": fishes,
    "synthetic bones": long_bones,
    "synthetic heads": insect_heads,
}
"""Development sets of the wide world: far apart in shape, many of them turned."""

SIDE = 192
"""Side of the synthetic pictures in pixels."""

FIRST_SEED = 30_000_000
"""Of the synthetic pictures; training never reaches it."""


@dataclass(frozen=True, eq=False)
class Specimen:
    """A picture with its true landmarks.

    Attributes
    ----------
    name : str
        Unique in its set.
    read : callable
        Returns the picture, RGB.
    landmarks : Landmarks
        In pixels.
    """

    name: str
    read: Callable[[], NDArray[np.uint8]]
    landmarks: Landmarks


def judge(
    backbone: Backbone,
    data: Path | None,
    *,
    references: int = 3,
    targets: int = 4,
    quick: bool = False,
    sets: Sequence[str] | None = None,
    seed: int = 0,
) -> Iterator[dict[str, float | str | int]]:
    """Yield the errors on one development set after the other.

    Parameters
    ----------
    backbone : Backbone
        The model.
    data : Path or None
        Folder with the photographs' folders; None: synthetic sets only. Sets that it lacks are left
        out.
    references, targets : int
        Landmarks are learned on each of some references alone, and located on as many targets each.
    quick : bool
        Learn in fewer steps than `standard` does; for judging while a training waits.
    sets : sequence of str, optional
        Which sets; default: all.
    seed : int
        Of the choice of specimens, and of learning and locating.

    Yields
    ------
    dict
        Mean, and median over pairs, of the landmarks' distance from the truth in percent of the
        target's centroid size.
    """
    for name in sets or (*PHOTOGRAPHS, *SYNTHETIC, "butterflies"):
        specimens = _specimens(name, data)
        if specimens:
            yield {
                "set": name,
                **_transfer(backbone, specimens, references, targets, quick, seed),
            }


def _transfer(
    backbone: Backbone,
    specimens: Sequence[Specimen],
    references: int,
    targets: int,
    quick: bool,
    seed: int,
) -> dict[str, float | int]:
    # Before refinement, which hides what the model knows.
    settings = preset("standard").changed("coarse", locate={"refine": False})
    if quick:
        settings = settings.changed("quick", learn={"restarts": 2, "steps": 250})
    order = np.random.default_rng(seed).permutation(len(specimens)).tolist()
    start, errors = time.perf_counter(), []
    for turn in range(references):
        first = turn * (targets + 1)
        chosen = [specimens[order[(first + step) % len(order)]] for step in range(targets + 1)]
        reference, context = chosen[0], RunContext(seed=seed)
        learned = learn(
            backbone,
            [Reference(reference.read(), reference.landmarks, reference.name)],
            preset=settings,
            context=context,
        )
        for target in chosen[1:]:
            prediction = locate(backbone, target.read(), learned, context=context)
            errors.append(_error(prediction.landmarks, target.landmarks))
    return {
        "mean": round(float(np.mean(errors)), 2),
        "median": round(float(np.median(errors)), 2),
        "pairs": len(errors),
        "seconds": round(time.perf_counter() - start),
    }


def _error(predicted: Landmarks, true: Landmarks) -> float:
    """Return the mean distance in percent of centroid size, over landmarks that both have."""
    names = [
        name
        for name in predicted.names
        if name in true.names and true[name] is not None and np.isfinite(true[name]).all()
    ]
    distance = [np.linalg.norm(np.subtract(predicted[name], true[name])) for name in names]
    return 100 * float(np.mean(distance)) / true.centroid_size()


def _specimens(name: str, data: Path | None) -> list[Specimen]:
    if name in SYNTHETIC:
        return _synthetic(SYNTHETIC[name])
    if name == "butterflies":
        generated = [generate("butterfly", FIRST_SEED + index) for index in range(16)]
        return [
            Specimen(f"butterfly {index}", lambda image=specimen.image: image, specimen.landmarks)
            for index, specimen in enumerate(generated)
        ]
    folder, group = PHOTOGRAPHS[name]
    return _photographs(data / folder, group) if data and (data / folder).is_dir() else []


def _photographs(folder: Path, group: str | None) -> list[Specimen]:
    layout = json.loads((folder / "keypoints.json").read_text(encoding="utf-8"))
    specimens = []
    for entry in layout["images"]:
        if group is not None and entry["group"] != group:
            continue
        # Some points lie just beyond the frame, as digitisers left them.
        last = np.array([entry["height"], entry["width"]]) - 1.0
        points = {
            name: tuple(np.clip([row, col], 0, last)) if seen else None
            for name, (col, row, seen) in zip(
                layout["keypoint_names"], entry["keypoints"], strict=True
            )
        }
        path = folder / entry["file"]
        specimens.append(
            Specimen(
                entry["file"],
                lambda path=path: np.asarray(Image.open(path).convert("RGB")),
                Landmarks(points),
            )
        )
    return specimens


def _synthetic(family: Callable[[np.random.Generator], Anatomy], count: int = 16) -> list[Specimen]:
    specimens = []
    for index in range(count):
        rng = np.random.default_rng((FIRST_SEED, index))
        picture = picture_of(rng, family(rng), (SIDE, SIDE), share=0.8)
        points = {
            name: point if min(point) >= 0 and max(point) <= SIDE - 1 else None
            for name, point in picture.landmarks.items()
        }
        specimens.append(Specimen(str(index), lambda image=picture.image: image, Landmarks(points)))
    return specimens
