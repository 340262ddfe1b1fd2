"""Procrustes ANOVA, against published figures, explicit sums, scipy, and known variances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from napari_homolog.errors import LandmarkError
from napari_homolog.landmarks import Landmarks
from napari_homolog.procrustes import generalised_procrustes_analysis
from napari_homolog.repeatability import analyse, procrustes_anova, with_permutations

NAMES = ("a", "b", "c", "d", "e", "f")
BASE = np.array([[0.0, 0], [0, 40], [30, 60], [50, 20], [20, 25], [45, 55]])
DIMENSIONS = 2 * len(NAMES) - 4
SIZE = np.sqrt(((BASE - BASE.mean(0)) ** 2).sum())

SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
"""Six targets rated by four judges: Shrout and Fleiss (1979), table 2."""


def flat(table: np.ndarray) -> tuple[np.ndarray, list[int], list[int]]:
    """Return values, individuals and digitisers of a table (individuals, digitisers)."""
    rows, cols = np.indices(table.shape[:2])
    values = table.reshape(table.shape[0] * table.shape[1], -1)
    return values, rows.ravel().tolist(), cols.ravel().tolist()


def digitised(
    individuals: int,
    digitisers: int,
    spread: float,
    shake: float,
    steady: np.ndarray | float = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """Return points (individuals, digitisers, 6, 2) anywhere on the picture.

    Individuals scatter about the base by `spread`, digitisations about theirs by `shake`, and the
    last digitiser is off by `steady`; all in pixels.
    """
    rng = np.random.default_rng(seed)
    own = BASE + rng.normal(0, spread, (individuals, 1, *BASE.shape))
    marked = own + rng.normal(0, shake, (individuals, digitisers, *BASE.shape))
    marked[:, -1] += steady
    angle = rng.uniform(0, 2 * np.pi, individuals)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = np.einsum("nmki,ijn->nmkj", marked, turn)
    size, place = (
        rng.uniform(0.5, 3, (individuals, 1, 1, 1)),
        rng.uniform(0, 500, (individuals, 1, 1, 2)),
    )
    return turned * size + place


def anova_of(points: np.ndarray, *, apart: bool = True):
    values, who, by = flat(points)
    shapes = [Landmarks.from_arrays(NAMES, one.reshape(-1, 2)) for one in values]
    series = generalised_procrustes_analysis(shapes)
    return procrustes_anova(series, who, by if apart else None, permutations=0)


def test_sums_of_squares_by_hand() -> None:
    # Means of individuals 2 and 7, of digitisers 3 and 6, of all 4.5.
    found = analyse(*flat(np.array([[1.0, 3], [5, 9]])))
    assert [(e.name, e.sum_of_squares, e.degrees_of_freedom) for e in found.effects] == [
        ("individual", 25, 1), ("digitiser", 9, 1), ("residual", 1, 1)
    ]  # fmt: skip
    assert (found.measurement.sum_of_squares, found.measurement.degrees_of_freedom) == (10, 2)
    assert (found.effects[0].f, found.effects[1].f) == (25, 9)
    # F(1, 1) is the square of Cauchy's distribution: p = 1 - 2/pi atan(sqrt(F)).
    np.testing.assert_allclose(found.effects[1].p, 1 - 2 / np.pi * np.arctan(3))
    assert found.repeatability == pytest.approx((25 - 5) / (25 + 5))
    assert found.measurement_error == pytest.approx(1 / 3)
    assert found.consistency == pytest.approx((25 - 1) / (25 + 1))


def test_published_intraclass_correlations() -> None:
    found = analyse(*flat(SHROUT_AND_FLEISS))
    squares = [round(effect.mean_square, 2) for effect in (*found.effects, found.measurement)]
    assert squares == [11.24, 32.49, 1.02, 6.26]
    assert round(found.repeatability, 2) == 0.17
    assert found.consistency is not None
    assert round(found.consistency, 2) == 0.71


def test_unequal_repeats_as_scipy_has_them() -> None:
    rng = np.random.default_rng(5)
    groups = [rng.normal(mean, 1, count) for mean, count in ((0, 2), (1, 5), (3, 3))]
    who = np.repeat([0, 1, 2], [2, 5, 3]).tolist()
    found = analyse(np.concatenate(groups)[:, None], who, list(range(10)))
    expected = f_oneway(*groups)
    assert [effect.name for effect in found.effects] == ["individual", "measurement"]
    np.testing.assert_allclose(found.effects[0].f, expected.statistic)
    np.testing.assert_allclose(found.effects[0].p, expected.pvalue)
    # (10 - (4 + 25 + 9) / 10) / 2
    assert found.repeats == pytest.approx(3.1)
    assert found.consistency is None


def test_two_way_sums_are_those_of_nested_linear_models() -> None:
    table = np.random.default_rng(2).normal(0, 1, (7, 3, 5))
    values, who, by = flat(table)
    columns = {"individual": np.eye(7)[who], "digitiser": np.eye(3)[by]}

    def left_over(*names: str) -> float:
        design = np.hstack([np.ones((21, 1)), *(columns[name] for name in names)])
        return float(((values - design @ np.linalg.lstsq(design, values)[0]) ** 2).sum())

    found = {one.name: one.sum_of_squares for one in analyse(values, who, by).effects}
    assert found["individual"] == pytest.approx(left_over("digitiser") - left_over(*columns))
    assert found["digitiser"] == pytest.approx(left_over("individual") - left_over(*columns))
    assert found["residual"] == pytest.approx(left_over(*columns))


def test_degrees_of_freedom_as_in_the_literature() -> None:
    found = anova_of(digitised(5, 3, 2, 1))
    assert [one.degrees_of_freedom for one in found.effects] == [4 * 8, 2 * 8, 4 * 2 * 8]
    assert anova_of(digitised(5, 3, 2, 1), apart=False).effects[-1].degrees_of_freedom == 10 * 8


def test_known_variances_come_out() -> None:
    spread, shake = 1.5, 0.75
    found = anova_of(digitised(800, 2, spread, shake))
    np.testing.assert_allclose(found.measurement.mean_square, (shake / SIZE) ** 2, rtol=0.06)
    np.testing.assert_allclose(
        found.effects[0].mean_square, (2 * spread**2 + shake**2) / SIZE**2, rtol=0.06
    )
    assert found.repeatability == pytest.approx(spread**2 / (spread**2 + shake**2), abs=0.02)


def test_p_is_even_without_a_steady_difference_and_small_with_one() -> None:
    p = [anova_of(digitised(12, 2, 2, 0.5, seed=s)).effects[1].p for s in range(200)]
    # Of 200, 10 are expected below 0.05, with a standard deviation of 3.
    assert 2 <= sum(one < 0.05 for one in p) <= 19
    assert np.mean(p) == pytest.approx(0.5, abs=0.08)
    steady = np.zeros_like(BASE)
    steady[2] = (1.5, -1.0)
    found = anova_of(digitised(12, 2, 2, 0.5, steady))
    assert found.effects[1].p < 1e-6
    assert found.consistency > found.repeatability


def test_where_specimens_lie_does_not_count() -> None:
    points = digitised(6, 2, 2, 1)
    moved = points.copy()
    # The second digitiser worked on pictures that were turned, twice as large, and cut otherwise.
    moved[:, 1] = 2 * points[:, 1] @ np.array([[0.0, 1], [-1, 0]]) + (30, -7)
    for one, other in zip(anova_of(points).effects, anova_of(moved).effects, strict=True):
        assert one.sum_of_squares == pytest.approx(other.sum_of_squares)


def test_digitisations_that_are_the_same_have_no_error_and_no_test() -> None:
    found = anova_of(digitised(4, 2, 2, 0))
    assert found.repeatability == pytest.approx(1)
    assert [(one.f, one.p) for one in found.effects] == [(None, None)] * 3


def test_repeatability_is_never_below_nothing() -> None:
    # Both individuals have the same mean.
    found = analyse(np.array([[0.0], [2], [2], [0]]), [0, 0, 1, 1])
    assert (found.repeatability, found.measurement_error) == (0, 1)


@pytest.mark.parametrize(
    ("individuals", "message"), [([0, 0], "two individuals"), ([0, 1], "twice")]
)
def test_what_cannot_be_divided_is_refused(individuals: list[int], message: str) -> None:
    shapes = [Landmarks.from_arrays(NAMES, BASE), Landmarks.from_arrays(NAMES, BASE + 1)]
    with pytest.raises(LandmarkError, match=message):
        procrustes_anova(generalised_procrustes_analysis(shapes), individuals)


def test_missing_landmarks_are_refused() -> None:
    gone = np.where(np.arange(6)[:, None] == 2, np.nan, BASE)
    shapes = [Landmarks.from_arrays(NAMES, one) for one in (BASE, gone, BASE, gone)]
    with pytest.raises(LandmarkError, match="missing"):
        procrustes_anova(generalised_procrustes_analysis(shapes), [0, 0, 1, 1])


def test_permutation_is_exact_where_all_exchanges_are_known() -> None:
    # Of the 24 orders of these four, 8 leave the pairs together, and no other reaches their F.
    values, who = [[1.0], [2.0], [9.0], [10.0]], [0, 0, 1, 1]
    found = with_permutations(analyse(values, who), values, who, None, (4000, 1))
    assert found.effects[0].permutation_p == pytest.approx(1 / 3, abs=0.03)
    assert found.effects[0].f == analyse(values, who).effects[0].f


def test_permutation_of_the_published_example_agrees_with_f() -> None:
    values, who, by = flat(SHROUT_AND_FLEISS)
    found = with_permutations(analyse(values, who, by), values, who, by)
    judges = found.effect("digitiser")
    assert judges is not None
    assert judges.permutation_p == 0.001
    individual = found.effects[0]
    assert individual.p is not None
    # The published F of 11.03 has p < 0.001 with 5 and 15 degrees of freedom.
    assert individual.f == pytest.approx(11.03, abs=0.01)
    assert individual.permutation_p is not None
    assert individual.permutation_p <= 0.003


def test_without_an_effect_the_permuted_p_is_anything_also_where_landmarks_are_unlike() -> None:
    rng = np.random.default_rng(3)
    uneven = np.array([10.0, 0.1, 0.1, 0.1])
    by_f, permuted = [], []
    who = [number for number in range(5) for _ in range(3)]
    for _ in range(60):
        values = rng.normal(0, 1, (15, 4)) * uneven
        found = with_permutations(analyse(values, who), values, who, None, (99, 0))
        by_f.append(found.effects[0].p)
        permuted.append(found.effects[0].permutation_p)
    assert np.mean(np.array(permuted) <= 0.1) <= 0.2
    assert 0.35 < np.mean(permuted) < 0.65
    # F takes the four measurements for equal, and finds an effect far too often.
    assert np.mean(np.array(by_f) <= 0.01) > 0.08
    assert np.mean(np.array(permuted) <= 0.01) <= 0.05


def test_procrustes_anova_permutes_and_is_the_same_again() -> None:
    points = digitised(6, 2, 2.0, 0.5)
    shapes = [Landmarks.from_arrays(NAMES, one) for one in points.reshape(-1, 6, 2)]
    series = generalised_procrustes_analysis(shapes)
    who, by = np.repeat(range(6), 2).tolist(), [0, 1] * 6
    first = procrustes_anova(series, who, by)
    assert first.effects[0].permutation_p == 0.001
    assert procrustes_anova(series, who, by) == first
    assert procrustes_anova(series, who, by, permutations=0).effects[0].permutation_p is None
