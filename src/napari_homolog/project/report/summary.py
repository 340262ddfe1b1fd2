"""The figures of a report as plain numbers and texts, for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from ...repeatability import Anova
from .agreement import Agreement
from .comparison import Comparison, Errors
from .making import Report


def summary_of(report: Report) -> dict[str, Any]:
    """Return all figures of a report; what is not known is None.

    Errors are in pixels and in percent of the centroid size; shares, repeatabilities and
    probabilities lie within 0 and 1.
    """
    series = report.series
    found = {
        "project": report.name,
        "specimens": len(series.specimens),
        "landmarks": list(series.landmarks),
        "placed": {str(status): count for status, count in report.statuses.items()},
        "digitisations": [
            {
                "name": one.name,
                "kind": str(one.kind),
                "specimens": len(one.points),
                "points": one.count,
            }
            for one in series.digitisations
        ],
        "left_out": list(series.notes),
        "comparisons": [_comparison(one, series.landmarks) for one in report.comparisons],
        "together": None if report.together is None else _agreement(report.together),
        "outliers": [
            {
                "digitisation": one.name,
                "specimen": one.specimens[outlier.specimen],
                "landmarks": list(outlier.landmarks),
                "percent": 100 * outlier.residual,
                "swapped": outlier.swapped,
            }
            for one in report.outliers
            for outlier in one.found
        ],
    }
    return _plain(found)  # type: ignore[no-any-return]


def _comparison(one: Comparison, landmarks: tuple[str, ...]) -> dict[str, Any]:
    return {
        "first": one.first.name,
        "second": one.second.name,
        "specimens": one.specimens,
        "points": len(one.pairs),
        "accepted": one.accepted,
        "review": one.review,
        "errors": _errors(one.errors()),
        "errors_without_accepted": _errors(one.errors(by_hand=True)),
        "by_landmark": {name: _errors(one.errors(name)) for name in landmarks},
        "agreement": _agreement(one.agreement),
    }


def _errors(errors: Errors | None) -> dict[str, Any] | None:
    return None if errors is None else asdict(errors)


def _agreement(agreement: Agreement) -> dict[str, Any]:
    bias = agreement.size_bias
    return {
        "landmarks": list(agreement.landmarks),
        "specimens": len(agreement.specimens),
        "left_out": agreement.left_out,
        "not_computed": agreement.reason or None,
        "anova": None if agreement.anova is None else _anova(agreement.anova),
        "size_difference_percent": None if bias is None else bias[0],
        "size_difference_deviation_percent": None if bias is None else bias[1],
    }


def _anova(anova: Anova) -> dict[str, Any]:
    return {
        "effects": [{**asdict(one), "mean_square": one.mean_square} for one in anova.effects],
        "repeats": anova.repeats,
        "repeatability": anova.repeatability,
        "measurement_error": anova.measurement_error,
        "consistency": anova.consistency,
    }


def _plain(value: Any) -> Any:
    """Return a value without numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
