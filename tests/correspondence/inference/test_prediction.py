"""Parts that are probably absent, according to a prediction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_homolog.correspondence import LocateSettings, Prediction

PREDICTION = Prediction(
    names=("tip", "base", "spot"),
    points=np.array([[1.0, 2], [3, 4], [5, 6]]),
    maps=np.zeros((3, 4, 4), np.float32),
    scale=np.ones(2),
    translate=np.zeros(2),
    covariance=np.zeros((3, 2, 2)),
    confidence=np.array([0.9, 0.1, 0.5]),
    settings=LocateSettings(),
    missing_probability=np.array([0.02, 0.7, 0.5]),
)


def test_a_part_that_is_more_probably_absent_than_present_is_missing() -> None:
    np.testing.assert_array_equal(PREDICTION.missing, [False, True, False])
    np.testing.assert_array_equal(PREDICTION.present_landmarks.present, [True, False, True])
    np.testing.assert_array_equal(PREDICTION.landmarks.points, PREDICTION.points)


def test_without_probabilities_nothing_is_missing() -> None:
    assert not replace(PREDICTION, missing_probability=None).missing.any()


def test_a_specimen_whose_surroundings_disagree_was_not_found() -> None:
    def with_agreement(*agreement: float) -> Prediction:
        return replace(PREDICTION, agreement=np.array(agreement))

    assert PREDICTION.specimen_found
    assert with_agreement(0.9, 0.2, 0.2).specimen_found
    assert not with_agreement(0.5, 0.3, 0.3).specimen_found
    assert not with_agreement(0.3, np.nan, 0.2).specimen_found
    assert with_agreement(np.nan, np.nan, np.nan).specimen_found
