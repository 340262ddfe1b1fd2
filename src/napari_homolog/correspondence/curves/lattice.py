"""The best way through a lattice of offsets, and how likely each offset is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp


def best_way(
    scores: NDArray[np.float64], bend_costs: NDArray[np.float64], *, closed: bool = False
) -> NDArray[np.int64]:
    """Return the offsets of the way with the largest sum of scores less bend costs.

    Parameters
    ----------
    scores : ndarray, shape (n, m)
        Of each of m offsets at each of n nodes; -inf forbids one.
    bend_costs : ndarray, shape (m, m)
        What it costs to go from one offset to another at the next node.
    closed : bool
        Whether the last node leads to the first.

    Returns
    -------
    ndarray of int, shape (n,)
        Indices of offsets.
    """
    if closed:
        # The middle of three rounds has neighbours on both sides, as every part of a ring has.
        count = len(scores)
        return best_way(np.concatenate([scores] * 3), bend_costs)[count : 2 * count]
    best = scores[0]
    origins = np.zeros(scores.shape, dtype=np.int64)
    for node in range(1, len(scores)):
        reached = best[:, None] - bend_costs
        origins[node] = reached.argmax(0)
        best = reached.max(0) + scores[node]
    way = np.empty(len(scores), dtype=np.int64)
    way[-1] = best.argmax()
    for node in range(len(scores) - 1, 0, -1):
        way[node - 1] = origins[node, way[node]]
    return way


def probabilities(
    scores: NDArray[np.float64], bend_costs: NDArray[np.float64], *, closed: bool = False
) -> NDArray[np.float64]:
    """Return how likely each offset is at each node, over all ways, shape (n, m).

    The probability of a way is proportional to the exponential of what `best_way` maximises.

    Parameters
    ----------
    scores, bend_costs, closed
        As for `best_way`.
    """
    if closed:
        count = len(scores)
        return probabilities(np.concatenate([scores] * 3), bend_costs)[count : 2 * count]
    forward, backward = scores.copy(), np.zeros_like(scores)
    for node in range(1, len(scores)):
        forward[node] += logsumexp(forward[node - 1][:, None] - bend_costs, axis=0)
    for node in range(len(scores) - 2, -1, -1):
        backward[node] = logsumexp(backward[node + 1] + scores[node + 1] - bend_costs, axis=1)
    total = forward + backward
    return np.asarray(np.exp(total - logsumexp(total, axis=1, keepdims=True)))
