"""Principal components in the report of a project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import found_at, learned_names

from napari_homolog.project import Project
from napari_homolog.project.report import make_report, summary_of, write_report

NAMES = ("a", "b", "c", "d", "e")
MEAN = np.array([(5, 5), (5, 45), (20, 55), (35, 45), (35, 5.0)])

AddWings = Callable[[Project, int], list[int]]


@pytest.fixture
def series(project: Project, add_wings: AddWings) -> list[int]:
    """Return eight decided specimens, and two located ones, of which the last one is wrong."""
    rng = np.random.default_rng(4)
    project.set_landmarks(NAMES)
    learned = project.add_landmark_set(learned_names(*NAMES))
    numbers = add_wings(project, 10)
    for number in numbers:
        points = MEAN + rng.normal(0, 0.5, MEAN.shape)
        if number == numbers[-1]:
            points[[0, 1]] = points[[1, 0]]
        if number in numbers[:8]:
            project.place_many(number, dict(zip(NAMES, points, strict=True)))
        else:
            project.record_prediction(number, found_at(NAMES, points), learned)
        project.set_classifiers(number, {"species": "xy"[number % 2], "no": str(number)})
    return numbers


def test_located_specimens_are_laid_onto_the_decided_ones(
    project: Project, series: list[int], folder: Path
) -> None:
    project.set_links([("a", "b"), ("b", "c")])
    report = make_report(project)
    told = summary_of(report)["shape_space"]
    assert told["made_from"] == [f"wing {number}" for number in range(8)]
    assert told["unusual"][0]["specimen"] == "wing 9"
    assert len(told["scores"]) == 10
    assert (report.shapes.column, len(report.shapes.links)) == ("species", 2)
    write_report(report, folder / "r.html")
    page = (folder / "r.html").read_text()
    assert "Shapes at a glance" in page
    assert "made from the 8 specimens on which somebody decided" in page
    assert "Of unusual shape: 1." in page
    assert "axis 2 (dots)" in page


def test_without_decided_ones_all_are_taken(
    project: Project, series: list[int], folder: Path
) -> None:
    for number in series[:7]:
        project.remove_specimen(number)
    told = summary_of(make_report(project))["shape_space"]
    assert told["made_from"] == ["wing 7", "wing 8", "wing 9"]
    project.remove_specimen(series[7])
    report = make_report(project)
    assert "2 specimens have all landmarks" in summary_of(report)["shape_space"]["not_computed"]
    write_report(report, folder / "r.html")
    assert "Principal components could not be computed. 2 spec" in (folder / "r.html").read_text()


def test_mirrored_specimens_are_compared_in_one_orientation(
    project: Project, series: list[int]
) -> None:
    for number in series[-2:]:
        project.remove_specimen(number)
    points = {name: (row, 59 - col) for name, (row, col) in zip(NAMES, MEAN, strict=True)}
    project.place_many(series[0], points)
    assert make_report(project).shapes.unusual[0][0] == "wing 0"
    project.set_mirrored([series[0]])
    project.set_symmetric_pairs([])
    assert "wing 0" not in dict(make_report(project).shapes.unusual)
