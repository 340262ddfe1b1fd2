"""Which specimens to mark next: those like which many are, and about which there is doubt."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import found_at, learned_names

from napari_homolog.project import Project, specimens_to_mark

NAMES = ("a", "b", "c", "d")
SQUARE = np.array([[0.0, 0], [0, 30], [30, 0], [30, 30]])


def stretched(by: float) -> list[tuple[float, float]]:
    return [(float(row), float(col * by)) for row, col in SQUARE]


def series(project: Project, stretches: dict[str, float], confidence: float = 0.75) -> None:
    project.set_landmarks(NAMES)
    number = project.add_landmark_set(learned_names(*NAMES))
    for name, by in stretches.items():
        specimen = project.add_picture(name, (200, 200))
        project.record_prediction(specimen, found_at(NAMES, stretched(by), confidence), number)


@pytest.fixture
def project():
    with Project.create() as project:
        yield project


def names(project: Project, count: int) -> list[str]:
    return [one.name for one in specimens_to_mark(project, count)]


def test_one_of_each_kind_comes_first(project: Project) -> None:
    wide = {f"wide {n}": 1.5 + n / 100 for n in range(3)}
    narrow = {f"narrow {n}": 0.7 + n / 100 for n in range(2)}
    series(project, wide | narrow)
    assert names(project, 1)[0].startswith("wide")
    assert {name.split()[0] for name in names(project, 2)} == {"wide", "narrow"}


def test_a_kind_that_was_decided_about_needs_no_more(project: Project) -> None:
    series(project, {"wide": 1.5, "wide too": 1.52, "narrow": 0.7})
    wide = project.find("wide")
    assert wide is not None
    project.accept(wide.id)
    assert names(project, 5) == ["narrow", "wide too"]


def test_of_two_kinds_the_doubtful_one(project: Project) -> None:
    series(project, {"plain": 1.0, "wide": 1.5})
    plain, wide = (project.find(name) for name in ("plain", "wide"))
    assert plain is not None
    assert wide is not None
    project.accept(plain.id)
    number = project.landmark_set_id
    assert number is not None
    for name, by, confidence in (("tall", 0.67, 0.9), ("taller", 0.66, 0.2)):
        specimen = project.add_picture(name, (200, 200))
        project.record_prediction(specimen, found_at(NAMES, stretched(by), confidence), number)
    assert names(project, 2)[0] == "taller"
    assert "wide" in names(project, 2)


def test_without_shapes_there_is_nothing_to_suggest(project: Project) -> None:
    assert names(project, 5) == []
    project.set_landmarks(["a"])
    project.add_picture("one", (10, 10))
    assert names(project, 5) == []
