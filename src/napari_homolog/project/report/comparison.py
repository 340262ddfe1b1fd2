"""Comparison of two digitisations of the same specimens, point by point and as shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...images import PixelSize
from ..records import Point
from .agreement import Agreement, agree
from .digitised import Digitisation, Digitised, Kind

PERCENT_LIMITS = (1, 2, 5)
"""Percent of the centroid size within which points are counted."""

SAME_PX = 1e-3
"""Points closer than this in pixels are identical: files round them."""


@dataclass(frozen=True)
class Pair:
    """One landmark of one specimen, placed by two digitisers.

    Attributes
    ----------
    specimen, landmark : str
        Their names.
    first, second : (float, float)
        Positions by each digitiser, (row, col) in pixels.
    size : float
        Centroid size of the specimen in pixels, by the second; NaN if it has only one landmark.
    accepted : bool
        Whether one of the two is an accepted prediction.
    pixel : PixelSize or None
        Real size of a pixel.
    """

    specimen: str
    landmark: str
    first: Point
    second: Point
    size: float
    accepted: bool
    pixel: PixelSize | None

    @property
    def error(self) -> float:
        """Distance between the two positions in pixels."""
        return float(np.hypot(self.first[0] - self.second[0], self.first[1] - self.second[1]))

    @property
    def percent(self) -> float:
        """Distance in percent of the centroid size; NaN if that is not known."""
        return 100 * self.error / self.size if self.size > 0 else float("nan")

    @property
    def real(self) -> float | None:
        """Distance in real units, if the size of a pixel is known."""
        return None if self.pixel is None else self.error * self.pixel.size


@dataclass(frozen=True)
class Errors:
    """Summary statistics of the distances of some points.

    Attributes
    ----------
    count : int
        Number of points.
    same : int
        Number of points that are identical to a thousandth of a pixel.
    mean, median, percentile_95 : float
        In pixels.
    mean_percent, median_percent, percentile_95_percent : float
        In percent of the specimen's centroid size.
    within : mapping of int to float
        Fraction of the points, 0 to 1, within so many percent of the centroid size.
    mean_real : float or None
        In real units; None unless all points have the same unit.
    unit : str or None
        Its name.
    """

    count: int
    same: int
    mean: float
    median: float
    percentile_95: float
    mean_percent: float
    median_percent: float
    percentile_95_percent: float
    within: Mapping[int, float]
    mean_real: float | None
    unit: str | None

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Errors | None:
        """Return the statistics of some points; None if there are none.

        Examples
        --------
        Two points, 3 and 5 pixels apart, on a specimen with a centroid size of 100 pixels:

        >>> pairs = [
        ...     Pair("wing", name, (0, 0), (0, distance), 100, accepted=False, pixel=None)
        ...     for name, distance in (("tip", 3), ("base", 5))
        ... ]
        >>> errors = Errors.of(pairs)
        >>> errors.mean, errors.mean_percent, errors.within[2], errors.within[5]
        (4.0, 4.0, 0.0, 1.0)
        """
        if not pairs:
            return None
        errors = np.array([pair.error for pair in pairs])
        percent = np.array([pair.percent for pair in pairs])
        percent = percent[np.isfinite(percent)]
        units = {None if pair.pixel is None else pair.pixel.unit for pair in pairs}
        unit = units.pop() if len(units) == 1 else None
        real = [pair.real for pair in pairs if pair.real is not None]
        return cls(
            len(pairs),
            int((errors < SAME_PX).sum()),
            *_summary(errors),
            *_summary(percent),
            {
                limit: float((percent <= limit).mean()) if len(percent) else np.nan
                for limit in PERCENT_LIMITS
            },
            float(np.mean(real)) if unit else None,
            unit,
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two digitisations of the same specimens.

    Attributes
    ----------
    first, second : Digitisation
        Errors are relative to the second.
    pairs : tuple of Pair
        All points that both have.
    agreement : Agreement
        Agreement of the shapes.
    """

    first: Digitisation
    second: Digitisation
    pairs: tuple[Pair, ...]
    agreement: Agreement

    @property
    def review(self) -> bool:
        """Whether the second digitiser saw and corrected the predictions of the first."""
        return self.first.kind is Kind.TOOL and self.second.kind is Kind.HAND

    @property
    def accepted(self) -> int:
        """Number of points that are accepted predictions."""
        return sum(pair.accepted for pair in self.pairs)

    @property
    def specimens(self) -> int:
        """Number of specimens with points of both."""
        return len({pair.specimen for pair in self.pairs})

    def errors(self, landmark: str | None = None, *, by_hand: bool = False) -> Errors | None:
        """Return the errors of all landmarks or one; None if there is no point.

        Parameters
        ----------
        landmark : str, optional
            Default: all.
        by_hand : bool
            Exclude accepted predictions.
        """
        return Errors.of(
            [
                pair
                for pair in self.pairs
                if landmark in (None, pair.landmark) and not (by_hand and pair.accepted)
            ]
        )


def compare(series: Digitised, first: Digitisation, second: Digitisation) -> Comparison:
    """Compare two digitisations of a series.

    Parameters
    ----------
    series : Digitised
        All digitisations of a project.
    first, second : Digitisation
        Two of them; errors are in percent of the centroid size by the second.

    Returns
    -------
    Comparison
    """
    either = first.accepted | second.accepted
    pairs = [
        Pair(
            specimen,
            name,
            first.points[specimen][name],
            second.points[specimen][name],
            second.sizes[specimen],
            (specimen, name) in either,
            series.pixels.get(specimen),
        )
        for specimen in series.specimens
        for name in series.landmarks
        if name in first.points.get(specimen, ()) and name in second.points.get(specimen, ())
    ]
    return Comparison(first, second, tuple(pairs), agree(series, (first, second)))


def _summary(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return mean, median and 95th percentile; NaN if there is no value."""
    if not len(values):
        return np.nan, np.nan, np.nan
    return float(values.mean()), float(np.median(values)), float(np.percentile(values, 95))
