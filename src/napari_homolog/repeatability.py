"""Repeatability of digitisations of the same specimens: Procrustes ANOVA.

After Klingenberg and McIntyre (1998, Evolution 52: 1363-1375): all digitisations are superimposed
together, and the squared Procrustes distances are divided among individuals, digitisers and a residual.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution

from .errors import LandmarkError
from .procrustes import Superimposition, tangent_coordinates

LOST_DIMENSIONS = 4
"""Degrees of freedom that superimposition removes from the 2 k coordinates of k landmarks: two for
position, one for size, one for orientation."""

SAME = 1e-16
"""Mean squares below this fraction of the largest are rounding: the digitisations are the same."""


PERMUTATIONS = 999
"""Times that residuals are exchanged at random, beside how they are."""

TIES = 1e-9
"""Ratios that differ by less than this share are equal."""


@dataclass(frozen=True)
class Effect:
    """One line of an analysis of variance.

    Attributes
    ----------
    name : str
        "individual", "digitiser", "residual", or "measurement" for the last two together.
    sum_of_squares : float
        Squared Procrustes distance; without unit, as the mean has a centroid size of one.
    degrees_of_freedom : int
        Degrees of freedom of the effect, times the dimensions of shape.
    f, p : float or None
        Mean square over that of the last line, and the probability of this ratio or a larger one
        without the effect. None on the last line, and where that has no variation.
    permutation_p : float or None
        The same probability by exchanging residuals at random, which assumes nothing of how
        landmarks vary; None if that was not done.
    """

    name: str
    sum_of_squares: float
    degrees_of_freedom: int
    f: float | None = None
    p: float | None = None
    permutation_p: float | None = None

    @property
    def mean_square(self) -> float:
        """Sum of squares over degrees of freedom."""
        return self.sum_of_squares / self.degrees_of_freedom


@dataclass(frozen=True)
class Anova:
    """Analysis of variance of repeated digitisations.

    Attributes
    ----------
    effects : tuple of Effect
        Individual, digitiser and residual if each digitiser measured each individual once,
        otherwise individual and measurement.
    individuals : int
        Number of individuals.
    repeats : float
        Digitisations of each individual; if their numbers differ, the coefficient n0 of variance
        components (Sokal and Rohlf 1995).
    measurement : Effect
        All differences between digitisations of the same individual: the digitiser's effect and
        the residual together.
    """

    effects: tuple[Effect, ...]
    individuals: int
    repeats: float
    measurement: Effect

    def effect(self, name: str) -> Effect | None:
        """Return the effect of a name, or None."""
        return next((effect for effect in self.effects if effect.name == name), None)

    @property
    def repeatability(self) -> float:
        """Fraction of the variance that lies between individuals, 0 to 1.

        The intraclass correlation ICC(1, 1) of Shrout and Fleiss (1979), as used by Arnqvist and
        Mårtensson (1998): differences between digitisers lower it. Negative estimates count as 0.
        """
        return _intraclass(self.effects[0], self.measurement, self.repeats)

    @property
    def measurement_error(self) -> float:
        """Fraction of the variance that lies between digitisations of an individual, 0 to 1.

        One minus the repeatability (Bailey and Byrnes 1990).
        """
        return 1 - self.repeatability

    @property
    def consistency(self) -> float | None:
        """Repeatability without the systematic difference between digitisers, 0 to 1.

        The intraclass correlation ICC(3, 1) of Shrout and Fleiss (1979). None if the digitiser's
        effect could not be separated.
        """
        residual = self.effect("residual")
        return None if residual is None else _intraclass(self.effects[0], residual, self.repeats)


def procrustes_anova(
    digitisations: Superimposition,
    individuals: Sequence[Hashable],
    digitisers: Sequence[Hashable] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Anova:
    """Return the Procrustes ANOVA of digitisations that were superimposed together.

    Shapes are projected into the tangent space at their mean, as geomorph's ``gpagen`` does.

    Parameters
    ----------
    digitisations : Superimposition
        Three or more landmarks, none of them missing.
    individuals : sequence
        The individual of each digitisation.
    digitisers : sequence, optional
        The digitiser of each. Their effect is separated if each of them measured each individual
        exactly once; otherwise it is part of the measurement error.
    permutations : int
        How often residuals are exchanged at random for the probability without assumptions; 0 for
        none.
    seed : int
        Of the exchanges.

    Returns
    -------
    Anova
        With 2 k - 4 dimensions for k landmarks. F and p assume isotropic variation, equal for all
        landmarks (Goodall 1991).

    Raises
    ------
    LandmarkError
        If there are fewer than two individuals, none of them was measured twice, or a landmark is
        missing.
    """
    if np.isnan(digitisations.shapes).any():
        raise LandmarkError(
            "A landmark is missing in some digitisation; give only those that have all landmarks."
        )
    values = tangent_coordinates(digitisations)
    dimensions = values.shape[1] - LOST_DIMENSIONS
    found = analyse(values, individuals, digitisers, dimensions)
    return with_permutations(found, values, individuals, digitisers, (permutations, seed))


def with_permutations(
    found: Anova,
    values: ArrayLike,
    individuals: Sequence[Hashable],
    digitisers: Sequence[Hashable] | None = None,
    permutations: tuple[int, int] = (PERMUTATIONS, 0),
) -> Anova:
    """Return an analysis of variance with the probabilities by permutation of its effects.

    The residuals of the model without the effect are exchanged at random between all measurements, and
    F is computed anew (residual randomisation, Collyer et al. 2015, Heredity 115: 357-365, as in the R
    package RRPP). The measurements as they are count as one of the permutations.

    Parameters
    ----------
    found : Anova
        What `analyse` returned for the same measurements.
    values : array_like, shape (m, d)
        The measurements.
    individuals, digitisers : sequence of length m
        As for `analyse`.
    permutations : (int, int)
        How many, and the seed.
    """
    table, (count, seed) = np.asarray(values, dtype=float), permutations
    if count < 1 or found.effects[0].f is None:
        return found
    split = found.effect("digitiser") is not None
    own = _numbered(individuals)
    other = _numbered(digitisers) if split and digitisers is not None else None
    rng = np.random.default_rng(seed)
    tested = []
    for effect in found.effects[:-1]:
        kept = None if other is None else (other if effect.name == "individual" else own)
        fitted = table.mean(0) if kept is None else _means(table, *kept)
        residuals = table - fitted
        observed = _ratio(table, own, other, effect.name)
        reached = sum(
            _ratio(fitted + residuals[rng.permutation(len(table))], own, other, effect.name)
            >= observed * (1 - TIES)
            for _ in range(count)
        )
        tested.append(replace(effect, permutation_p=(reached + 1) / (count + 1)))
    return replace(found, effects=(*tested, found.effects[-1]))


def _ratio(
    table: NDArray[np.float64],
    individuals: tuple[NDArray[np.intp], NDArray[np.intp]],
    digitisers: tuple[NDArray[np.intp], NDArray[np.intp]] | None,
    effect: str,
) -> float:
    """Return the ratio of sums of squares, which orders permutations as F does."""
    own = _means(table, *individuals)
    left, among = table - own, _squares(own - table.mean(0))
    if digitisers is not None:
        difference = _means(left, *digitisers)
        left = left - difference
        among = among if effect == "individual" else _squares(difference)
    return among / max(_squares(left), np.finfo(float).tiny)


def analyse(
    values: ArrayLike,
    individuals: Sequence[Hashable],
    digitisers: Sequence[Hashable] | None = None,
    dimensions: int | None = None,
) -> Anova:
    """Return an analysis of variance of measurements among individuals and digitisers.

    Parameters
    ----------
    values : array_like, shape (m, d)
        Measurements, such as superimposed coordinates.
    individuals : sequence of length m
        The individual of each measurement.
    digitisers : sequence of length m, optional
        The digitiser of each, as for `procrustes_anova`.
    dimensions : int, optional
        How many of the d can vary; degrees of freedom are multiplied by it. Default: d.

    Returns
    -------
    Anova

    Raises
    ------
    LandmarkError
        If there are fewer than two individuals, or none was measured twice.

    Examples
    --------
    Two individuals, measured by two digitisers:

    >>> result = analyse([[1], [3], [5], [9]], [0, 0, 1, 1], ["A", "B", "A", "B"])
    >>> [(effect.name, effect.sum_of_squares) for effect in result.effects]
    [('individual', 25.0), ('digitiser', 9.0), ('residual', 1.0)]
    >>> round(result.repeatability, 3)
    0.667
    """
    table = np.asarray(values, dtype=float)
    numbers, counts = _numbered(individuals)
    count = len(counts)
    if count < 2 or len(table) == count:
        raise LandmarkError(
            f"{len(table)} digitisations of {count} individuals were given; an analysis of variance "
            "needs at least two individuals, and some of them digitised twice."
        )
    size = table.shape[1] if dimensions is None else dimensions
    grand_mean = table.mean(0)
    own_mean = _means(table, numbers, counts)
    individual = Effect("individual", _squares(own_mean - grand_mean), (count - 1) * size)
    deviations = table - own_mean
    measurement = Effect("measurement", _squares(deviations), (len(table) - count) * size)
    repeats = (len(table) - (counts**2).sum() / len(table)) / (count - 1)
    error, tested = measurement, [individual]
    if digitisers is not None and _each_once(numbers, (by := _numbered(digitisers))[0]):
        digitiser, error = _split(deviations, *by, size)
        tested.append(digitiser)
    rounding = max(effect.mean_square for effect in (*tested, error)) * SAME
    if error.mean_square > rounding:
        tested = [_tested(effect, error) for effect in tested]
    return Anova((*tested, error), count, float(repeats), measurement)


def _split(
    deviations: NDArray[np.float64],
    digitisers: NDArray[np.intp],
    counts: NDArray[np.intp],
    size: int,
) -> tuple[Effect, Effect]:
    """Split the deviations from the individuals' means (m, d) into digitiser and residual."""
    difference = _means(deviations, digitisers, counts)
    freedom = (len(counts) - 1) * size
    individuals = len(deviations) // len(counts)
    return (
        Effect("digitiser", _squares(difference), freedom),
        Effect("residual", _squares(deviations - difference), (individuals - 1) * freedom),
    )


def _numbered(labels: Sequence[Hashable]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a number for each label, and how often each number occurs."""
    known = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    numbers = np.array([known[label] for label in labels], dtype=np.intp)
    return numbers, np.bincount(numbers)


def _means(
    table: NDArray[np.float64], numbers: NDArray[np.intp], counts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return, for each row (m, d), the mean of the rows with its number."""
    sums = np.zeros((len(counts), table.shape[1]))
    np.add.at(sums, numbers, table)
    return np.asarray((sums / counts[:, None])[numbers])


def _squares(table: NDArray[np.float64]) -> float:
    return float((table**2).sum())


def _each_once(individuals: NDArray[np.intp], digitisers: NDArray[np.intp]) -> bool:
    """Return whether two or more digitisers measured each individual exactly once."""
    cells = np.zeros((individuals.max() + 1, digitisers.max() + 1), dtype=int)
    np.add.at(cells, (individuals, digitisers), 1)
    return cells.shape[1] > 1 and bool((cells == 1).all())


def _tested(effect: Effect, error: Effect) -> Effect:
    """Return an effect with its F ratio over an error, and p."""
    ratio = effect.mean_square / error.mean_square
    p = f_distribution.sf(ratio, effect.degrees_of_freedom, error.degrees_of_freedom)
    return Effect(effect.name, effect.sum_of_squares, effect.degrees_of_freedom, ratio, float(p))


def _intraclass(individual: Effect, error: Effect, repeats: float) -> float:
    between, within = individual.mean_square, error.mean_square
    total = between + (repeats - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else float("nan")
