from __future__ import annotations

import numpy as np
import pytest

from napari_homolog import Landmarks
from napari_homolog.benchmark import Scores, score, side_confusion
from napari_homolog.errors import LandmarkError

TRUTH = Landmarks({"a": (0, 0), "b": (0, 100), "c": (40, 50)})


def moved(**shifts: tuple[float, float]) -> Landmarks:
    return Landmarks({name: TRUTH[name] + shifts.get(name, (0, 0)) for name in TRUTH})


def test_a_perfect_matcher_has_one_and_zero() -> None:
    scores = score([TRUTH], [TRUTH])
    assert scores.pck(0.001) == 1.0
    assert scores.mean_error == scores.mean_relative_error == 0.0


def test_worked_example() -> None:
    # Longer side of the box: 100 px. Errors: 5, 3, 20 px.
    scores = score([moved(a=(3, 4), b=(0, -3), c=(20, 0))], [TRUTH])
    assert scores.pck(0.05) == pytest.approx(2 / 3)
    assert scores.pck(0.04) == pytest.approx(1 / 3)
    assert scores.pck(0.2) == 1.0
    assert scores.mean_error == pytest.approx(28 / 3)
    centroid = np.array([[0, 0], [0, 100], [40, 50]]).mean(0)
    size = np.sqrt(((np.array([[0, 0], [0, 100], [40, 50]]) - centroid) ** 2).sum())
    assert scores.mean_relative_error == pytest.approx(100 * 28 / 3 / size)


def test_every_specimen_has_its_own_threshold() -> None:
    double = Landmarks({name: 2 * TRUTH[name] for name in TRUTH})
    shifted = Landmarks({name: double[name] + (8, 0) for name in double})
    scores = score([moved(a=(8, 0), b=(8, 0), c=(8, 0)), shifted], [TRUTH, double])
    assert scores.pck(0.05) == pytest.approx(0.5)


def test_landmarks_missing_in_the_truth_do_not_count() -> None:
    truth = Landmarks({"a": (0, 0), "b": (0, 100), "c": None})
    assert len(score([TRUTH], [truth]).errors) == 2


def test_sets_without_a_common_name() -> None:
    with pytest.raises(LandmarkError, match="no name in common"):
        score([Landmarks({"x": (0, 0)})], [TRUTH])


def test_side_confusion_counts_points_nearer_to_their_counterpart() -> None:
    truth = Landmarks({"left eye": (10, 10), "right eye": (10, 30), "tail": (50, 20)})
    found = Landmarks({"left eye": (10, 21), "right eye": (12, 29), "tail": (10, 10)})
    assert side_confusion([found], [truth]) == pytest.approx(1 / 2)
    assert side_confusion([truth], [truth]) == 0


def test_side_confusion_without_sides() -> None:
    assert side_confusion([TRUTH], [TRUTH]) is None


def test_per_image_every_specimen_counts_once() -> None:
    # Three of three points right on the first specimen, none of one on the second.
    other = Landmarks({"a": (0, 0), "b": None, "c": None})
    scores = score([TRUTH, Landmarks({"a": (1, 0)})], [TRUTH, other])
    assert scores.pck(0.1, "point") == pytest.approx(3 / 4)
    assert scores.pck(0.1, "image") == pytest.approx(1 / 2)


def test_the_interval_of_a_proportion_is_the_binomial_one() -> None:
    # One point on each of 400 specimens, 100 of them right: 0.25 +- 1.96 sqrt(0.25 * 0.75 / 400).
    errors = np.repeat([0.0, 50.0], [100, 300])
    ones = np.full(400, 100.0)
    scores = Scores(errors, ones, ones, np.arange(400), np.arange(400))
    for per in ("image", "point"):
        low, high = scores.pck_interval(0.1, per)
        assert low == pytest.approx(0.25 - 0.0424, abs=0.006)
        assert high == pytest.approx(0.25 + 0.0424, abs=0.006)


def test_the_interval_draws_specimens_with_all_their_points() -> None:
    # Twenty specimens of which half are all right: as uncertain as twenty points, not 200.
    errors = np.repeat([0.0, 50.0], 100)
    ones = np.full(200, 100.0)
    twenty = np.repeat(np.arange(20), 10)
    scores = Scores(errors, ones, ones, twenty, twenty)
    low, high = scores.pck_interval(0.1)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 20), abs=0.07)


def test_the_interval_draws_blocks_with_all_their_specimens() -> None:
    # As above, but every point is a specimen, and twenty blocks have ten each.
    errors = np.repeat([0.0, 50.0], 100)
    ones = np.full(200, 100.0)
    scores = Scores(errors, ones, ones, np.arange(200), np.repeat(np.arange(20), 10))
    low, high = scores.pck_interval(0.1, "image")
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 20), abs=0.07)
    one = Scores(errors, ones, ones, np.arange(200), np.zeros(200, np.int64))
    assert np.isnan(one.pck_interval(0.1)).all()


def test_there_is_no_interval_of_a_single_specimen() -> None:
    assert np.isnan(score([TRUTH], [TRUTH]).pck_interval(0.1)).all()
