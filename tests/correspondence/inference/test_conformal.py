"""Radii that hold on a series: against the definition, and on simulated series."""

from __future__ import annotations

import numpy as np
import pytest

from napari_homolog.correspondence.inference.conformal import ErrorRadii

UNKNOWN = np.full(1, np.nan)


def test_nine_errors_are_needed_for_nine_tenths() -> None:
    errors = np.arange(1.0, 10)
    assert not ErrorRadii.from_errors(errors[:8], np.full(8, np.nan)).known()
    assert ErrorRadii.from_errors(errors[:8], np.full(8, np.nan)).radius(UNKNOWN) == np.inf
    assert ErrorRadii.from_errors(errors, np.full(9, np.nan)).radius(UNKNOWN) == 9
    assert ErrorRadii.from_errors(errors, np.full(9, np.nan)).radius(UNKNOWN, 0.5) == 5


def test_the_probability_is_the_rank_of_the_distance() -> None:
    radii = ErrorRadii.from_errors(np.arange(1.0, 10), np.full(9, np.nan))
    assert radii.probability_within(4.5, UNKNOWN) == pytest.approx(0.4)
    assert radii.probability_within(100, UNKNOWN) == pytest.approx(0.9)
    assert radii.probability_within(0.5, UNKNOWN) == 0


def test_where_references_disagree_radii_are_larger() -> None:
    spreads = np.linspace(0.01, 0.1, 50)
    radii = ErrorRadii.from_errors(spreads, spreads)
    small, large, unknown = radii.radius(np.array([0.02, 0.08, np.nan]))
    assert small < large < unknown
    certain = radii.probability_within(0.05, np.array([0.02, 0.08, np.nan]))
    assert certain[0] > certain[1] > certain[2]


@pytest.mark.parametrize("count", [12, 60])
def test_a_tenth_of_new_errors_is_larger(count: int) -> None:
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        scale = rng.gamma(2, 0.01, (2, count))
        # Errors with a heavy tail, larger than the disagreement of references and biased by it.
        errors = np.abs(rng.standard_t(3, (2, count))) * (scale + 0.002)
        radii = ErrorRadii.from_errors(errors[0], scale[0])
        covered.append(np.mean(errors[1] <= radii.radius(scale[1])))
    # Exact coverage of split conformal prediction: ceil(0.9 (n + 1)) / (n + 1).
    expected = np.ceil(0.9 * (count + 1)) / (count + 1)
    assert np.mean(covered) == pytest.approx(expected, abs=0.012)
