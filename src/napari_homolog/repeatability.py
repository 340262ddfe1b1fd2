"""How far repeated digitisations of the same specimens agree: Procrustes ANOVA.

After Klingenberg and McIntyre (1998, Evolution 52: 1363-1375): all digitisations are superimposed
together, and the squared Procrustes distances are divided among the individuals, the digitisers,
and what is left.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution

from .errors import LandmarkError
from .shapes import Superimposition

LOST_DIMENSIONS = 4
"""What superimposing takes from the 2 k coordinates of k landmarks: two for the place, one for the
size, one for the turn."""

SAME = 1e-16
"""Mean squares below this share of the largest are rounding: the digitisations are the same."""


@dataclass(frozen=True)
class Effect:
    """One line of an analysis of variance.

    Attributes
    ----------
    name : str
        "individual", "digitiser", "residual", or "measurement" for the last two together.
    sum_of_squares : float
        Squared Procrustes distance; where centroid sizes are one it has no unit.
    degrees_of_freedom : int
        Of the effect, times the shape dimensions.
    f, p : float or None
        Mean square over that of the last line, and the probability of so much or more without the
        effect. None on the last line, and where that has no spread at all.
    """

    name: str
    sum_of_squares: float
    degrees_of_freedom: int
    f: float | None = None
    p: float | None = None

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
        Individual, digitiser and residual where each digitiser measured each individual once,
        otherwise individual and measurement.
    individuals : int
        How many there are.
    repeats : float
        Digitisations of each individual; where they are not equally many, the mean that counts
        for variance components (Sokal and Rohlf 1995).
    measurement : Effect
        All that differs between digitisations of the same individual: the digitiser's effect and
        the residual together.
    """

    effects: tuple[Effect, ...]
    individuals: int
    repeats: float
    measurement: Effect

    def effect(self, name: str) -> Effect | None:
        """Return the effect of a name, or None."""
        return next((one for one in self.effects if one.name == name), None)

    @property
    def repeatability(self) -> float:
        """Share of the variance that lies between individuals, 0 to 1.

        The intraclass correlation ICC(1, 1) of Shrout and Fleiss (1979), as Arnqvist and Mårtensson
        (1998) have it: what differs between digitisers counts against it. Less than nothing
        counts as 0.
        """
        return _intraclass(self.effects[0], self.measurement, self.repeats)

    @property
    def measurement_error(self) -> float:
        """Share of the variance that lies between digitisations of an individual, 0 to 1.

        One less the repeatability (Bailey and Byrnes 1990).
        """
        return 1 - self.repeatability

    @property
    def consistency(self) -> float | None:
        """Repeatability when a steady difference between the digitisers is taken out, 0 to 1.

        The intraclass correlation ICC(3, 1) of Shrout and Fleiss (1979). None where the
        digitiser's effect could not be told apart.
        """
        residual = self.effect("residual")
        return None if residual is None else _intraclass(self.effects[0], residual, self.repeats)


def procrustes_anova(
    digitisations: Superimposition,
    individuals: Sequence[Hashable],
    digitisers: Sequence[Hashable] | None = None,
) -> Anova:
    """Divide the variance of digitisations that were superimposed together.

    Parameters
    ----------
    digitisations : Superimposition
        Of three or more landmarks, none of them missing.
    individuals : sequence
        Which individual each is of.
    digitisers : sequence, optional
        Who made each. Their effect is told apart if each of them measured each individual exactly
        once; otherwise it is part of the measurement error.

    Returns
    -------
    Anova
        With 2 k - 4 dimensions for k landmarks. F and p take it that all landmarks scatter alike
        in all directions (Goodall 1991).

    Raises
    ------
    LandmarkError
        If there are fewer than two individuals, none of them was measured twice, or a landmark is
        missing.
    """
    values = digitisations.shapes.reshape(len(digitisations.shapes), -1)
    if np.isnan(values).any():
        raise LandmarkError(
            "A landmark is missing on some digitisation; give those only that have all landmarks."
        )
    dimensions = values.shape[1] - LOST_DIMENSIONS
    return analyse(values, individuals, digitisers, dimensions)


def analyse(
    values: ArrayLike,
    individuals: Sequence[Hashable],
    digitisers: Sequence[Hashable] | None = None,
    dimensions: int | None = None,
) -> Anova:
    """Divide the variance of measurements among individuals, digitisers and the rest.

    Parameters
    ----------
    values : array_like, shape (m, d)
        Measurements, such as superimposed coordinates.
    individuals, digitisers : sequence of length m
        As for `procrustes_anova`.
    dimensions : int, optional
        How many of the d can vary; degrees of freedom are multiplied by it. Default: d.

    Returns
    -------
    Anova

    Raises
    ------
    LandmarkError
        If there are fewer than two individuals, or none was measured twice.
    """
    table = np.asarray(values, dtype=float)
    who, counts = _numbered(individuals)
    most = len(counts)
    if most < 2 or len(table) == most:
        raise LandmarkError(
            f"{len(table)} digitisations of {most} individuals were given; an analysis of variance "
            "needs at least two individuals, and some of them digitised twice."
        )
    size = table.shape[1] if dimensions is None else dimensions
    grand = table.mean(0)
    own = _means(table, who, counts)
    between = _squares(own - grand)
    within = _squares(table - own)
    measurement = Effect("measurement", within, (len(table) - most) * size)
    individual = Effect("individual", between, (most - 1) * size)
    repeats = (len(table) - (counts**2).sum() / len(table)) / (most - 1)
    last, others = measurement, [individual]
    if digitisers is not None:
        by, made = _numbered(digitisers)
        if _each_once(who, by):
            of_digitiser = _means(table, by, made)
            digitiser = Effect("digitiser", _squares(of_digitiser - grand), (len(made) - 1) * size)
            rest = _squares(table - own - of_digitiser + grand)
            last = Effect("residual", rest, (most - 1) * (len(made) - 1) * size)
            others = [individual, digitiser]
    seen = max(one.mean_square for one in (*others, last)) * SAME
    effects = (*(_tested(one, last) if last.mean_square > seen else one for one in others), last)
    return Anova(effects, most, float(repeats), measurement)


def _numbered(labels: Sequence[Hashable]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a number for each label, and how often each number stands."""
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


def _each_once(who: NDArray[np.intp], by: NDArray[np.intp]) -> bool:
    """Tell whether two or more digitisers measured each individual exactly once."""
    cells = np.zeros((who.max() + 1, by.max() + 1), dtype=int)
    np.add.at(cells, (who, by), 1)
    return cells.shape[1] > 1 and bool((cells == 1).all())


def _tested(effect: Effect, last: Effect) -> Effect:
    """Return an effect with its F ratio and p."""
    ratio = effect.mean_square / last.mean_square
    p = f_distribution.sf(ratio, effect.degrees_of_freedom, last.degrees_of_freedom)
    return Effect(effect.name, effect.sum_of_squares, effect.degrees_of_freedom, ratio, float(p))


def _intraclass(individual: Effect, error: Effect, repeats: float) -> float:
    between, within = individual.mean_square, error.mean_square
    total = between + (repeats - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else float("nan")
