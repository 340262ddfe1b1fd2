"""The tables of a repeatability report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...pages import Table
from ...repeatability import Anova, Effect
from .comparison import PERCENT_LIMITS, Comparison, Errors
from .digitised import Kind
from .making import Report
from .outliers import Outliers
from .shapes_at_a_glance import ShapesAtAGlance

UNKNOWN = "-"
SMALLEST_P = 1e-4

ABOUT = {
    Kind.TOOL: "predictions, whatever was decided about them since",
    Kind.HAND: "landmarks placed, moved or accepted in the project",
    Kind.FILE: "landmarks in a file",
}


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with so many decimals, or a dash if it is not known."""
    return UNKNOWN if value is None or value != value else f"{value:.{digits}f}"


def statuses(report: Report) -> str:
    """Return how many landmarks of the project have each status, in words."""
    counts = [f"{count} {status}" for status, count in report.statuses.items() if count]
    return ", ".join(counts) or "none"


def digitisations(report: Report) -> Table:
    """Return who digitised how much."""
    rows = [
        [digitiser.name, ABOUT[digitiser.kind], str(len(digitiser.points)), str(digitiser.count)]
        for digitiser in report.series.digitisations
    ]
    return Table(["digitised by", "what it is", "specimens", "points"], rows, text_columns=2)


def overview(report: Report) -> Table:
    """Return the main figures of all comparisons that have any point."""
    rows = []
    for comparison in report.comparisons:
        errors, anova = comparison.errors(), comparison.agreement.anova
        if errors is None:
            continue
        # The error of a review cannot be compared with that of independent digitisations.
        caution = " (reviewed, not independent)" if comparison.review else ""
        values = (errors.mean, errors.median, errors.mean_percent)
        rows.append(
            [
                f"{comparison.first.name} against {comparison.second.name}{caution}",
                str(errors.count),
                *map(number, values),
                number(None if anova is None else anova.repeatability, 3),
            ]
        )
    return Table(["", "points", "mean, px", "median, px", "mean, % of size", "repeatability"], rows)


def errors(comparison: Comparison) -> Table:
    """Return the errors of all points, and of those that are not accepted predictions."""
    every, moved = comparison.errors(), comparison.errors(by_hand=True)
    if every is None:
        return Table([""], [])
    rows = [("all reviewed" if comparison.review else "all", every)]
    if comparison.accepted and moved is not None:
        rows += [("only those moved" if comparison.review else "without accepted", moved)]
    cells = [
        [
            name,
            *_cells(summary),
            *(number(100 * summary.within[limit], 1) for limit in PERCENT_LIMITS),
        ]
        for name, summary in rows
    ]
    limits = [f"% of points within {limit} %" for limit in PERCENT_LIMITS]
    return Table(["", *_headings(every), *limits], cells)


def landmarks(comparison: Comparison, names: Sequence[str]) -> Table:
    """Return the errors of each landmark that has any."""
    by_name = {name: comparison.errors(name) for name in names}
    rows = [[name, *_cells(summary)] for name, summary in by_name.items() if summary is not None]
    every = comparison.errors()
    headings = ["landmark", *(_headings(every) if every else ())]
    if not comparison.accepted:
        return Table(headings, rows)
    accepted = Counter(pair.landmark for pair in comparison.pairs if pair.accepted)
    return Table([*headings, "of these accepted"], [[*row, str(accepted[row[0]])] for row in rows])


def anova(analysis: Anova) -> Table:
    """Return a Procrustes ANOVA."""
    total = analysis.effects[0].sum_of_squares + analysis.measurement.sum_of_squares
    return Table(
        ["effect", "sum of squares", "% of all", "df", "mean square", "F", "p", "p, permuted"],
        [_effect(effect, total) for effect in analysis.effects],
    )


def outliers(found: Outliers) -> Table:
    """Return the landmarks to check, the farthest from the mean first."""
    rows = [
        [
            found.specimens[outlier.specimen],
            " and ".join(outlier.landmarks) + (" swapped?" if outlier.swapped else ""),
            number(100 * outlier.residual, 1),
        ]
        for outlier in found.found
    ]
    headings = ["specimen", "landmark", "% of the centroid size from the mean"]
    return Table(headings, rows, text_columns=2)


def unusual(shapes: ShapesAtAGlance) -> Table:
    """Return the specimens of unusual shape, the farthest from the mean first."""
    rows = [[name, number(distance, 3)] for name, distance in shapes.unusual]
    return Table(["specimen", "Procrustes distance to the mean"], rows)


def _effect(effect: Effect, total: float) -> list[str]:
    share = 100 * effect.sum_of_squares / total if total > 0 else float("nan")
    if effect.f is None or effect.p is None:
        test = ["", "", ""]
    else:
        p = f"< {SMALLEST_P}" if effect.p < SMALLEST_P else f"{effect.p:.4f}"
        permuted = "" if effect.permutation_p is None else f"{effect.permutation_p:.3f}"
        test = [f"{effect.f:.2f}", p, permuted]
    return [
        effect.name,
        f"{effect.sum_of_squares:.6f}",
        f"{share:.2f}",
        str(effect.degrees_of_freedom),
        f"{effect.mean_square:.3e}",
        *test,
    ]


def _headings(errors: Errors) -> list[str]:
    real = [f"mean, {errors.unit}"] if errors.unit else []
    return [
        "points", "mean, px", "median, px", "95th percentile, px", *real,
        "mean, % of centroid size", "median, %", "95th percentile, %",
    ]  # fmt: skip


def _cells(errors: Errors) -> list[str]:
    real = [number(errors.mean_real, 4)] if errors.unit else []
    return [
        str(errors.count), number(errors.mean), number(errors.median), number(errors.percentile_95),
        *real, number(errors.mean_percent), number(errors.median_percent),
        number(errors.percentile_95_percent),
    ]  # fmt: skip
