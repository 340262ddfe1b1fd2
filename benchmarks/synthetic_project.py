"""A project of small synthetic beetles for the benchmarks of transfer jobs."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from napari_homolog import load_backbone, preset
from napari_homolog.jobs import LearnJob
from napari_homolog.project import Project
from napari_homolog.synthetic import generate

QUICK = preset("attention").changed(
    "quick", learn={"restarts": 2, "steps": 60, "encodings": 1}, locate={"encodings": 1}
)
SIZE = (120, 120)


def create_project(path: Path, specimens: int) -> None:
    """Create a project that has learned from one beetle, and images of so many other ones."""
    with Project.create(path, seed=1) as project:
        for seed in range(specimens + 1):
            beetle = generate("beetle", seed, SIZE)
            image = path.parent / f"beetle_{seed:04d}.png"
            Image.fromarray(beetle.image).save(image)
            number = project.add_image(image)
            if seed == 0:
                project.set_landmarks(beetle.landmarks.names)
                points = beetle.landmarks.points.tolist()
                project.place_many(number, dict(zip(beetle.landmarks.names, points, strict=True)))
                project.mark_reference(number)
        LearnJob(project, preset=QUICK).run(load_backbone("embedded", device="cpu"))


def results_of(path: Path) -> dict[str, object]:
    """Return status and placements of all specimens, in full precision."""
    with Project.open(path, read_only=True) as project:
        return {
            specimen.name: (specimen.status, project.placements(specimen.id))
            for specimen in project.specimens()
        }
