"""Findings: single landmarks of many targets, what was said of them and what was true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .series import SyntheticTransfer


@dataclass(frozen=True, eq=False)
class Findings:
    """Arrays with one entry for each landmark of each target.

    Attributes
    ----------
    signs : ndarray, shape (m, signs)
        See `napari_homolog.correspondence.signs`.
    confidence, missing_probability, expected_error : ndarray, shape (m,)
        What was said; the error as a share of the specimen's size.
    missing : ndarray of bool, shape (m,)
        Whether the part is truly not in the picture.
    error : ndarray, shape (m,)
        True error as a share of the specimen's size; NaN where the part is missing.
    """

    signs: NDArray[np.float64]
    confidence: NDArray[np.float64]
    missing_probability: NDArray[np.float64]
    expected_error: NDArray[np.float64]
    missing: NDArray[np.bool_]
    error: NDArray[np.float64]

    def right(self, within: float) -> NDArray[np.bool_]:
        """Return which landmarks are there and were found within a share of the size."""
        return np.asarray(np.nan_to_num(self.error, nan=np.inf) <= within)


def findings(transfers: Sequence[SyntheticTransfer]) -> Findings:
    """Gather the landmarks of some transfers."""
    rows = []
    for transfer in transfers:
        for target, found in zip(transfer.targets, transfer.predictions, strict=True):
            truth = np.stack([target.landmarks[name] for name in found.names])
            size = target.landmarks.longer_side()
            error = np.linalg.norm(found.points - truth, axis=1) / size
            rows.append(
                (
                    found.signs,
                    found.confidence,
                    found.missing_probability,
                    np.asarray(found.expected_error) / size,
                    np.isnan(error),
                    error,
                )
            )
    return Findings(*(np.concatenate(column) for column in zip(*rows, strict=True)))
