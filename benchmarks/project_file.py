"""How fast a large project file is: opening, counting, placing, undoing."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from napari_homolog import preset
from napari_homolog.correspondence import Embeddings, LandmarkSet, Prediction
from napari_homolog.project import Project
from stored_results import store


def made_up(landmarks: int) -> tuple[LandmarkSet, Prediction]:
    """Return an arbitrary landmark set and prediction of realistic size."""
    chosen = preset("attention")
    names = tuple(f"landmark {number}" for number in range(landmarks))
    learned = LandmarkSet(
        names=names,
        coarse=Embeddings(torch.zeros(5, landmarks, 6, 768), (1,) * 6),
        mean_shape=np.zeros((landmarks, 2)),
        reference_background=np.zeros(landmarks),
        backbone={"name": "none", "fingerprint": "00", "revision": None},
        preset=chosen,
        seed=0,
    )
    found = Prediction(
        names=names,
        points=np.random.default_rng(0).uniform(0, 1000, (landmarks, 2)),
        maps=np.zeros((landmarks, 0, 0), np.float32),
        scale=np.ones(2),
        translate=np.zeros(2),
        covariance=np.tile(np.eye(2), (landmarks, 1, 1)),
        confidence=np.full(landmarks, 0.5),
        settings=chosen.locate,
    )
    return learned, found


def fill(path: Path, specimens: int, landmarks: int) -> None:
    """Write a project with predictions on all specimens."""
    learned, found = made_up(landmarks)
    with Project.create(path) as project:
        number = project.add_landmark_set(learned)
        with project.transaction():
            for index in range(specimens):
                one = project.add_picture(f"specimen {index}", (3000, 4000))
                project.record_prediction(one, found, number)


def milliseconds(repeats: int, task: Callable[[], object]) -> float:
    """Return the median time of some runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(1000 * (time.perf_counter() - start))
    return round(float(np.median(times)), 2)


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specimens", type=int, default=10_000)
    parser.add_argument("--landmarks", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.homolog"
        fill(path, options.specimens, options.landmarks)
        repeats = options.repeats
        figures = {
            "specimens": options.specimens,
            "landmarks": options.landmarks,
            "file_megabytes": round(path.stat().st_size / 1e6, 1),
            "open_and_close_milliseconds": milliseconds(
                repeats, lambda: Project.open(path).close()
            ),
        }
        middle = options.specimens // 2
        with Project.open(path) as project:
            row = iter(range(1000))
            tasks: dict[str, Callable[[], object]] = {
                "summary": project.summary,
                "list_of_specimens": project.specimens,
                "placements_of_one": lambda: project.placements(middle),
                "place_one": lambda: project.place(middle, "landmark 3", (next(row), 5)),
                "undo_one": project.undo,
                "pending": lambda: project.pending(1),
            }
            for name, task in tasks.items():
                figures[f"{name}_milliseconds"] = milliseconds(repeats, task)
    for name, value in figures.items():
        print(f"{name}: {value}")
    print(store("project_file", figures))


if __name__ == "__main__":
    main()
