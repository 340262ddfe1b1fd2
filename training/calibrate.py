"""Fits what signs of doubt mean, on drawings some of which lack parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from napari_homolog.correspondence.calibration import WITHIN, Calibration, LinearModel, Verdicts
from napari_homolog.correspondence.signs import LEAST, SIGNS
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from napari_homolog.benchmark import LandmarkOutcomes, collect_outcomes, transfer_synthetic
from napari_homolog.context import RunContext
from napari_homolog.correspondence import preset
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
    """Return findings on drawings of all kinds, each from several references."""
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


def fit(found: LandmarkOutcomes) -> Verdicts:
    """Return models fitted to findings."""
    known = [
        name
        for index, name in enumerate(SIGNS)
        if np.isfinite(found.uncertainty_features[:, index]).any()
    ]
    signs = found.uncertainty_features[:, [SIGNS.index(name) for name in known]]
    typical = np.nanmean(signs, axis=0)
    signs = np.where(np.isnan(signs), typical, signs)
    there = ~found.missing

    def odds(outcome: np.ndarray, rows: np.ndarray) -> LinearModel:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
        model.fit(signs[rows], outcome[rows])
        return _unscaled(model[0], model[1].coef_[0], float(model[1].intercept_[0]), known)

    scaler = StandardScaler().fit(signs[there])
    error = Ridge().fit(
        scaler.transform(signs[there]), np.log(np.maximum(found.error[there], LEAST))
    )
    return Verdicts(
        typical=dict(zip(known, typical.round(4).tolist(), strict=True)),
        missing=odds(found.missing, np.full(len(signs), True)),
        right=odds(found.right(WITHIN), np.full(len(signs), True)),
        error=_unscaled(scaler, error.coef_, float(error.intercept_), known),
    )


def calibrate(backbone: Backbone, references: int, targets: int, path: Path) -> None:
    """Collect findings with the presets ``balanced`` and ``precise``, fit, and write the result."""
    fitted = {
        place: fit(collect(backbone, name, references, targets, FIRST_SEED))
        for place, name in (("far", "balanced"), ("near", "precise"))
    }
    with atomic_write(path) as file:
        file.write(Calibration(**fitted).model_dump_json(indent=2).encode())


def _unscaled(
    scaler: StandardScaler, weights: np.ndarray, constant: float, names: list[str]
) -> LinearModel:
    """Return a model of plain signs from one of standardised ones."""
    plain = weights / scaler.scale_
    return LinearModel(
        constant=round(constant - float(plain @ scaler.mean_), 4),
        weights=dict(zip(names, plain.round(4).tolist(), strict=True)),
    )
