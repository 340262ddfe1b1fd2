"""Signs: what tells a sure find from a doubtful one, and both from a part that is not there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .embeddings import Embeddings
from .evidence import Evidence
from .readout import at_cells

SIGNS = (
    "attention",
    "similarity",
    "close attention",
    "close similarity",
    "spread",
    "stray",
    "rival",
    "cycle",
    "background",
)
"""In the order of `read_signs`' columns.

Attention and similarity are what the target's place has of them in comparison with the references'
own landmarks (logarithm of the ratio, and difference), from far and from near; spread is how far
replicates disagree, stray how far the point is from where its neighbours let expect it, cycle how
far from its origin it leads back (logarithms of shares of the specimen's size); rival is the height
of the second peak as a share of the first; background is how much more of it lies around the place
that the other landmarks let expect than around the references' own landmark.
"""

LEAST = 1e-3
"""Shares of a specimen's size below this are all the same: none at all."""


def read_signs(
    whole: Evidence,
    of_whole: Embeddings,
    near: Evidence | None,
    of_near: Embeddings | None,
    cells: Tensor,
    *,
    spread: NDArray[np.float64],
    stray: NDArray[np.float64],
    rival: NDArray[np.float64],
    cycle: NDArray[np.float64],
    background: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the signs of every landmark.

    Parameters
    ----------
    whole, near : Evidence
        From far, and from near where there were close-ups.
    of_whole, of_near : Embeddings
        What the evidence was gathered with.
    cells : Tensor, shape (n, 2)
        The points in cells of the evidence's maps.
    spread, stray, cycle : ndarray, shape (n,)
        As shares of the specimen's size; NaN where unknown.
    rival : ndarray, shape (n,)
        In [0, 1].
    background : ndarray, shape (n,)
        Difference of shares; NaN where unknown.

    Returns
    -------
    ndarray, shape (n, len(SIGNS))
        NaN where a sign is unknown.
    """
    columns = [*_likeness(whole, of_whole, cells), *_likeness(near, of_near, cells)]
    columns += [np.log(np.maximum(spread, LEAST)), np.log(np.maximum(stray, LEAST))]
    columns += [rival, np.log(np.maximum(cycle, LEAST)), background]
    return np.stack(columns, axis=1)


def _likeness(
    evidence: Evidence | None, embeddings: Embeddings | None, cells: Tensor
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return attention and similarity in comparison with the references' own."""
    unknown = np.full(len(cells), np.nan)
    if (
        evidence is None
        or embeddings is None
        or evidence.similarity is None
        or embeddings.own_attention is None
        or embeddings.own_similarity is None
    ):
        return unknown, unknown
    attention = at_cells(evidence.attention, cells).double().cpu().numpy()
    similarity = at_cells(evidence.similarity, cells).double().cpu().numpy()
    own = embeddings.own_attention.double().numpy()
    return (
        np.log(np.maximum(attention, LEAST) / np.maximum(own, LEAST)),
        similarity - embeddings.own_similarity.double().numpy(),
    )
