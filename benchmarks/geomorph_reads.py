"""Whether R's geomorph reads from TPS files what was written to them.

Files with and without missing landmarks and scales are written, read by ``readland.tps``, and compared.
Without R or geomorph this says so and does nothing.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from napari_homolog import Landmarks, formats
from napari_homolog.formats import Specimen
from read_in_r import why_not
from stored_results import store

SCRIPT = Path(__file__).with_name("geomorph_reads.R")
SIZE = (480, 640)
TOLERANCE = 1e-4
"""Units; files hold five decimals."""


def specimens(*, gaps: bool, scale: float | None) -> list[Specimen]:
    """Return five specimens of six landmarks at random places."""
    chance = np.random.default_rng(3)
    made = []
    for number in range(5):
        points = chance.uniform(1, np.subtract(SIZE, 1), (6, 2))
        if gaps and number % 2:
            points[number] = np.nan
        marks = Landmarks.from_arrays([str(n + 1) for n in range(6)], points)
        made.append(Specimen(f"wing_{number}.png", marks, scale=scale, image_size=SIZE))
    return made


def read_by_r(path: Path, *options: str) -> np.ndarray:
    """Return what geomorph reads: (x, y), in the order of the file."""
    out = path.with_suffix(".csv")
    call = ["Rscript", "--vanilla", str(SCRIPT), str(path), str(out), *options]
    subprocess.run(call, check=True)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    nothing = {"NA": "nan", "NaN": "nan"}
    return np.array([[float(nothing.get(row[axis], row[axis])) for axis in "xy"] for row in rows])


def written(rows: list[Specimen]) -> np.ndarray:
    """Return (x, y) as geomorph is to read them: upwards from the lower edge, scaled."""
    up = [
        np.c_[one.landmarks.points[:, 1], SIZE[0] - one.landmarks.points[:, 0]] * (one.scale or 1)
        for one in rows
    ]
    return np.concatenate(up)


def main() -> None:
    """Write, read in R, compare and store."""
    reason = why_not()
    if reason:
        print(f"Skipped: {reason}.")
        return
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for gaps in (False, True):
            for scale in (None, 0.0125):
                name = f"{'gaps' if gaps else 'complete'}, {'scaled' if scale else 'pixels'}"
                rows = specimens(gaps=gaps, scale=scale)
                path = Path(folder) / "wings.tps"
                formats.write_landmarks(path, rows, missing_for="geomorph" if gaps else None)
                read, right = read_by_r(path, *(["negNA"] if gaps else [])), written(rows)
                same_gaps = bool((np.isnan(read) == np.isnan(right)).all())
                figures[name] = {
                    "landmarks": len(right),
                    "same_missing": same_gaps,
                    "largest_difference": float(np.nanmax(np.abs(read - right))),
                }
                print(name, figures[name], flush=True)
    print(f"Stored in {store('geomorph_reads', figures)}.")
    if not all(
        one["same_missing"] and one["largest_difference"] < TOLERANCE for one in figures.values()
    ):
        sys.exit("geomorph does not read what was written.")


if __name__ == "__main__":
    main()
