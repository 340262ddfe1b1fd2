"""Dynamic programming against trying all ways."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from napari_homolog.correspondence.curves.lattice import best_way, probabilities

NODES, OFFSETS = 5, 3


@pytest.fixture
def lattice() -> tuple[np.ndarray, np.ndarray, list[tuple[int, ...]], np.ndarray]:
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(NODES, OFFSETS))
    costs = rng.uniform(0, 2, (OFFSETS, OFFSETS))
    ways = list(product(range(OFFSETS), repeat=NODES))
    values = np.array(
        [
            sum(scores[node, offset] for node, offset in enumerate(way))
            - sum(costs[a, b] for a, b in pairwise(way))
            for way in ways
        ]
    )
    return scores, costs, ways, values


def test_the_best_way_is_the_best_of_all(lattice) -> None:  # type: ignore[no-untyped-def]
    scores, costs, ways, values = lattice
    assert tuple(best_way(scores, costs)) == ways[int(values.argmax())]


def test_probabilities_are_those_of_all_ways(lattice) -> None:  # type: ignore[no-untyped-def]
    scores, costs, ways, values = lattice
    weights = np.exp(values) / np.exp(values).sum()
    expected = np.zeros((NODES, OFFSETS))
    for way, weight in zip(ways, weights, strict=True):
        expected[np.arange(NODES), way] += weight
    assert probabilities(scores, costs) == pytest.approx(expected)


def test_around_a_ring_the_last_node_is_a_neighbour_of_the_first() -> None:
    scores = np.zeros((8, 3))
    scores[0, 2] = 5.0
    costs = 1.0 * (np.arange(3)[:, None] != np.arange(3))
    assert best_way(scores, costs, closed=True).tolist() == [2] * 8
    chances = probabilities(scores, costs, closed=True)
    assert chances[7] == pytest.approx(chances[1], abs=1e-4)
