"""Outcomes of single landmarks over many targets: what was predicted about them, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .synthetic_transfer import SyntheticTransfer


@dataclass(frozen=True, eq=False)
class LandmarkOutcomes:
    """Arrays with one entry for each landmark of each target.

    Attributes
    ----------
    uncertainty_features : ndarray, shape (m, features)
        See `napari_homolog.correspondence.Prediction`.
    confidence, missing_probability, expected_error : ndarray, shape (m,)
        As predicted; the error as a fraction of the specimen's size.
    missing : ndarray of bool, shape (m,)
        Whether the landmark's part is truly absent from the image.
    error : ndarray, shape (m,)
        True error as a fraction of the specimen's size; NaN where the part is absent.
    """

    uncertainty_features: NDArray[np.float64]
    confidence: NDArray[np.float64]
    missing_probability: NDArray[np.float64]
    expected_error: NDArray[np.float64]
    missing: NDArray[np.bool_]
    error: NDArray[np.float64]

    def right(self, within: float) -> NDArray[np.bool_]:
        """Return which landmarks are present and found within a fraction of the size."""
        return np.asarray(np.nan_to_num(self.error, nan=np.inf) <= within)


def collect_outcomes(transfers: Sequence[SyntheticTransfer]) -> LandmarkOutcomes:
    """Return the outcomes of all landmarks of all targets of some transfers."""
    rows = []
    for transfer in transfers:
        for target, prediction in zip(transfer.targets, transfer.predictions, strict=True):
            truth = np.stack([target.landmarks[name] for name in prediction.names])
            size = target.landmarks.longer_side()
            error = np.linalg.norm(prediction.points - truth, axis=1) / size
            rows.append(
                (
                    prediction.uncertainty_features,
                    prediction.confidence,
                    prediction.missing_probability,
                    np.asarray(prediction.expected_error) / size,
                    np.isnan(error),
                    error,
                )
            )
    return LandmarkOutcomes(*(np.concatenate(column) for column in zip(*rows, strict=True)))
