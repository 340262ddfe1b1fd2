from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.inference.calibration import (
    Calibration,
    LinearModel,
    PassModels,
)
from napari_homolog.correspondence.inference.uncertainty_features import UNCERTAINTY_FEATURES


def models_of(missing: float) -> PassModels:
    return PassModels(
        typical={"attention": -1.0, "cycle": -3.0},
        missing=LinearModel(constant=missing, weights={"attention": -2.0}),
        correct=LinearModel(constant=0.0, weights={"cycle": -1.0}),
        error=LinearModel(constant=np.log(0.02), weights={}),
    )


def features(attention: float, cycle: float, close_up: float) -> np.ndarray:
    row = np.zeros((1, len(UNCERTAINTY_FEATURES)))
    row[0, UNCERTAINTY_FEATURES.index("attention")] = attention
    row[0, UNCERTAINTY_FEATURES.index("cycle")] = cycle
    row[0, UNCERTAINTY_FEATURES.index("close-up similarity")] = close_up
    return row


def test_log_odds_become_probabilities() -> None:
    uncertainty = Calibration(coarse=models_of(0.0), close_up=models_of(0.0)).estimate(
        features(0.5, np.log(3), 0.1)
    )
    assert uncertainty.missing[0] == pytest.approx(1 / (1 + np.e))
    assert uncertainty.confidence[0] == pytest.approx(1 / 4)
    assert uncertainty.error[0] == pytest.approx(0.02)


def test_a_coarse_pass_alone_has_its_own_models() -> None:
    calibration = Calibration(coarse=models_of(-50.0), close_up=models_of(50.0))
    assert calibration.estimate(features(0.0, 0.0, np.nan)).missing[0] < 1e-9
    assert calibration.estimate(features(0.0, 0.0, 0.0)).missing[0] > 1 - 1e-9


def test_an_unknown_feature_counts_as_a_typical_one() -> None:
    calibration = Calibration(coarse=models_of(0.0), close_up=models_of(0.0))
    unknown = calibration.estimate(features(np.nan, np.nan, 0.1))
    typical = calibration.estimate(features(-1.0, -3.0, 0.1))
    assert unknown.missing[0] == typical.missing[0]
    assert unknown.confidence[0] == typical.confidence[0]


@pytest.mark.parametrize("passes", ["coarse", "close_up"])
def test_the_shipped_models_know_every_feature_of_their_passes(passes: str) -> None:
    models: PassModels = getattr(Calibration.shipped(), passes)
    expected = [
        name
        for name in UNCERTAINTY_FEATURES
        if passes == "close_up" or not name.startswith("close-up")
    ]
    assert list(models.typical) == expected
    for model in (models.missing, models.correct, models.error):
        assert list(model.weights) == expected


def test_in_the_shipped_models_similarity_lowers_the_probability_of_absence() -> None:
    for passes in ("coarse", "close_up"):
        models: PassModels = getattr(Calibration.shipped(), passes)
        feature = "similarity" if passes == "coarse" else "close-up similarity"
        assert models.missing.weights[feature] < 0
        assert models.correct.weights["cycle"] < 0
