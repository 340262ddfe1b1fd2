"""The page of a report: what was compared, tables, plots, and words about what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from ...document import Block, Heading, Paragraph, Picture, Table, to_html
from .agreement_page import about_agreement
from .comparison import SHARES, Comparison, Errors
from .digitised import Kind
from .making import Report
from .outliers import Outliers
from .plots import plot_errors, plot_outliers
from .words import (
    ACCEPTED_BY_HAND,
    HOW_ERRORS,
    HOW_SHAPES,
    NO_COMPARISON,
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
        names = [one.name for one in report.series.digitisations if one.kind is not Kind.TOOL]
        blocks += [Heading("All people together"), Paragraph(f"{', '.join(names)}.")]
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


def error_table(comparison: Comparison) -> Table | None:
    """Return the errors of all points, and without those that are accepted predictions."""
    every, moved = comparison.errors(), comparison.errors(by_hand=True)
    if every is None:
        return None
    rows = [("all points", every)]
    if comparison.accepted:
        name = "all reviewed: moved and accepted" if comparison.review else "all points"
        rows = [(name, every)]
        if moved is not None:
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
    return Table(["landmark", *(_headings(every) if every else ())], rows)


def _overview(report: Report) -> list[Block]:
    series = report.series
    placed = ", ".join(f"{count} {status}" for status, count in report.statuses.items() if count)
    blocks: list[Block] = [
        Paragraph(
            f"{len(series.specimens)} specimens, {len(series.landmarks)} landmarks. Landmarks in the "
            f"project: {placed or 'none'}."
        ),
        Table(
            ["digitised by", "specimens", "points", "what it is"],
            [
                [one.name, str(len(one.points)), str(one.count), WHO[one.kind]]
                for one in series.digitisations
            ],
        ),
    ]
    return blocks + [Paragraph(note) for note in series.notes]


def _about(comparison: Comparison, landmarks: Sequence[str]) -> list[Block]:
    first, second = comparison.first.name, comparison.second.name
    blocks: list[Block] = [Heading(f"{first.capitalize()} against {second}")]
    table = error_table(comparison)
    if table is None:
        return [*blocks, Paragraph(f"There is no landmark that both {first} and {second} have.")]
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
        said.append(REVIEW.format(count=count, moved=moved, share=moved / count))
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
    heading = Heading(outliers.name.capitalize(), 3)
    if outliers.series is None:
        return [heading, Paragraph(f"The shapes could not be compared. {outliers.reason}")]
    picture: Picture | None = plot_outliers(outliers)
    drawn = [] if picture is None else [picture]
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
    table = Table(["specimen", "landmark", "% of the centroid size from the mean"], rows)
    return [heading, Paragraph(said), table, *drawn]
