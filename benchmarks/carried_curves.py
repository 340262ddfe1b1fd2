"""Distances of carried curves to the true ones, on synthetic specimens and on shells of snails."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import binary_fill_holes, label
from skimage.measure import find_contours

from napari_homolog.correspondence import Reference, learn, locate
from napari_homolog.correspondence.curves import CurveReference, locate_curve
from napari_homolog.curves import (
    CurveDefinition,
    as_path,
    at_shares,
    distances_to,
    project,
    resample,
)
from napari_homolog.diffusion import Backbone, load_backbone
from napari_homolog.formats import read_landmarks
from napari_homolog.formats.curve_files import named_curves
from napari_homolog.landmarks import Landmarks
from napari_homolog.synthetic import generate
from stored_results import store
from write_pages import write_pages

SEMILANDMARKS = 20
FIRST_SEED = 1001
"""Of the synthetic specimens: the method was made while looking at others, of seeds below 100."""

Curves = Sequence[tuple[str, str, str, str | None]]
"""The part, the first and the last anchor, and a landmark that the curve passes, of each."""

SYNTHETIC: dict[str, Curves] = {
    "butterfly": [
        ("left forewing", "left forewing tip", "left forewing corner", None),
        ("right forewing", "right forewing tip", "right forewing corner", None),
    ],
    "beetle": [
        ("left elytron", "left shoulder", "elytra tip", None),
        ("right elytron", "right shoulder", "elytra tip", None),
    ],
    "fish": [("tail", "upper tail tip", "lower tail tip", None)],
    "leaf": [
        ("middle lobe", "left notch", "tip", None),
        ("middle lobe", "tip", "right notch", None),
        ("left upper lobe", "left notch", "left upper tip", None),
    ],
    "wing": [
        ("membrane", "notch", "tip", None),
        ("membrane", "lobe", "notch", None),
        ("membrane", "tip", "lobe", "front vein end"),
    ],
}
"""By kind."""

SNAIL_CURVES: Curves = [
    ("outline", "12", "1", "13"),
    ("outline", "1", "4", "2"),
    ("outline", "7", "9", "8"),
    ("outline", "10", "12", "11"),
]
"""As above."""

NEAR_WHITE = 235


@dataclass(frozen=True, eq=False)
class Marked:
    """A specimen with its landmarks, and the outlines of its parts by their names."""

    image: NDArray[np.float32]
    landmarks: Landmarks
    outline: Callable[[str], NDArray[np.float64]]


def stretch(
    outline: NDArray[np.float64],
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    via: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return the part of a closed outline between two points: past a third, or the shorter one."""
    points = np.stack([first, last] if via is None else [first, last, via])
    shares = project(points, outline, closed=True)[1]
    forward = (shares[1] - shares[0]) % 1.0
    turned = forward > 0.5 if via is None else (shares[2] - shares[0]) % 1.0 > forward
    way = forward - 1.0 if turned else forward
    return at_shares(outline, shares[0] + np.linspace(0, 1, 400) * way, closed=True)


def synthetic(kind: str, seed: int, side: int) -> Marked:
    """Return a drawn specimen with its exact outlines."""
    specimen = generate(kind, seed, (side, side))
    image = (specimen.image / 255).astype(np.float32)
    return Marked(image, specimen.landmarks, lambda part: specimen.outlines[part])


def snail(entry: dict[str, Any], folder: Path) -> Marked:
    """Return a shell whose outline is where the white background ends."""
    image = np.asarray(Image.open(folder / entry["file"]).convert("RGB"))
    names = [str(index + 1) for index in range(len(entry["keypoints"]))]
    points = np.array([(y, x) for x, y, _ in entry["keypoints"]])
    mask = binary_fill_holes(np.pad(image.min(2) < NEAR_WHITE, 2))
    parts, _ = label(mask)
    largest = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    outline = max(find_contours(largest.astype(float), 0.5), key=len) - 2
    return Marked(
        (image / 255).astype(np.float32), Landmarks.from_arrays(names, points), lambda _: outline
    )


def blurred(landmarks: Landmarks, error: float, rng: np.random.Generator) -> Landmarks:
    """Return landmarks with random errors of this mean length, in percent of the centroid size."""
    deviation = error / 100 * landmarks.centroid_size() / np.sqrt(np.pi / 2)
    points = landmarks.points + rng.normal(0, deviation, landmarks.points.shape)
    return Landmarks.from_arrays(landmarks.names, points)


@dataclass
class Tally:
    """What was measured on some pairs of specimens."""

    found: list[float]
    laid: list[float]
    confidence: list[float]
    close: list[bool]

    @classmethod
    def empty(cls) -> Tally:
        """Return a tally of nothing."""
        return cls([], [], [], [])

    def join(self, other: Tally) -> None:
        """Add what another tally holds."""
        self.found += other.found
        self.laid += other.laid
        self.confidence += other.confidence
        self.close += other.close

    def add(
        self, curve: tuple[str, str, str, str | None], one: Marked, other: Marked, marks: Landmarks
    ) -> None:
        """Carry one curve from a specimen to another, whose landmarks are known as given."""
        part, first, last, via = curve
        definition = CurveDefinition(part, (first, last), SEMILANDMARKS)

        def true(specimen: Marked) -> NDArray[np.float64]:
            ends = specimen.landmarks[first], specimen.landmarks[last]
            third = specimen.landmarks[via] if via else None
            return stretch(specimen.outline(part), *ends, third)

        reference = CurveReference(one.image, one.landmarks, true(one))
        carried = locate_curve(definition, [reference], other.image, marks)
        percent, truth = 100 / other.landmarks.centroid_size(), true(other)
        self.found.append(percent * distances_to(definition.on(carried.path), truth).mean())
        self.laid.append(percent * distances_to(definition.on(carried.laid), truth).mean())
        self.confidence += carried.confidence[1:-1].tolist()
        self.close += (percent * distances_to(carried.path, truth)[1:-1] <= 1).tolist()

    def figures(self) -> dict[str, Any]:
        """Return what is stored: distances in percent of the centroid size."""
        confidence, close = np.array(self.confidence), np.array(self.close)
        bands = [(low, low + 0.2) for low in (0.0, 0.2, 0.4, 0.6, 0.8)]
        chosen = [(confidence > low) & (confidence <= high + 1e-9) for low, high in bands]
        return {
            "curves": len(self.found),
            "mean": round(float(np.mean(self.found)), 3),
            "median": round(float(np.median(self.found)), 3),
            "95 %": round(float(np.quantile(self.found, 0.95)), 3),
            "spline alone, mean": round(float(np.mean(self.laid)), 3),
            "spline alone, median": round(float(np.median(self.laid)), 3),
            "mean confidence": round(float(confidence.mean()), 3),
            "share within 1 %": round(float(close.mean()), 3),
            "share within 1 % by confidence": {
                f"{low:.1f} to {high:.1f}": [int(c.sum()), round(float(close[c].mean()), 3)]
                for (low, high), c in zip(bands, chosen, strict=True)
                if c.any()
            },
        }


def on_synthetic(seeds: Iterable[int], side: int, error: float) -> Tally:
    """Carry each curve from each specimen to the next one of its kind."""
    tally, rng = Tally.empty(), np.random.default_rng(0)
    for kind, curves in SYNTHETIC.items():
        specimens = [synthetic(kind, seed, side) for seed in seeds]
        for one, other in zip(specimens, specimens[1:] + specimens[:1], strict=True):
            marks = blurred(other.landmarks, error, rng) if error else other.landmarks
            for curve in curves:
                tally.add(curve, one, other, marks)
    return tally


def on_snails(folder: Path, group: str, count: int) -> Tally:
    """Carry the outline between landmarks from each shell to the next of its group."""
    shells, tally = snails(folder, group, count), Tally.empty()
    for one, other in zip(shells, shells[1:] + shells[:1], strict=True):
        for curve in SNAIL_CURVES:
            tally.add(curve, one, other, other.landmarks)
    return tally


def snails(folder: Path, group: str, count: int) -> list[Marked]:
    """Return the first shells of a group."""
    images = json.loads((folder / "keypoints.json").read_text(encoding="utf-8"))["images"]
    return [snail(one, folder) for one in images if one["group"] == group][:count]


def from_one_reference(backbone: Backbone, specimens: Sequence[Marked], curves: Curves) -> Tally:
    """Locate the landmarks of the first specimen on the others, and carry its curves by them."""
    (one, *others), tally = specimens, Tally.empty()
    learned = learn(backbone, [Reference(one.image, one.landmarks)])
    for other in others:
        found = locate(backbone, other.image, learned)
        marks = Landmarks.from_arrays(found.names, found.points)
        for curve in curves:
            tally.add(curve, one, other, marks)
    return tally


REPLICATES = {
    "one person, ten times": ["UA13256_FS*.txt"],
    "another person, ten times": ["UA13384_DB[0-9]*.txt"],
    "seven people": [f"UA13384_{who}.txt" for who in ("BGW", "DB", "DM", "ER", "EV", "FS", "JJR")],
}
"""StereoMorph files of one trilobite's head each."""


def between_people(folder: Path, patterns: Iterable[str]) -> dict[str, Any]:
    """Return how far curves of one picture lie apart that people drew, in percent."""
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    drawn = [read_landmarks(file)[0] for file in files]
    distances = []
    for one, other in combinations(drawn, 2):
        percent, curves = 100 / one.landmarks.centroid_size(), named_curves(other)
        distances += [
            percent
            * distances_to(resample(as_path(path), SEMILANDMARKS), as_path(curves[name])).mean()
            for name, path in named_curves(one).items()
            if name in curves
        ]
    return {
        "pairs of curves": len(distances),
        "mean": round(float(np.mean(distances)), 3),
        "median": round(float(np.median(distances)), 3),
        "95 %": round(float(np.quantile(distances, 0.95)), 3),
    }


def picture(path: Path, kind: str, number: int, seeds: tuple[int, int]) -> None:
    """Save a picture of a reference with its curve beside a target with the located one."""
    part, first, last, via = SYNTHETIC[kind][number]
    one, other = (synthetic(kind, seed, 640) for seed in seeds)
    definition = CurveDefinition(part, (first, last), 15)
    third = one.landmarks[via] if via else None
    true = stretch(one.outline(part), one.landmarks[first], one.landmarks[last], third)
    reference = CurveReference(one.image, one.landmarks, true)
    found = locate_curve(definition, [reference], other.image, other.landmarks)
    shown = []
    for specimen, lines, dots in (
        (one, ((true, "red"),), definition.with_ends(true)),
        (other, ((found.laid, "blue"), (found.path, "red")), definition.with_ends(found.path)),
    ):
        image = Image.fromarray((specimen.image * 255).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        for line, colour in lines:
            draw.line([(col, row) for row, col in line.tolist()], colour, 2)
        for row, col in dots.tolist():
            draw.ellipse([col - 4, row - 4, col + 4, row + 4], "white", "red")
        shown.append(np.asarray(image))
    Image.fromarray(np.hstack(shown)).quantize(200).save(path, optimize=True)


def main() -> None:
    """Print the figures and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=int, default=20, help="of each kind or group")
    parser.add_argument("--side", type=int, default=320, help="of a synthetic picture, in pixels")
    parser.add_argument("--snails", type=Path, help="the folder of shells with keypoints.json")
    parser.add_argument("--replicates", type=Path, help="the folder of StereoMorph files")
    parser.add_argument("--picture", type=Path, help="only save the picture of the documentation")
    chosen = parser.parse_args()
    if chosen.picture:
        picture(chosen.picture, "wing", 0, (5, 2))
        return
    seeds = range(FIRST_SEED, FIRST_SEED + chosen.specimens)
    figures = {
        f"synthetic, landmarks {error:g} % off": on_synthetic(seeds, chosen.side, error).figures()
        for error in (0.0, 1.0, 2.0)
    }
    backbone, located = load_backbone("embedded"), Tally.empty()
    for kind, curves in SYNTHETIC.items():
        specimens = [synthetic(kind, seed, chosen.side) for seed in seeds]
        located.join(from_one_reference(backbone, specimens, curves))
    figures["synthetic, landmarks located"] = located.figures()
    if chosen.snails:
        for group in ("series", "genera"):
            tally = on_snails(chosen.snails, group, chosen.specimens)
            figures[f"snails, {group}"] = tally.figures()
            shells = snails(chosen.snails, group, chosen.specimens)
            tally = from_one_reference(backbone, shells, SNAIL_CURVES)
            figures[f"snails, {group}, landmarks located"] = tally.figures()
    if chosen.replicates:
        for who, patterns in REPLICATES.items():
            figures[f"drawn by {who}"] = between_people(chosen.replicates, patterns)
    print(json.dumps(figures, indent=2))
    store("carried_curves", figures)
    write_pages()


if __name__ == "__main__":
    main()
