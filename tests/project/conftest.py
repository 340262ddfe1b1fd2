"""Projects of small pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up import draw_noise

from napari_homolog.project import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "séries 1"
    (folder / "images").mkdir(parents=True)
    return folder


@pytest.fixture
def add_wings(folder: Path) -> Callable[[Project, int], list[int]]:
    def add(project: Project, count: int) -> list[int]:
        return [
            project.add_image(draw_noise(folder / "images" / f"wing {number}.png", number))
            for number in range(count)
        ]

    return add


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with Project.create(folder / "wings.homolog") as project:
        project.set_landmarks(["tip", "base", "notch"])
        yield project
