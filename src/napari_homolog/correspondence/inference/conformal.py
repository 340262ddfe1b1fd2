"""Error radii that hold on a user's own series, from specimens that a person decided about.

Split conformal prediction (Vovk, Gammerman and Shafer 2005; Lei et al. 2018): errors on specimens whose
landmarks a person placed or accepted, each located without its own help, are put in order. On other
specimens of the same series an error is larger than 90 % of these with a probability of a tenth,
whatever the series, the model, and the distribution of errors. An error counts relative to how far
the references disagree there, so that doubtful landmarks get the larger radii.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.9
"""Share of the errors that are at most as large as their radius."""

REPEATABILITY = 0.003
"""Typical distance, a share of the specimen's size, between two clicks of one person on one place.

Disagreement of references below it tells nothing.
"""


PEOPLE = 0.008
"""Mean distance between the clicks of two people on one place, a share of the centroid size.

Between 0.7 and 0.9 %: computed from the raw clicks of seven people on a trilobite (TriloMorph, Balseiro
et al. 2025) and of experts on fish (Chang and Alfaro 2015).
"""


@dataclass(frozen=True, eq=False)
class ErrorRadii:
    """How large errors are on a series, relative to the disagreement of references.

    Attributes
    ----------
    ratios : ndarray of float64, shape (m,)
        Errors on specimens that a person decided about, relative to their difficulty; ascending.
    by_spread : bool
        Whether the difficulty follows from the disagreement of references; where some specimens
        were compared with one reference only, it is the same everywhere.
    """

    ratios: NDArray[np.float64]
    by_spread: bool

    @classmethod
    def from_errors(cls, errors: ArrayLike, spreads: ArrayLike) -> ErrorRadii:
        """Return the radii that follow from errors.

        Parameters
        ----------
        errors : array_like, shape (m,)
            Distances between where landmarks were located without the specimen's own help and where a
            person wants them; shares of the specimen's size.
        spreads : array_like, shape (m,)
            Disagreement of the references there, likewise; NaN where there was one only.

        Examples
        --------
        Of nineteen errors the eighteenth is the radius for nine tenths:

        >>> radii = ErrorRadii.from_errors(np.arange(1, 20) / 1000, np.full(19, np.nan))
        >>> float(radii.radius(np.array([np.nan]))[0])
        0.018
        """
        errors, spreads = np.asarray(errors, float), np.asarray(spreads, float)
        by_spread = not np.isnan(spreads).any()
        return cls(np.sort(errors / _difficulty(spreads, by_spread)), by_spread)

    def known(self, level: float = LEVEL) -> bool:
        """Return whether there are enough errors for a level: nine for nine tenths."""
        return self._rank(level) <= len(self.ratios)

    def radius(self, spreads: NDArray[np.float64], level: float = LEVEL) -> NDArray[np.float64]:
        """Return the radii that a share of errors does not exceed, as shares of the specimen's size.

        Parameters
        ----------
        spreads : ndarray, shape (n,)
            Disagreement of the references, a share of the specimen's size; NaN where unknown.
        level : float
            That share.

        Returns
        -------
        ndarray, shape (n,)
            Infinite if there are too few errors to tell.
        """
        rank = self._rank(level)
        ratio = self.ratios[rank - 1] if self.known(level) else math.inf
        return np.asarray(ratio * _difficulty(spreads, self.by_spread))

    def probability_within(
        self, distance: float, spreads: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability (n,) that errors are at most a distance.

        Parameters
        ----------
        distance : float
            A share of the specimen's size.
        spreads : ndarray, shape (n,)
            As in `radius`.
        """
        below = np.searchsorted(
            self.ratios, distance / _difficulty(spreads, self.by_spread), side="right"
        )
        return np.asarray(below / (len(self.ratios) + 1))

    def _rank(self, level: float) -> int:
        # Rounded, since 0.9 * 20 is more than 18 in binary fractions.
        return math.ceil(round(level * (len(self.ratios) + 1), 9))


def _difficulty(spreads: NDArray[np.float64], by_spread: bool) -> NDArray[np.float64]:
    if not by_spread:
        return np.ones_like(spreads)
    # What only one reference can tell is as doubtful as if references disagreed by a whole size.
    disagreement = np.hypot(np.nan_to_num(spreads, nan=1.0), REPEATABILITY)
    # Errors grow more slowly than disagreement, by which they are known but roughly.
    return np.asarray(np.sqrt(disagreement))
