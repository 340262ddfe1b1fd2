"""Calibration: from uncertainty features to probabilities.

The models that ship with the package were fitted on synthetic specimens with known landmarks, with the
embedded model (``python -m training calibrate``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from .uncertainty_features import UNCERTAINTY_FEATURES

TOLERANCE = 0.05
"""Error, as a share of the specimen's size, up to which a point counts as correct."""


class LinearModel(BaseModel):
    """A number that is linear in uncertainty features.

    Attributes
    ----------
    constant : float
        The intercept.
    weights : dict of str to float
        By feature; those not named have no influence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    constant: float
    weights: dict[str, float]

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the number for features (n, len(UNCERTAINTY_FEATURES)) without gaps."""
        weights = np.array([self.weights.get(name, 0.0) for name in UNCERTAINTY_FEATURES])
        return np.asarray(features @ weights + self.constant)


class PassModels(BaseModel):
    """The models for one sequence of passes.

    Attributes
    ----------
    typical : dict of str to float
        Mean of each feature, which replaces unknown ones.
    missing : LinearModel
        Log odds that the part is not in the image.
    correct : LinearModel
        Log odds that the part is in the image and the point within `TOLERANCE` of it.
    error : LinearModel
        Logarithm of the error of a landmark that is in the image, as a share of the specimen's
        size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    typical: dict[str, float]
    missing: LinearModel
    correct: LinearModel
    error: LinearModel


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The uncertainty of each landmark, arrays of shape (n,).

    Attributes
    ----------
    confidence : ndarray
        Probability of being correct, in [0, 1].
    missing : ndarray
        Probability that the part is not in the image, in [0, 1].
    error : ndarray
        Typical error as a share of the specimen's size.
    """

    confidence: NDArray[np.float64]
    missing: NDArray[np.float64]
    error: NDArray[np.float64]


class Calibration(BaseModel):
    """Models for the coarse pass alone, and for coarse and close-up pass together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coarse: PassModels
    close_up: PassModels

    def estimate(self, features: NDArray[np.float64]) -> Uncertainty:
        """Return the uncertainty that follows from features (n, len(UNCERTAINTY_FEATURES))."""
        column = UNCERTAINTY_FEATURES.index("close-up similarity")
        models = self.coarse if np.isnan(features[:, column]).all() else self.close_up
        typical = np.array([models.typical.get(name, 0.0) for name in UNCERTAINTY_FEATURES])
        known = np.where(np.isnan(features), typical, features)
        return Uncertainty(
            confidence=_probability(models.correct.predict(known)),
            missing=_probability(models.missing.predict(known)),
            error=np.exp(models.error.predict(known)),
        )

    @staticmethod
    @cache
    def shipped() -> Calibration:
        """Return the calibration that ships with the package."""
        text = files(__package__).joinpath("calibration.json").read_text("utf-8")
        return Calibration.model_validate_json(text)


def _probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))))
