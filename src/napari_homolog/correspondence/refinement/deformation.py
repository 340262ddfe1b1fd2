"""How landmarks move together: an affine map of all, and a smooth displacement of neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from ..priors.affine import robust_affine

AFFINE_OUTLIER = 0.05
"""Distance from the affine map at which a landmark counts for a quarter; a share of the specimen."""


@dataclass(frozen=True)
class Deformation:
    """How specimens of one kind deform beyond an affine map; shares of the specimen's size.

    Attributes
    ----------
    amplitude : float
        Standard deviation of displacements.
    length : float
        Distance over which neighbours are displaced alike.
    """

    amplitude: float
    length: float

    def expected(
        self,
        origins: NDArray[np.float64],
        found: NDArray[np.float64],
        variances: NDArray[np.float64],
        size: float,
    ) -> NDArray[np.float64]:
        """Return where landmarks are expected, given where all of them were found.

        A robust affine map, and a Gaussian process of what remains.

        Parameters
        ----------
        origins, found : ndarray, shape (n, 2)
            Landmarks before and after, (row, col) in pixels.
        variances : ndarray, shape (n,)
            How uncertain each was found, in square pixels.
        size : float
            The specimen's, in pixels.

        Returns
        -------
        ndarray, shape (n, 2)
            (row, col) in pixels.
        """
        amplitude = self.amplitude * size
        weights = 1 / (variances + amplitude**2)
        fitted = robust_affine(origins, found, weights / weights.max(), AFFINE_OUTLIER * size)
        remaining = found - fitted(origins)
        # A landmark that follows neither is more probably found wrongly than displaced so far.
        doubt = 1 + (remaining**2).sum(1) / (3 * amplitude) ** 2
        distances = cdist(origins, origins, "sqeuclidean")
        kernel = amplitude**2 * np.exp(-distances / (2 * (self.length * size) ** 2))
        smooth = kernel @ np.linalg.solve(kernel + np.diag(variances * doubt), remaining)
        return np.asarray(fitted(origins) + smooth)
