"""Placing, accepting and clearing landmarks, and what follows for their specimen."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import SIZE, found_at, learned_names

from napari_homolog.errors import LandmarkError, ProjectError
from napari_homolog.project import PlacementStatus, Project, SpecimenStatus

NAMES = ("tip", "base", "notch")
POINTS = [(1.5, 2.5), (10, 20), (30, 40)]


@pytest.fixture
def wing(project: Project) -> int:
    return project.add_picture("wing", SIZE)


def predict(project: Project, wing: int, points: list[tuple[float, float]] = POINTS) -> None:
    number = project.landmark_set_id or project.add_landmark_set(learned_names(*NAMES))
    project.record_prediction(wing, found_at(NAMES, points), number)


def statuses(project: Project, wing: int) -> dict[str, str]:
    return {name: one.status.value for name, one in project.placements(wing).items()}


def test_a_prediction_with_all_that_is_known_of_it(project: Project, wing: int) -> None:
    predict(project, wing)
    placed = project.placements(wing)
    assert list(placed) == list(NAMES)
    tip = placed["tip"]
    assert (tip.point, tip.predicted, tip.status) == (
        (1.5, 2.5),
        (1.5, 2.5),
        PlacementStatus.PREDICTED,
    )
    assert (tip.confidence, tip.missing_probability, tip.expected_error) == (0.75, 0.125, 2.5)
    assert tip.spread == 5.0
    assert tip.covariance == ((9.0, 1.5), (1.5, 16.0))
    assert project.specimen(wing).status is SpecimenStatus.FOUND


def test_what_is_unknown_stays_unknown(project: Project, wing: int) -> None:
    found = found_at(NAMES, POINTS)
    points = found.points.copy()
    points[1] = np.nan
    bare = type(found)(
        **{
            **vars(found),
            "points": points,
            "covariance": np.full((3, 2, 2), np.nan),
            "missing_probability": None,
            "expected_error": None,
        }
    )
    project.record_prediction(wing, bare, project.add_landmark_set(learned_names(*NAMES)))
    placed = project.placements(wing)
    assert list(placed) == ["tip", "notch"]
    assert placed["tip"].confidence == 0.75
    assert placed["tip"].missing_probability is None
    assert placed["tip"].spread is None
    assert placed["tip"].covariance is None


def test_a_hand_makes_manual_or_corrected(project: Project, wing: int) -> None:
    project.place(wing, "tip", (3, 4))
    predict(project, wing)
    project.place(wing, "base", (5.5, 6))
    placed = project.placements(wing)
    assert statuses(project, wing) == {"tip": "manual", "base": "corrected", "notch": "predicted"}
    assert placed["tip"].point == (3.0, 4.0)
    assert placed["tip"].predicted is None
    assert placed["base"].point == (5.5, 6.0)
    assert placed["base"].predicted == (10.0, 20.0)
    assert placed["base"].confidence is None
    assert project.specimen(wing).status is SpecimenStatus.CORRECTED


def test_no_run_overwrites_a_decision(project: Project, wing: int) -> None:
    predict(project, wing)
    project.place(wing, "tip", (3, 4))
    project.accept(wing, "base")
    project.mark_missing(wing, "notch")
    before = project.placements(wing)
    predict(project, wing, [(0, 0), (0, 0), (0, 0)])
    assert project.placements(wing) == before
    assert statuses(project, wing) == {"tip": "corrected", "base": "accepted", "notch": "missing"}
    project.clear(wing)
    predict(project, wing, [(7, 7), (8, 8), (9, 9)])
    assert [one.point for one in project.placements(wing).values()] == [(7, 7), (8, 8), (9, 9)]


def test_a_cleared_landmark_is_again_as_it_was_predicted(project: Project, wing: int) -> None:
    predict(project, wing)
    before = project.placements(wing)
    project.place(wing, "tip", (3, 4))
    project.clear(wing, "tip")
    assert project.placements(wing) == before
    assert project.specimen(wing).status is SpecimenStatus.FOUND


def test_accepting_a_specimen(project: Project, wing: int) -> None:
    predict(project, wing)
    project.place(wing, "tip", (3, 4))
    project.accept(wing)
    assert statuses(project, wing) == {"tip": "corrected", "base": "accepted", "notch": "accepted"}
    assert project.placements(wing)["base"].confidence == 0.75
    assert project.specimen(wing).status is SpecimenStatus.ACCEPTED
    project.place(wing, "base", (1, 1))
    assert project.specimen(wing).status is SpecimenStatus.ACCEPTED
    project.clear(wing, "base")
    assert project.specimen(wing).status is SpecimenStatus.CORRECTED


def test_accepting_one_landmark_after_the_other(project: Project, wing: int) -> None:
    predict(project, wing)
    for name in ("tip", "base"):
        project.accept(wing, name)
        assert project.specimen(wing).status is SpecimenStatus.CORRECTED
    project.accept(wing, "notch")
    assert project.specimen(wing).status is SpecimenStatus.ACCEPTED


def test_there_must_be_something_to_accept(project: Project, wing: int) -> None:
    with pytest.raises(ProjectError, match="nothing to accept on 'wing'"):
        project.accept(wing)
    with pytest.raises(ProjectError, match="nothing to accept on 'wing'"):
        project.accept(wing, "tip")


def test_failures_stay_until_something_is_found(project: Project, wing: int) -> None:
    project.place(wing, "tip", (3, 4))
    project.record_failure(wing, "the image is damaged")
    assert project.specimen(wing).status is SpecimenStatus.FAILED
    assert project.specimen(wing).reason == "the image is damaged"
    predict(project, wing)
    assert project.specimen(wing).status is SpecimenStatus.CORRECTED
    assert project.specimen(wing).reason is None


def test_landmarks_as_the_methods_want_them(project: Project, wing: int) -> None:
    predict(project, wing)
    project.place(wing, "tip", (3, 4))
    project.mark_missing(wing, "base")
    everything = project.landmarks_of(wing)
    assert everything.names == NAMES
    np.testing.assert_array_equal(everything.points, [(3, 4), (np.nan, np.nan), (30, 40)])
    decided = project.landmarks_of(wing, decided=True)
    np.testing.assert_array_equal(decided.present, [True, False, False])


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ((-3, 5), "outside the image"),
        ((5, 60), "outside the image"),
        ((float("nan"), 5), "two finite numbers"),
        ((float("nan"), float("nan")), "or mark it as missing"),
        ((float("inf"), 5), "two finite numbers"),
    ],
)
def test_places_that_are_none(
    project: Project, wing: int, point: tuple[float, float], message: str
) -> None:
    with pytest.raises(LandmarkError, match=message):
        project.place_many(wing, {"tip": (1, 1), "base": point})
    assert project.placements(wing) == {}


def test_unknown_specimens_landmarks_and_sets(project: Project, wing: int) -> None:
    with pytest.raises(ProjectError, match="no landmark 'nose'; it has tip, base, notch"):
        project.place(wing, "nose", (1, 1))
    with pytest.raises(ProjectError, match="no specimen with the number 99"):
        project.place(99, "tip", (1, 1))
    with pytest.raises(ProjectError, match="no landmark set with the number 5"):
        project.record_prediction(wing, found_at(NAMES, POINTS), 5)
    number = project.add_landmark_set(learned_names("tip", "base"))
    with pytest.raises(ProjectError, match="does not belong to landmark set 1, which has 2"):
        project.record_prediction(wing, found_at(NAMES, POINTS), number)
    with pytest.raises(ProjectError, match="cannot be placed as accepted"):
        project.place(wing, "tip", (1, 1), PlacementStatus.ACCEPTED)


def test_a_summary_counts_by_status(project: Project, wing: int) -> None:
    others = [project.add_picture(f"other {number}", SIZE) for number in range(4)]
    predict(project, wing)
    predict(project, others[0])
    project.accept(others[0])
    project.record_failure(others[1], "gone")
    project.place(others[2], "tip", (1, 1))
    assert project.summary() == dict.fromkeys(SpecimenStatus, 1)
    project.remove_specimen(wing)
    assert project.summary()[SpecimenStatus.FOUND] == 0
    assert [one.id for one in project.specimens(SpecimenStatus.FAILED)] == [others[1]]


def test_a_learned_set_comes_back_and_defines_its_landmarks(project: Project, wing: int) -> None:
    assert project.landmark_set() is None
    assert project.landmark_set_id is None
    assert project.model is None
    learned = learned_names("tip", "eye")
    number = project.add_landmark_set(learned)
    assert [one.name for one in project.landmarks] == [*NAMES, "eye"]
    assert project.model == "embedded"
    again = project.landmark_set()
    assert again is not None
    assert again.to_bytes() == learned.to_bytes()
    project.rename_landmark("tip", "apex")
    project.remove_landmark("eye")
    project.record_prediction(wing, found_at(("tip", "eye"), [(1, 2), (3, 4)]), number)
    assert {name: one.point for name, one in project.placements(wing).items()} == {"apex": (1, 2)}
