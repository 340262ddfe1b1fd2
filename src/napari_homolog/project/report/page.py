"""The page of a report: what was compared, tables, plots, and words about what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...document import Block, Heading, Paragraph, Table, to_html
from .agreement_page import about_agreement
from .comparison import SHARES, Comparison, Errors
from .digitised import Kind
from .making import Report
from .outliers import Outliers
from .plots import plot_errors, plot_outliers
from .words import (
    ACCEPTED_BY_HAND,
    ACCEPTED_BY_PEOPLE,
    HOW_ERRORS,
    HOW_SHAPES,
    NO_COMPARISON,
    NOT_REVIEWED,
    OUTLIERS,
    REVIEW,
    SAME_PLACES,
    SOURCES,
    WHO,
)

UNKNOWN = "-"


def to_page(report: Report) -> str:
    """Return a report as one HTML page, its plots in it."""
    title = f"Repeatability: {report.name}"
    blocks = [Heading(title, 1), *_overview(report)]
    if not report.comparisons:
        blocks += [Heading("Errors and agreement"), Paragraph(NO_COMPARISON)]
    for one in report.comparisons:
        blocks += _about(one, report.series.landmarks)
    if report.together is not None:
        people = [one for one in report.series.digitisations if one.kind is not Kind.TOOL]
        said = f"{', '.join(one.name for one in people)}."
        accepted = sum(len(one.accepted) for one in people)
        if accepted:
            said += " " + ACCEPTED_BY_PEOPLE.format(accepted=accepted)
        blocks += [Heading("All people together"), Paragraph(said)]
        blocks += about_agreement(report.together)
    blocks += [Heading("Outliers"), Paragraph(OUTLIERS)]
    for found in report.outliers:
        blocks += _about_outliers(found)
    blocks += [Heading("How to read the figures")]
    blocks += [Paragraph(text) for text in (*HOW_ERRORS, *HOW_SHAPES, SOURCES)]
    return to_html(title, blocks)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with so many decimals, or a dash where it is not known."""
    return UNKNOWN if value is None or value != value else f"{value:.{digits}f}"


def overview_table(report: Report) -> Table:
    """Return the main figures of all comparisons that have any point."""
    rows = []
    for one in report.comparisons:
        errors, anova = one.errors(), one.agreement.anova
        if errors is not None:
            values = (errors.mean, errors.median, errors.mean_percent)
            # Its error is another kind of figure than that of independent digitisations.
            seen = " (reviewed, not independent)" if one.review else ""
            rows.append(
                [
                    f"{one.first.name} against {one.second.name}{seen}",
                    str(errors.count),
                    *map(number, values),
                    number(None if anova is None else anova.repeatability, 3),
                ]
            )
    return Table(["", "points", "mean, px", "median, px", "mean, % of size", "repeatability"], rows)


def error_table(comparison: Comparison) -> Table | None:
    """Return the errors of all points, and without those that are accepted predictions."""
    every, moved = comparison.errors(), comparison.errors(by_hand=True)
    if every is None:
        return None
    rows = [("all reviewed" if comparison.review else "all", every)]
    if comparison.accepted and moved is not None:
        rows += [("only those moved" if comparison.review else "without accepted", moved)]
    cells = [
        [name, *_cells(one), *(number(100 * one.within[share], 1) for share in SHARES)]
        for name, one in rows
    ]
    shares = [f"% of points within {share} %" for share in SHARES]
    return Table(["", *_headings(every), *shares], cells)


def landmark_table(comparison: Comparison, landmarks: Sequence[str]) -> Table:
    """Return the errors of each landmark that has any."""
    found = {name: comparison.errors(name) for name in landmarks}
    rows = [[name, *_cells(one)] for name, one in found.items() if one is not None]
    every = comparison.errors()
    headings = ["landmark", *(_headings(every) if every else ())]
    if not comparison.accepted:
        return Table(headings, rows)
    accepted = Counter(one.landmark for one in comparison.pairs if one.accepted)
    return Table([*headings, "of these accepted"], [[*row, str(accepted[row[0]])] for row in rows])


def _overview(report: Report) -> list[Block]:
    series = report.series
    placed = ", ".join(f"{count} {status}" for status, count in report.statuses.items() if count)
    blocks: list[Block] = [
        Paragraph(
            f"{len(series.specimens)} specimens, {len(series.landmarks)} landmarks. Landmarks in the "
            f"project: {placed or 'none'}."
        ),
        Table(
            ["digitised by", "what it is", "specimens", "points"],
            [
                [one.name, WHO[one.kind], str(len(one.points)), str(one.count)]
                for one in series.digitisations
            ],
            words=2,
        ),
    ]
    blocks += [Paragraph(note) for note in series.notes]
    found = overview_table(report)
    return [*blocks, Heading("In short"), found] if len(found.rows) > 1 else blocks


def _about(comparison: Comparison, landmarks: Sequence[str]) -> list[Block]:
    first, second = comparison.first.name, comparison.second.name
    blocks: list[Block] = [Heading(f"Errors and agreement: {first} against {second}")]
    table = error_table(comparison)
    if table is None:
        said = f"There is no landmark on any specimen that both {first} and {second} have."
        return [*blocks, Paragraph(NOT_REVIEWED if comparison.review else said)]
    blocks += [Paragraph(text) for text in _cautions(comparison)]
    blocks += [table]
    plot = plot_errors(comparison, landmarks)
    blocks += [Heading("Each landmark", 3), landmark_table(comparison, landmarks)]
    blocks += [] if plot is None else [plot]
    return [*blocks, Heading("Agreement of shapes", 3), *about_agreement(comparison)]


def _cautions(comparison: Comparison) -> list[str]:
    """Return what makes the errors of a comparison look smaller or larger than they are."""
    count, accepted = len(comparison.pairs), comparison.accepted
    said = [f"{count} points on {comparison.specimens} specimens."]
    if comparison.review:
        moved = count - accepted
        said.append(REVIEW.format(count=count, moved=moved, percent=100 * moved / count))
    elif accepted:
        said.append(ACCEPTED_BY_HAND.format(count=count, accepted=accepted))
    every = comparison.errors()
    if every is not None and every.same and not comparison.review:
        said.append(SAME_PLACES.format(count=count, same=every.same))
    return said


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


def _about_outliers(outliers: Outliers) -> list[Block]:
    count = len(outliers.specimens)
    heading = Heading(f"In {outliers.name}", 3)
    if outliers.series is None:
        return [heading, Paragraph(f"The shapes could not be compared. {outliers.reason}")]
    drawn = plot_outliers(outliers)
    said = (
        f"{count} specimens with three landmarks or more; to look at again: {len(outliers.slips)}."
    )
    if not outliers.slips:
        return [heading, Paragraph(said), *drawn]
    rows = [
        [
            outliers.specimens[slip.specimen],
            " and ".join(slip.landmarks) + (" swapped?" if slip.swapped else ""),
            number(100 * slip.residual, 1),
        ]
        for slip in outliers.slips
    ]
    table = Table(["specimen", "landmark", "% of the centroid size from the mean"], rows, words=2)
    return [heading, Paragraph(said), table, *drawn]
