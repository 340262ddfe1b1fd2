"""Measures the scale that follows from a scale bar which is located like landmarks.

Synthetic fish with a drawn scale bar below them, of which the length in pixels is known and differs by
up to 10 % from picture to picture. It is marked on one picture and located on the others; nothing is
corrected. The bar lies at the same place, give or take some pixels, or anywhere along the lower edge.
Before and after its ends are found by how they look on the marked picture.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from napari_homolog import preset
from napari_homolog.diffusion import load_backbone
from napari_homolog.errors import ScaleError
from napari_homolog.jobs import LearnJob, RefineJob, TransferJob, in_this_thread, run
from napari_homolog.project import Project, ScaleBar
from napari_homolog.scale_bars import KnownBar, find_bar
from napari_homolog.synthetic import generate
from stored_results import store_part

SIZE, COUNT, LENGTH = (320, 400), 13, 100.0
FIRST_SEED = 3000
"""Of the specimens: the search for the ends was made while looking at others, of seeds below 2200."""
KINDS, ALONE = ("fish", "beetle", "wing"), 21
"""Of the search for the ends alone: kinds of specimens, and pictures of each, the first one marked."""
NAME = "scale_bar"
ENDS = ("bar left", "bar right")


def with_bar(pixels: NDArray[np.uint8], left: tuple[float, float], length: float) -> Image.Image:
    """Return a picture with a scale bar, whose ends (row, col) are drawn to a quarter of a pixel."""
    fine = 4
    image = Image.fromarray(pixels).resize(
        (SIZE[1] * fine, SIZE[0] * fine), Image.Resampling.BICUBIC
    )
    draw = ImageDraw.Draw(image)
    (row, col), half = left, fine / 2
    places = [(col + share * length) * fine + half for share in (0, 0.5, 1)]
    line = row * fine + half
    draw.line((places[0], line, places[-1], line), fill=(20, 20, 20), width=2 * fine)
    for place in places:
        draw.line((place, line - 5 * fine, place, line + 5 * fine), fill=(20, 20, 20), width=fine)
    return image.resize((SIZE[1], SIZE[0]), Image.Resampling.BOX)


def measured(*, same_place: bool) -> dict[str, Any]:
    """Return how far scales are off, in percent."""
    rng = np.random.default_rng(FIRST_SEED)
    with tempfile.TemporaryDirectory() as folder, Project.create(seed=1) as project:
        true: dict[int, float] = {}
        for index in range(COUNT):
            fish = generate("fish", FIRST_SEED + index, SIZE)
            length = LENGTH * (1 if index == 0 else rng.uniform(0.9, 1.1))
            col = 60 + rng.normal(0, 4) if same_place or index == 0 else rng.uniform(10, 270)
            left = (300 + rng.normal(0, 3), col)
            path = Path(folder, f"fish {index:02d}.png")
            with_bar(fish.image, left, length).save(path)
            number = project.add_image(path)
            true[number] = 1 / length
            if index == 0:
                project.set_landmarks([*fish.landmarks.names, *ENDS])
                points = dict(
                    zip(fish.landmarks.names, fish.landmarks.points.tolist(), strict=True)
                )
                ends = {ENDS[0]: left, ENDS[1]: (left[0], left[1] + length)}
                project.place_many(number, {**points, **ends})
                project.mark_reference(number)
                reference = number
        project.set_scale_bar(ScaleBar(*ENDS, 1.0, "mm"))
        backbone = load_backbone("embedded", device="cpu")
        LearnJob(project, preset=preset("standard")).run(backbone)
        run(TransferJob(project), in_this_thread(backbone))
        before = _errors(project, true, reference)
        RefineJob(project).run()
        return {"as all landmarks": before, "by its ends": _errors(project, true, reference)}


def _errors(project: Project, true: dict[int, float], reference: int) -> dict[str, Any]:
    """Return how far the scales of all specimens but the reference are off, in percent."""
    off = np.array(
        [
            100 * abs(found.value / scale - 1)
            for number, scale in true.items()
            if number != reference and (found := project.scale_of(number)) is not None
        ]
    )
    return {
        "pictures": COUNT - 1,
        "with a scale": len(off),
        "median, % off": round(float(np.median(off)), 2),
        "within 0.5 %": int(np.sum(off <= 0.5)),
        "within 2 %": int(np.sum(off <= 2)),
        "largest, % off": round(float(max(off)), 2),
    }


def ends_alone(*, same_place: bool, bars: bool = True) -> dict[str, Any]:
    """Return how far off scales are by the search for the ends alone, without a model, in percent."""
    rng = np.random.default_rng(FIRST_SEED + 1)
    off, count = list[float](), 0
    for kind in KINDS:
        known = None
        for index in range(ALONE):
            specimen = generate(kind, FIRST_SEED + index, SIZE)
            length = LENGTH * (1 if known is None else rng.uniform(0.9, 1.1))
            col = 60 + rng.normal(0, 4) if same_place or known is None else rng.uniform(10, 270)
            left = (300 + rng.normal(0, 3), col)
            shown = bars or known is None
            picture = np.asarray(
                with_bar(specimen.image, left, length) if shown else specimen.image, np.float32
            )
            if known is None:
                known = KnownBar(picture, left, (left[0], left[1] + length))
                continue
            count += 1
            try:
                found = find_bar(known, picture)
            except ScaleError:
                continue
            distance = float(np.linalg.norm(np.subtract(found.end, found.start)))
            off.append(100 * abs(length / distance - 1))
    told: dict[str, Any] = {"pictures": count, "found": len(off)}
    if bars:
        told |= {
            "median, % off": round(float(np.median(off)), 2),
            "within 0.5 %": int(np.sum(np.array(off) <= 0.5)),
            "largest, % off": round(max(off), 2),
        }
    return told


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ends", action="store_true", help="Only the search for the ends.")
    options = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "ends alone, bar at the same place": lambda: ends_alone(same_place=True),
        "ends alone, bar anywhere along the edge": lambda: ends_alone(same_place=False),
        "ends alone, no bar": lambda: ends_alone(same_place=True, bars=False),
    }
    if not options.ends:
        parts["bar at the same place"] = lambda: measured(same_place=True)
        parts["bar anywhere along the edge"] = lambda: measured(same_place=False)
    for part, measure in parts.items():
        figures = measure()
        print(part, json.dumps(figures, indent=2), flush=True)
        store_part(NAME, part, figures)


if __name__ == "__main__":
    main()
