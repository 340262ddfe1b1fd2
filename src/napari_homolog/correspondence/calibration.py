"""Calibration: from signs to probabilities, by models fitted on drawings with known landmarks.

`python -m training calibrate` fits the models that ship with the package, on the embedded model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from .signs import SIGNS


class LinearModel(BaseModel):
    """A number that is linear in signs.

    Attributes
    ----------
    constant : float
    weights : dict of str to float
        By sign; those not named do not count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    constant: float
    weights: dict[str, float]

    def of(self, signs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the number for signs (n, len(SIGNS)) without gaps."""
        weights = np.array([self.weights.get(name, 0.0) for name in SIGNS])
        return np.asarray(signs @ weights + self.constant)


class Verdicts(BaseModel):
    """The models for one way of looking.

    Attributes
    ----------
    typical : dict of str to float
        Mean of each sign, which stands in where a sign is unknown.
    missing : LinearModel
        Log odds that the part is not in the picture.
    right : LinearModel
        Log odds that the point is there and lies within `WITHIN` of the specimen's size of the part.
    error : LinearModel
        Logarithm of the error of a landmark that is there, as a share of the specimen's size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    typical: dict[str, float]
    missing: LinearModel
    right: LinearModel
    error: LinearModel


WITHIN = 0.05
"""Error, as a share of the specimen's size, up to which a point is called right."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the signs of each landmark mean, arrays of shape (n,).

    Attributes
    ----------
    confidence : ndarray
        Probability of being right, in [0, 1].
    missing : ndarray
        Probability that the part is not in the picture, in [0, 1].
    error : ndarray
        Typical error as a share of the specimen's size.
    """

    confidence: NDArray[np.float64]
    missing: NDArray[np.float64]
    error: NDArray[np.float64]


class Calibration(BaseModel):
    """Models for looks from far alone and for looks from far and near."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    far: Verdicts
    near: Verdicts

    def judge(self, signs: NDArray[np.float64]) -> Verdict:
        """Return what signs, (n, len(SIGNS)) as `read_signs` gives them, mean."""
        closely = ~np.isnan(signs[:, SIGNS.index("close similarity")]).all()
        models = self.near if closely else self.far
        typical = np.array([models.typical.get(name, 0.0) for name in SIGNS])
        known = np.where(np.isnan(signs), typical, signs)
        return Verdict(
            confidence=_probability(models.right.of(known)),
            missing=_probability(models.missing.of(known)),
            error=np.exp(models.error.of(known)),
        )

    @staticmethod
    @cache
    def shipped() -> Calibration:
        """Return the one that ships with the package."""
        text = files(__package__).joinpath("calibration.json").read_text("utf-8")
        return Calibration.model_validate_json(text)


def _probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))))
