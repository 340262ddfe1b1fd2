"""Predictors of localisation confidence, and of a part's absence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..maps.embeddings import Embeddings
from ..maps.peaks import at_cells
from ..maps.score_maps import ScoreMaps

UNCERTAINTY_FEATURES = (
    "attention",
    "similarity",
    "close-up attention",
    "close-up similarity",
    "spread",
    "shape residual",
    "secondary peak",
    "cycle",
    "background",
)
"""In the order of the columns of `uncertainty_features`.

Attention and similarity are the target's values in comparison with the references' own (logarithm of
the ratio, and difference), in the coarse and in the close-up pass; spread is the disagreement of
replicates, shape residual the distance to the position that the other landmarks predict, cycle the
distance to its origin to which the point leads back (logarithms of shares of the specimen's size);
secondary peak is the height of the second peak as a share of the first; background is how much more
of it lies around the position that the other landmarks predict than around the references' landmark.
"""

MINIMUM = 1e-3
"""Shares of a specimen's size below this are treated as equal."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """What is measured of each landmark beside its scores, arrays of shape (n,).

    Attributes
    ----------
    spread, shape_residual, cycle : ndarray
        As shares of the specimen's size; NaN where unknown.
    secondary_peak : ndarray
        In [0, 1].
    background : ndarray
        Difference of shares; NaN where unknown.
    """

    spread: NDArray[np.float64]
    shape_residual: NDArray[np.float64]
    secondary_peak: NDArray[np.float64]
    cycle: NDArray[np.float64]
    background: NDArray[np.float64]


def uncertainty_features(
    coarse: tuple[ScoreMaps, Embeddings],
    close_up: tuple[ScoreMaps, Embeddings] | None,
    cells: Tensor,
    measured: Measurements,
) -> NDArray[np.float64]:
    """Return the uncertainty features of every landmark.

    Parameters
    ----------
    coarse, close_up : (ScoreMaps, Embeddings)
        The scores of either pass and the embeddings that they were computed with; None without
        close-ups.
    cells : Tensor, shape (n, 2)
        The points in cells of the score maps.
    measured : Measurements
        Everything else.

    Returns
    -------
    ndarray, shape (n, len(UNCERTAINTY_FEATURES))
        NaN where a feature is unknown.
    """
    columns = [*_relative_scores(coarse, cells), *_relative_scores(close_up, cells)]
    columns += [
        np.log(np.maximum(measured.spread, MINIMUM)),
        np.log(np.maximum(measured.shape_residual, MINIMUM)),
        measured.secondary_peak,
        np.log(np.maximum(measured.cycle, MINIMUM)),
        measured.background,
    ]
    return np.stack(columns, axis=1)


def _relative_scores(
    scored: tuple[ScoreMaps, Embeddings] | None, cells: Tensor
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return attention and similarity in comparison with the references' own."""
    unknown = np.full(len(cells), np.nan)
    if scored is None:
        return unknown, unknown
    scores, embeddings = scored
    if (
        scores.similarity is None
        or embeddings.reference_attention is None
        or embeddings.reference_similarity is None
    ):
        return unknown, unknown
    attention = at_cells(scores.attention, cells).double().cpu().numpy()
    similarity = at_cells(scores.similarity, cells).double().cpu().numpy()
    reference = embeddings.reference_attention.double().numpy()
    return (
        np.log(np.maximum(attention, MINIMUM) / np.maximum(reference, MINIMUM)),
        similarity - embeddings.reference_similarity.double().numpy(),
    )
