"""In this thread, on the command line and on Dask workers a project gives the same results.

To the last bit: the computer's threads are set by the model, not by the environment.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from command_line import homolog_process
from napari_homolog.correspondence import preset
from napari_homolog.diffusion import Backbone
from napari_homolog.jobs import LearnJob, TransferJob, in_this_thread, run
from napari_homolog.jobs.local_processes import local_workers, on_local_workers
from napari_homolog.jobs.workers import ModelChoice
from napari_homolog.project import Project
from napari_homolog.synthetic import generate

SIZE = (96, 120)
NAMES = ("snout", "eye", "tail base")
TABLES = {
    "landmark_set": "landmarks, model, data",
    "location": "specimen_id, landmark_set_id, settings, angle, mirrored, seed",
    "prediction": "specimen_id, landmark_id, location_id, row, col, confidence, "
    "missing_probability, expected_error, row_variance, covariance, col_variance",
    "specimen": "id, name, status, reason",
}
"""Everything that learning and locating write, but for the time of day."""


@pytest.fixture(scope="module")
def unlearned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("everywhere")
    path = folder / "fish.homolog"
    with Project.create(path, seed=11) as project:
        project.set_landmarks(NAMES)
        for index in range(4):
            fish = generate("fish", 700 + index, SIZE)
            Image.fromarray(fish.image).save(folder / f"fish_{index}.png")
            number = project.add_image(folder / f"fish_{index}.png")
            if index == 0:
                row_col = {name: fish.landmarks[name].tolist() for name in NAMES}
                project.place_many(number, {name: tuple(at) for name, at in row_col.items()})
                project.mark_reference(number)
    return path


def written(path: Path) -> dict[str, list[Any]]:
    # By specimen: workers finish in any order.
    with sqlite3.connect(path) as connection:
        rows = {
            name: connection.execute(f"SELECT {columns} FROM {name}").fetchall()
            for name, columns in TABLES.items()
        }
        seen = dict(connection.execute("SELECT id, specimen_id FROM location").fetchall())
    connection.close()
    rows["location"].sort()
    rows["prediction"] = sorted((*row[:2], seen[row[2]], *row[3:]) for row in rows["prediction"])
    return rows


@pytest.fixture(scope="module")
def expected(unlearned: Path, embedded: Backbone) -> dict[str, list[Any]]:
    """Return what learning and locating in this thread write."""
    path = unlearned.with_name("thread.homolog")
    with Project.open(unlearned) as project:
        project.save_as(path)
    with Project.open(path) as project:
        LearnJob(project, preset=preset("fast")).run(embedded)
        report = run(TransferJob(project), in_this_thread(embedded))
        assert (report.located, report.failed) == (3, ())
    return written(path)


def test_what_is_written_is_complete(expected: dict[str, list[Any]]) -> None:
    assert len(expected["landmark_set"]) == 1
    assert [row[0] for row in expected["location"]] == [2, 3, 4]
    assert len({row[-1] for row in expected["location"]}) == 3, "each specimen has its own seed"
    assert len(expected["prediction"]) == 9


def test_the_command_line_with_several_threads(
    unlearned: Path, expected: dict[str, list[Any]]
) -> None:
    path = unlearned.with_name("command.homolog")
    with Project.open(unlearned) as project:
        project.save_as(path)
    variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in variables}
    for command in (("learn", path, "--preset", "fast"), ("run", path)):
        done = homolog_process("project", *command, "--device", "cpu", env=environment)
        assert done.returncode == 0, done.stderr
    assert written(path) == expected


def test_this_thread_with_other_numbers_of_threads(
    unlearned: Path, embedded: Backbone, expected: dict[str, list[Any]]
) -> None:
    path = unlearned.with_name("threads.homolog")
    with Project.open(unlearned) as project:
        project.save_as(path)
    before = torch.get_num_threads()
    torch.set_num_threads(3 if before != 3 else 2)
    try:
        with Project.open(path) as project:
            LearnJob(project, preset=preset("fast")).run(embedded)
            run(TransferJob(project), in_this_thread(embedded))
        assert torch.get_num_threads() != before, "the caller's setting is restored"
    finally:
        torch.set_num_threads(before)
    assert written(path) == expected


def test_two_local_workers(
    unlearned: Path, embedded: Backbone, expected: dict[str, list[Any]]
) -> None:
    path = unlearned.with_name("workers.homolog")
    with Project.open(unlearned) as project:
        project.save_as(path)
    with local_workers(2) as workers, Project.open(path) as project:
        LearnJob(project, preset=preset("fast")).run(embedded)
        choice = ModelChoice("embedded", device="cpu")
        report = run(TransferJob(project), on_local_workers(workers, choice))
        assert (report.located, report.failed) == (3, ())
    assert written(path) == expected
