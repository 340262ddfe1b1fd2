"""Undoing and redoing, also after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import SIZE, found_at, learned_names

from napari_homolog.errors import LandmarkError, ProjectError
from napari_homolog.project import LandmarkDefinition, PlacementStatus, Project, SpecimenStatus

NAMES = ("tip", "base", "notch")


def everything(project: Project) -> dict[str, Any]:
    """Return all that a user could see, apart from the history."""
    return {
        "landmarks": project.landmarks,
        "specimens": [(one, project.placements(one.id)) for one in project.specimens()],
        "summary": project.summary(),
    }


@pytest.fixture
def wing(project: Project) -> int:
    return project.add_picture("wing", SIZE)


def test_each_decision_goes_back_and_comes_again_after_a_restart(
    project: Project, wing: int, folder: Path
) -> None:
    number = project.add_landmark_set(learned_names(*NAMES))
    other = project.add_picture("other wing", SIZE)
    for each in (wing, other):
        project.record_prediction(each, found_at(NAMES, [(1, 2), (3, 4), (5, 6)]), number)
    assert other == wing + 1
    steps: list[Callable[[Project], object]] = [
        lambda p: p.place(wing, "tip", (7, 8)),
        lambda p: p.place_many(wing, {"tip": (9, 9), "base": (8, 8)}),
        lambda p: p.mark_missing(wing, "notch"),
        lambda p: p.clear(wing, "tip"),
        lambda p: p.accept(wing, "tip"),
        lambda p: p.accept_on([wing, wing + 1], "notch"),
        lambda p: p.clear(wing),
        lambda p: p.accept(wing),
        lambda p: p.mark_reference(wing),
        lambda p: p.set_landmarks([LandmarkDefinition("base", "#ff0000", "hinge"), "eye", "tip"]),
        lambda p: p.rename_landmark("base", "hinge"),
        lambda p: p.reorder_landmarks(["tip", "eye", "hinge"]),
        lambda p: p.remove_landmark("tip"),
        lambda p: p.remove_specimen(wing),
    ]
    states = [everything(project)]
    for step in steps:
        step(project)
        states.append(everything(project))
        assert states[-1] != states[-2]
    descriptions = [change.description for change in project.history()][1:]
    assert descriptions[:2] == ["Place 'tip' on 'wing'", "Place 2 landmarks on 'wing'"]
    assert len(descriptions) == len(steps)
    project.close()
    for _ in range(2):
        with Project.open(folder / "wings.homolog") as again:
            for state, description in zip(states[-2::-1], descriptions[::-1], strict=True):
                assert again.undo() == description
                assert everything(again) == state
        with Project.open(folder / "wings.homolog") as again:
            for state, description in zip(states[1:], descriptions, strict=True):
                assert again.redo() == description
                assert everything(again) == state
            assert not again.can_redo
            assert again.redo() is None


def test_one_step_on_several_specimens_is_undone_at_once(project: Project, wing: int) -> None:
    wings = [wing, project.add_picture("other", SIZE), project.add_picture("bare", SIZE)]
    number = project.add_landmark_set(learned_names("tip"))
    for each in wings[:2]:
        project.record_prediction(each, found_at(["tip"], [(1, 2)]), number)
    before = everything(project)
    with pytest.raises(ProjectError, match="nothing to accept on 'bare'"):
        project.accept_on(wings, "tip")
    assert everything(project) == before
    project.accept_on(wings[:2], "tip")
    placed = [project.placements(each)["tip"].status for each in wings[:2]]
    assert placed == [PlacementStatus.ACCEPTED] * 2
    assert [len(project.history(each)) for each in wings] == [1, 1, 0]
    assert project.undo() == "Accept 'tip' on 2 specimens"
    assert everything(project) == before


def test_a_new_decision_drops_what_was_undone(project: Project, wing: int) -> None:
    project.place(wing, "tip", (1, 1))
    project.place(wing, "tip", (2, 2))
    assert project.undo() == "Place 'tip' on 'wing'"
    assert project.can_redo
    assert [one.undone for one in project.history(wing)] == [False, True]
    project.place(wing, "base", (3, 3))
    assert not project.can_redo
    assert [one.undone for one in project.history(wing)] == [False, False]
    assert {name: one.point for name, one in project.placements(wing).items()} == {
        "tip": (1, 1),
        "base": (3, 3),
    }


def test_what_changes_nothing_is_no_decision(project: Project, wing: int) -> None:
    project.place(wing, "tip", (1, 1))
    count = len(project.history())
    project.place(wing, "tip", (1, 1))
    project.mark_reference(wing, False)
    project.set_landmarks(NAMES)
    project.clear(wing, "base")
    project.place_many(wing, {})
    assert len(project.history()) == count


def test_undoing_leaves_what_a_run_found_meanwhile(project: Project, wing: int) -> None:
    project.place(wing, "tip", (1, 1))
    number = project.add_landmark_set(learned_names(*NAMES))
    project.record_prediction(wing, found_at(NAMES, [(1, 2), (3, 4), (5, 6)]), number)
    project.undo()
    assert [one.point for one in project.placements(wing).values()] == [(3, 4), (5, 6)]
    assert project.specimen(wing).status is SpecimenStatus.FOUND


def test_a_removed_specimen_comes_back_beside_its_namesake(project: Project, wing: int) -> None:
    project.place(wing, "tip", (1, 1))
    project.remove_specimen(wing)
    with pytest.raises(ProjectError, match="no specimen with the number"):
        project.specimen(wing)
    project.add_picture("wing", SIZE)
    project.undo()
    assert [one.name for one in project.specimens()] == ["wing_2", "wing"]
    assert project.placements(wing)["tip"].point == (1, 1)


def test_two_landmarks_exchange_their_names_and_back(project: Project, wing: int) -> None:
    project.place_many(wing, {"tip": (1, 1), "base": (2, 2)})
    project.rename_landmark("tip", "x")
    project.rename_landmark("base", "tip")
    project.rename_landmark("x", "base")
    assert {n: one.point for n, one in project.placements(wing).items()} == {
        "base": (1, 1),
        "tip": (2, 2),
    }
    for _ in range(3):
        project.undo()
    assert {n: one.point for n, one in project.placements(wing).items()} == {
        "tip": (1, 1),
        "base": (2, 2),
    }


def test_a_landmark_made_anew_is_another_one(project: Project, wing: int) -> None:
    project.place(wing, "tip", (1, 1))
    project.remove_landmark("tip")
    assert project.specimen(wing).status is SpecimenStatus.NEW
    project.set_landmarks([*project.landmarks, "tip"])
    assert project.placements(wing) == {}
    project.undo()
    project.undo()
    assert project.placements(wing)["tip"].point == (1, 1)
    assert project.specimen(wing).status is SpecimenStatus.CORRECTED


def test_names_are_checked(project: Project) -> None:
    with pytest.raises(LandmarkError, match="Duplicate landmark names: 'tip'"):
        project.rename_landmark("base", "tip")
    with pytest.raises(LandmarkError, match="is not a landmark name"):
        project.set_landmarks(["tip", " "])
    with pytest.raises(ProjectError, match="does not contain each landmark once"):
        project.reorder_landmarks(["tip", "base"])
    with pytest.raises(ProjectError, match="no landmark 'nose'"):
        project.remove_landmark("nose")
    assert [one.name for one in project.landmarks] == list(NAMES)


ACTIONS = st.one_of(
    st.tuples(st.just("place"), st.sampled_from(NAMES), st.integers(0, 39)),
    st.tuples(st.just("missing"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("clear"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("reference"), st.just(""), st.integers(0, 1)),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("undo"), st.just(""), st.just(0)),
    st.tuples(st.just("redo"), st.just(""), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_any_order_of_decisions_can_be_undone_to_the_start(
    actions: list[tuple[str, str, int]],
) -> None:
    with Project.create() as project:
        wing = project.add_picture("wing", SIZE)
        start = everything(project)
        project.set_landmarks(NAMES)
        for action, name, value in actions:
            known = name in {one.name for one in project.landmarks}
            if action == "place" and known:
                project.place(wing, name, (value, value))
            elif action == "missing" and known:
                project.mark_missing(wing, name)
            elif action == "clear" and known:
                project.clear(wing, name)
            elif action == "remove" and known:
                project.remove_landmark(name)
            elif action == "reference":
                project.mark_reference(wing, bool(value))
            elif action == "undo":
                project.undo()
            elif action == "redo":
                project.redo()
        last = everything(project)
        undone = 0
        while project.undo() is not None:
            undone += 1
        assert everything(project) == start
        for _ in range(undone):
            project.redo()
        assert everything(project) == last or project.can_redo
