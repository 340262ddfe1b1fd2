"""Comments, curves and occluded landmarks of a project."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import found_at, learned_names

from napari_homolog.errors import LandmarkError, ProjectError
from napari_homolog.project import Curve, Placement, PlacementStatus, Project

AddWings = Callable[[Project, int], list[int]]
NAMES = ("tip", "base", "notch")
GAP = (np.nan, np.nan)


def occluded(project: Project, specimen: int) -> list[str]:
    return [name for name, one in project.placements(specimen).items() if one.occluded]


def test_comments_are_kept_and_can_be_undone(
    project: Project, add_wings: AddWings, folder: Path
) -> None:
    (wing,) = add_wings(project, 1)
    assert project.specimen(wing).comment is None
    project.set_comment(wing, "torn\nat the tip")
    project.set_comment(wing, "")
    assert project.specimen(wing).comment is None
    assert project.undo() == "Comment on 'wing 0'"
    with Project.open(folder / "wings.homolog", read_only=True) as again:
        assert again.specimen(wing).comment == "torn\nat the tip"
    project.undo()
    assert project.specimen(wing).comment is None
    assert project.redo() == "Comment on 'wing 0'"
    assert project.specimen(wing).comment == "torn\nat the tip"


def test_curves_are_kept_in_order_and_can_be_undone(
    project: Project, add_wings: AddWings, folder: Path
) -> None:
    (wing,) = add_wings(project, 1)
    outline = np.array([(0.1, 2), GAP, (1 / 3, 5e-7)])
    project.set_curves(wing, [[(9, 8)], Curve(outline, "outline")])
    with Project.open(folder / "wings.homolog", read_only=True) as again:
        first, second = again.curves(wing)
        assert (first.name, second.name) == (None, "outline")
        assert first.points.tolist() == [[9, 8]]
        np.testing.assert_array_equal(second.points, outline)
    project.set_curves(wing, [])
    assert project.curves(wing) == ()
    assert project.undo() == "Set the curves of 'wing 0'"
    assert [curve.name for curve in project.curves(wing)] == [None, "outline"]
    project.undo()
    assert project.curves(wing) == ()
    project.redo()
    np.testing.assert_array_equal(project.curves(wing)[1].points, outline)


@pytest.mark.parametrize("points", [[], [(1, 2, 3)], [(1, np.nan)], [(np.inf, 2)], 5])
def test_what_is_no_curve_is_refused(project: Project, add_wings: AddWings, points: object) -> None:
    (wing,) = add_wings(project, 1)
    with pytest.raises(LandmarkError, match=r"Curve 2 of 'wing 0' has .*; give .*\(row, col\)"):
        project.set_curves(wing, [[(1, 2)], points])
    assert project.curves(wing) == ()
    assert not [change for change in project.history() if "curves" in change.description]


def test_landmarks_are_marked_as_occluded(
    project: Project, add_wings: AddWings, folder: Path
) -> None:
    (wing,) = add_wings(project, 1)
    project.place_many(wing, {"tip": (1, 2), "base": (3, 4)}, occluded=["tip"])
    assert occluded(project, wing) == ["tip"]
    project.place(wing, "tip", (5, 6))
    assert occluded(project, wing) == ["tip"]
    project.mark_occluded(wing, "base")
    project.mark_occluded(wing, "tip", False)
    with Project.open(folder / "wings.homolog", read_only=True) as again:
        assert again.placements(wing)["base"] == Placement(
            "base", (3, 4), PlacementStatus.MANUAL, occluded=True
        )
        assert occluded(again, wing) == ["base"]
    assert project.undo() == "Mark 'tip' as visible on 'wing 0'"
    assert occluded(project, wing) == ["tip", "base"]
    assert project.undo() == "Mark 'base' as occluded on 'wing 0'"
    assert occluded(project, wing) == ["tip"]
    for message, landmark in (("has no position on 'wing 0'", "notch"), ("no landmark", "eye")):
        with pytest.raises(ProjectError, match=message):
            project.mark_occluded(wing, landmark)


def test_a_missing_or_cleared_landmark_is_not_occluded(
    project: Project, add_wings: AddWings
) -> None:
    (wing,) = add_wings(project, 1)
    project.place_many(wing, dict.fromkeys(NAMES, (1, 2)), occluded=NAMES)
    project.mark_missing(wing, "tip")
    project.clear(wing, "base")
    project.place_many(wing, {"tip": (1, 2), "base": (3, 4)})
    assert occluded(project, wing) == ["notch"]
    for _ in range(3):
        project.undo()
    assert occluded(project, wing) == list(NAMES)


def test_a_predicted_landmark_can_be_occluded_and_stays_undecided(
    project: Project, add_wings: AddWings
) -> None:
    (wing,) = add_wings(project, 1)
    learned = project.add_landmark_set(learned_names(*NAMES))
    project.record_prediction(wing, found_at(NAMES, [(1, 2), (3, 4), (5, 6)]), learned)
    project.mark_occluded(wing, "tip")
    project.record_prediction(wing, found_at(NAMES, [(2, 2), (3, 4), (5, 6)]), learned)
    placement = project.placements(wing)["tip"]
    assert (placement.status, placement.point) == (PlacementStatus.PREDICTED, (2, 2))
    assert placement.occluded
    assert project.pending(learned, again=True) == [wing]
    project.accept(wing)
    assert occluded(project, wing) == ["tip"]


def test_annotations_refer_to_what_is_there(project: Project, folder: Path) -> None:
    for call in (
        lambda: project.set_comment(9, "x"),
        lambda: project.set_curves(9, []),
        lambda: project.curves(9),
        lambda: project.mark_occluded(9, "tip"),
    ):
        with pytest.raises(ProjectError, match="no specimen with the number 9"):
            call()
    connection = sqlite3.connect(folder / "wings.homolog")
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
