from __future__ import annotations

import numpy as np
import pytest

from napari_homolog import Landmarks
from napari_homolog.benchmark import score, side_confusion
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
