"""The figures of a report as plain numbers and texts, for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from ...repeatability import Anova
from .agreement import Agreement
from .comparison import Comparison, Errors
from .making import Report
from .shapes_at_a_glance import ShapesAtAGlance


def summary_of(report: Report) -> dict[str, Any]:
    """Return all figures of a report; unknown ones are None.

    Errors are in pixels and in percent of the centroid size; fractions, repeatabilities and
    probabilities are between 0 and 1.
    """
    series = report.series
    figures = {
        "project": report.name,
        "specimens": len(series.specimens),
        "landmarks": list(series.landmarks),
        "placed": {str(status): count for status, count in report.statuses.items()},
        "digitisations": [
            {
                "name": digitiser.name,
                "kind": str(digitiser.kind),
                "specimens": len(digitiser.points),
                "points": digitiser.count,
            }
            for digitiser in series.digitisations
        ],
        "left_out": list(series.notes),
        "comparisons": [
            _comparison(comparison, series.landmarks) for comparison in report.comparisons
        ],
        "together": None if report.together is None else _agreement(report.together),
        "outliers": [
            {
                "digitisation": searched.name,
                "specimen": searched.specimens[outlier.specimen],
                "landmarks": list(outlier.landmarks),
                "percent": 100 * outlier.residual,
                "swapped": outlier.swapped,
            }
            for searched in report.outliers
            for outlier in searched.found
        ],
        "shape_space": _shape_space(report.shapes),
    }
    return _plain(figures)  # type: ignore[no-any-return]


def _shape_space(shapes: ShapesAtAGlance) -> dict[str, Any]:
    space = shapes.space
    if space is None:
        return {"not_computed": shapes.reason, "left_out": shapes.left_out}
    return {
        "left_out": shapes.left_out,
        "made_from": [
            name for name, made in zip(shapes.specimens, space.training, strict=True) if made
        ],
        "shares": space.shares.tolist(),
        "scores": {
            name: scores
            for name, scores in zip(shapes.specimens, space.scores.tolist(), strict=True)
        },
        "unusual": [
            {"specimen": name, "procrustes_distance": distance} for name, distance in shapes.unusual
        ],
    }


def _comparison(comparison: Comparison, landmarks: tuple[str, ...]) -> dict[str, Any]:
    return {
        "first": comparison.first.name,
        "second": comparison.second.name,
        "specimens": comparison.specimens,
        "points": len(comparison.pairs),
        "accepted": comparison.accepted,
        "review": comparison.review,
        "errors": _errors(comparison.errors()),
        "errors_without_accepted": _errors(comparison.errors(by_hand=True)),
        "by_landmark": {name: _errors(comparison.errors(name)) for name in landmarks},
        "agreement": _agreement(comparison.agreement),
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
        "effects": [
            {**asdict(effect), "mean_square": effect.mean_square} for effect in anova.effects
        ],
        "repeats": anova.repeats,
        "repeatability": anova.repeatability,
        "measurement_error": anova.measurement_error,
        "consistency": anova.consistency,
    }


def _plain(value: Any) -> Any:
    """Return a value with None in place of numbers that JSON lacks."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
