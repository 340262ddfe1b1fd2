"""Reads rulers that were read by hand before, and lines where no ruler is.

`rulers_by_hand.csv` has ten photographs of fire salamanders beside a folding rule, with two ticks of a
known distance on each, placed by hand at four times the size before anything was read by the program.
The program gets the line between the two, but not the distance.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_homolog.errors import ScaleError
from napari_homolog.images import read_image
from napari_homolog.rulers import read_ruler
from stored_results import store

HERE = Path(__file__).parent
JITTER = 2.0
"""Standard deviation by which the ends of lines are moved, in pixels."""


def by_hand() -> list[tuple[str, NDArray[np.float64], NDArray[np.float64], float]]:
    """Return the image, both ends (row, col) and the distance by hand, in pixels per millimetre."""
    with (HERE / "rulers_by_hand.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        one, other = (np.array([float(row[f"y{n}"]), float(row[f"x{n}"])]) for n in "12")
        distance = float(np.linalg.norm(one - other)) / float(row["length"])
        found.append((row["image"], one, other, distance))
    return found


def main() -> None:
    """Read all rulers and write ``results/rulers.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="Folder of the photographs.")
    images = parser.parse_args().images
    rng, readings = np.random.default_rng(0), {}
    moved, elsewhere = Counter[str](), Counter[str]()
    for name, start, end, hand in by_hand():
        picture = read_image(images / name)
        read = distance_read(picture, start, end)
        readings[name] = {
            "by hand": round(hand, 4),
            "read": None if read is None else round(read, 4),
            "percent off": None if read is None else round(100 * (read / hand - 1), 2),
        }
        for _ in range(20):
            ends = start + rng.normal(0, JITTER, 2), end + rng.normal(0, JITTER, 2)
            moved[judged(distance_read(picture, *ends), hand)] += 1
        for _ in range(30):
            place, angle = rng.uniform((100, 60), (900, 300)), rng.uniform(0, 2 * np.pi)
            away = place + rng.uniform(80, 300) * np.array([np.cos(angle), np.sin(angle)])
            away = np.clip(away, 0, np.array(picture.shape[:2]) - 1)
            read = distance_read(picture, place, away)
            elsewhere["not read" if read is None else "read"] += 1
    off = [one["percent off"] for one in readings.values() if one["read"] is not None]
    result = {
        "readings": readings,
        "read": len(off),
        "least percent off": min(off),
        "most percent off": max(off),
        "lines moved": moved,
        "lines elsewhere": elsewhere,
    }
    print(json.dumps(result, indent=2))
    print(f"stored in {store('rulers', result)}")


def distance_read(
    picture: NDArray[np.float32], start: NDArray[np.float64], end: NDArray[np.float64]
) -> float | None:
    """Return the distance of ticks in pixels; None if the ruler cannot be read."""
    try:
        return float(read_ruler(picture, start, end).period)
    except ScaleError:
        return None


def judged(read: float | None, hand: float) -> str:
    """Return what a reading is, beside the one by hand."""
    if read is None:
        return "not read"
    return "within 2 %" if abs(read / hand - 1) < 0.02 else "wrong"


if __name__ == "__main__":
    main()
