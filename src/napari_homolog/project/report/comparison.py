"""Two digitisations of the same specimens, compared point by point and as shapes."""

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
"""Points nearer than this are one and the same: files round them."""


@dataclass(frozen=True)
class Pair:
    """One landmark on one specimen, as two digitisers placed it.

    Attributes
    ----------
    specimen, landmark : str
        Their names.
    first, second : (float, float)
        Where each placed it, (row, col) in pixels.
    size : float
        Centroid size of the specimen in pixels, by the second; NaN where it has one landmark only.
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
        """Distance of the two in pixels."""
        return float(np.hypot(self.first[0] - self.second[0], self.first[1] - self.second[1]))

    @property
    def percent(self) -> float:
        """Distance in percent of the centroid size; NaN where that is not known."""
        return 100 * self.error / self.size

    @property
    def real(self) -> float | None:
        """Distance in real units, where the size of a pixel is known."""
        return None if self.pixel is None else self.error * self.pixel.size


@dataclass(frozen=True)
class Errors:
    """Distances of some points, summed up.

    Attributes
    ----------
    count : int
        Of the points.
    same : int
        Of those that are the same to a thousandth of a pixel.
    mean, median, percentile_95 : float
        In pixels.
    mean_percent, median_percent, percentile_95_percent : float
        In percent of the specimen's centroid size.
    within : mapping of int to float
        Share of the points, 0 to 1, within so many percent of the centroid size.
    mean_real : float or None
        In the real unit; None unless it is known for all points and the same.
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
        """Sum up; None where there are no points."""
        if not pairs:
            return None
        errors = np.array([one.error for one in pairs])
        percent = np.array([one.percent for one in pairs])
        percent = percent[np.isfinite(percent)]
        units = {None if one.pixel is None else one.pixel.unit for one in pairs}
        unit = units.pop() if len(units) == 1 else None
        real = [one.real for one in pairs if one.real is not None]
        return cls(
            len(pairs),
            int((errors < SAME_PX).sum()),
            *_summary(errors),
            *_summary(percent),
            {
                share: float((percent <= share).mean()) if len(percent) else np.nan
                for share in PERCENT_LIMITS
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
        The second is what errors are judged by.
    pairs : tuple of Pair
        All points that both have.
    agreement : Agreement
        Their shapes.
    """

    first: Digitisation
    second: Digitisation
    pairs: tuple[Pair, ...]
    agreement: Agreement

    @property
    def review(self) -> bool:
        """Whether this is the tool against who corrected it, who saw what was predicted."""
        return self.first.kind is Kind.TOOL and self.second.kind is Kind.HAND

    @property
    def accepted(self) -> int:
        """How many of the points are accepted predictions."""
        return sum(one.accepted for one in self.pairs)

    @property
    def specimens(self) -> int:
        """On how many specimens there are points of both."""
        return len({one.specimen for one in self.pairs})

    def errors(self, landmark: str | None = None, *, by_hand: bool = False) -> Errors | None:
        """Return the errors of all landmarks or one; None where there is no point.

        Parameters
        ----------
        landmark : str, optional
            Default: all.
        by_hand : bool
            Leave out accepted predictions.
        """
        return Errors.of(
            [
                one
                for one in self.pairs
                if landmark in (None, one.landmark) and not (by_hand and one.accepted)
            ]
        )


def compare(series: Digitised, first: Digitisation, second: Digitisation) -> Comparison:
    """Compare two digitisations of a series; errors are judged by the second."""
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
    """Return mean, median and 95th percentile; NaN where there is no value."""
    if not len(values):
        return np.nan, np.nan, np.nan
    return float(values.mean()), float(np.median(values)), float(np.percentile(values, 95))
