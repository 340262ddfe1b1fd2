from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.calibration import Calibration, LinearModel, Verdicts
from napari_homolog.correspondence.signs import SIGNS

NOTHING = LinearModel(constant=0.0, weights={})


def verdicts(missing: float) -> Verdicts:
    return Verdicts(
        typical={"attention": -1.0, "cycle": -3.0},
        missing=LinearModel(constant=missing, weights={"attention": -2.0}),
        right=LinearModel(constant=0.0, weights={"cycle": -1.0}),
        error=LinearModel(constant=np.log(0.02), weights={}),
    )


def signs(attention: float, cycle: float, close: float) -> np.ndarray:
    row = np.zeros((1, len(SIGNS)))
    row[0, SIGNS.index("attention")] = attention
    row[0, SIGNS.index("cycle")] = cycle
    row[0, SIGNS.index("close similarity")] = close
    return row


def test_log_odds_become_probabilities() -> None:
    found = Calibration(far=verdicts(0.0), near=verdicts(0.0)).judge(signs(0.5, np.log(3), 0.1))
    assert found.missing[0] == pytest.approx(1 / (1 + np.e))
    assert found.confidence[0] == pytest.approx(1 / 4)
    assert found.error[0] == pytest.approx(0.02)


def test_looks_from_far_alone_have_their_own_models() -> None:
    calibration = Calibration(far=verdicts(-50.0), near=verdicts(50.0))
    assert calibration.judge(signs(0.0, 0.0, np.nan)).missing[0] < 1e-9
    assert calibration.judge(signs(0.0, 0.0, 0.0)).missing[0] > 1 - 1e-9


def test_an_unknown_sign_counts_as_a_typical_one() -> None:
    calibration = Calibration(far=verdicts(0.0), near=verdicts(0.0))
    unknown = calibration.judge(signs(np.nan, np.nan, 0.1))
    typical = calibration.judge(signs(-1.0, -3.0, 0.1))
    assert unknown.missing[0] == typical.missing[0]
    assert unknown.confidence[0] == typical.confidence[0]


@pytest.mark.parametrize("place", ["far", "near"])
def test_the_shipped_models_know_every_sign_they_may_meet(place: str) -> None:
    models: Verdicts = getattr(Calibration.shipped(), place)
    met = [name for name in SIGNS if place == "near" or not name.startswith("close")]
    assert list(models.typical) == met
    for model in (models.missing, models.right, models.error):
        assert list(model.weights) == met


def test_by_the_shipped_models_likeness_speaks_against_missing() -> None:
    for place in ("far", "near"):
        models: Verdicts = getattr(Calibration.shipped(), place)
        sign = "similarity" if place == "far" else "close similarity"
        assert models.missing.weights[sign] < 0
        assert models.right.weights["cycle"] < 0
