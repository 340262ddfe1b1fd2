"""Fits the calibration of uncertainty features, on synthetic specimens some of which lack parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from napari_homolog.benchmark import LandmarkOutcomes, collect_outcomes, transfer_synthetic
from napari_homolog.context import RunContext
from napari_homolog.correspondence import preset
from napari_homolog.correspondence.inference.calibration import (
    TOLERANCE,
    Calibration,
    LinearModel,
    PassModels,
)
from napari_homolog.correspondence.inference.uncertainty_features import (
    MINIMUM,
    UNCERTAINTY_FEATURES,
)
from napari_homolog.diffusion import Backbone
from napari_homolog.files import atomic_write
from napari_homolog.synthetic import KINDS

FIRST_SEED = 40_000_000
DAMAGED = 0.3
STRENGTH = 1.0
"""Inverse strength of the penalty on weights."""


def collect(
    backbone: Backbone, name: str, references: int, targets: int, first: int
) -> LandmarkOutcomes:
    """Return the outcomes of transfers on all five kinds, each from several references."""
    transfers = []
    for kind in KINDS:
        for number in range(references):
            start = first + number * (targets + 1)
            seeds = range(start, start + targets + 1)
            transfers.append(
                transfer_synthetic(
                    backbone,
                    kind,
                    seeds,
                    preset(name),
                    damaged=DAMAGED,
                    context=RunContext(seed=number),
                )
            )
    return collect_outcomes(transfers)


def fit(outcomes: LandmarkOutcomes) -> PassModels:
    """Return models fitted to the outcomes of a transfer."""
    given = outcomes.uncertainty_features
    known = [
        name
        for index, name in enumerate(UNCERTAINTY_FEATURES)
        if np.isfinite(given[:, index]).any()
    ]
    features = given[:, [UNCERTAINTY_FEATURES.index(name) for name in known]]
    typical = np.nanmean(features, axis=0)
    features = np.where(np.isnan(features), typical, features)
    present = ~outcomes.missing

    def odds(outcome: np.ndarray) -> LinearModel:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
        model.fit(features, outcome)
        return _unscaled(model[0], model[1].coef_[0], float(model[1].intercept_[0]), known)

    scaler = StandardScaler().fit(features[present])
    error = Ridge().fit(
        scaler.transform(features[present]),
        np.log(np.maximum(outcomes.error[present], MINIMUM)),
    )
    return PassModels(
        typical=dict(zip(known, typical.round(4).tolist(), strict=True)),
        missing=odds(outcomes.missing),
        correct=odds(outcomes.right(TOLERANCE)),
        error=_unscaled(scaler, error.coef_, float(error.intercept_), known),
    )


def calibrate(backbone: Backbone, references: int, targets: int, path: Path) -> None:
    """Transfer with the presets ``attention`` and ``standard``, fit, and write the calibration."""
    fitted = {
        passes: fit(collect(backbone, name, references, targets, FIRST_SEED))
        for passes, name in (("coarse", "attention"), ("close_up", "standard"))
    }
    with atomic_write(path) as file:
        file.write(Calibration(**fitted).model_dump_json(indent=2).encode())


def _unscaled(
    scaler: StandardScaler, weights: np.ndarray, constant: float, names: list[str]
) -> LinearModel:
    """Return a model of plain features from one of standardised features."""
    plain = weights / scaler.scale_
    return LinearModel(
        constant=round(constant - float(plain @ scaler.mean_), 4),
        weights=dict(zip(names, plain.round(4).tolist(), strict=True)),
    )
