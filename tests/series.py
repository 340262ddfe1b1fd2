"""A project of small drawn beetles, one of them the reference, and runs over it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

import napari_homolog as nh
from napari_homolog.correspondence import LandmarkSet
from napari_homolog.diffusion import Backbone
from napari_homolog.jobs import LearnJob
from napari_homolog.project import Placement, Project
from napari_homolog.synthetic import generate

QUICK = nh.preset("attention").changed(
    "quick",
    learn={"restarts": 2, "steps": 60, "encodings": 1},
    locate={"encodings": 1, "refine": True},
)
SIZE = (120, 120)


def make_series(
    folder: Path, backbone: Backbone, targets: int, *, preset: nh.Preset = QUICK
) -> Path:
    """Return a project whose landmarks are learned from a reference but not yet located."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "beetles.homolog"
    with Project.create(path, seed=4) as project:
        for seed in range(targets + 1):
            beetle = generate("beetle", seed, SIZE)
            image = folder / f"beetle {seed:03d}.png"
            Image.fromarray(beetle.image).save(image)
            number = project.add_image(image)
            if seed == 0:
                project.set_landmarks(beetle.landmarks.names)
                points = {name: (row, col) for name, (row, col) in points_of(beetle.landmarks)}
                project.place_many(number, points)
                project.mark_reference(number)
        LearnJob(project, preset=preset).run(backbone)
    return path


def points_of(landmarks: nh.Landmarks) -> list[tuple[str, list[float]]]:
    return list(zip(landmarks.names, landmarks.points.tolist(), strict=True))


def results(path: Path) -> dict[str, tuple[str, dict[str, Placement]]]:
    """Return status and placements of all specimens, in full precision."""
    with Project.open(path, read_only=True) as project:
        return {
            one.name: (one.status.value, project.placements(one.id)) for one in project.specimens()
        }


def learned_of(path: Path) -> LandmarkSet:
    with Project.open(path, read_only=True) as project:
        learned = project.landmark_set()
    assert learned is not None
    return learned
