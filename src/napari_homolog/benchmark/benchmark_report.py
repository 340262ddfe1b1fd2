"""Reports of benchmarks: tables, plots and example pictures of runs, grouped by their data."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import atomic_write
from ..pages import Figure, Table, render
from .accuracy_plots import plot_curves, plot_seconds
from .datasets import Protocol
from .measurements import mean_seconds, scores_of
from .published import PUBLISHED, published
from .run_results import (
    AVERAGINGS,
    THRESHOLDS,
    WITHIN,
    DataGroup,
    RunResult,
    group_by_data,
    read_results,
    summaries,
)

TITLE = "Benchmark"
PUBLISHED_THRESHOLDS = (0.05, 0.1)
CLASS_THRESHOLD = 0.1
PEOPLE = (
    "people: one against the experts' median (fish)",
    *("87", "94", "99"),
    *("0.67", "2.26", "-", "-"),
)
"""Chang and Alfaro 2015, 16 fixed landmarks, from the raw clicks that they published."""


@dataclass(frozen=True, eq=False)
class Section:
    """What the page says about one data set; the templates lay it out."""

    heading: str
    data: str
    unfinished: list[str]
    official: Table
    corrected: Table
    errors: Table
    shape: Table
    curves: Figure
    published: Table | None
    classes_heading: str
    classes: Table
    examples: list[Figure]


def write_report(folders: Sequence[Path], out: Path) -> list[DataGroup]:
    """Write ``report.md``, ``report.html``, ``summary.json`` and plots.

    Parameters
    ----------
    folders : sequence of Path
        Runs, or folders with runs in them.
    out : Path
        Gets the report; created if missing.

    Returns
    -------
    list of DataGroup
        The runs in it, grouped by their data.

    Raises
    ------
    SettingsError
        If there is no run.
    FormatError
        If a run is damaged or does not record its data.
    HomologError
        If matplotlib is not installed.
    """
    groups = group_by_data(read_results(folders))
    out.mkdir(parents=True, exist_ok=True)
    plot_seconds(out / "seconds.png", groups)
    content = {
        "title": TITLE,
        "sections": [_section(group, out) for group in groups],
        "seconds": Figure(
            "seconds.png", "PCK against seconds, on the machine that ran the benchmarks"
        ),
    }
    for name, text in (
        ("report.md", render("benchmark_report.md.jinja", **content)),
        ("report.html", render("benchmark_report.html.jinja", **content)),
        ("summary.json", json.dumps({"data_sets": summaries(groups)}, indent=2) + "\n"),
    ):
        with atomic_write(out / name) as file:
            file.write(text.encode())
    return groups


def _section(group: DataGroup, out: Path) -> Section:
    plot = f"pck-{group.data.folder_name}.png"
    plot_curves(out / plot, group.results)
    return Section(
        heading=group.heading,
        data=f"Data set {group.data.dataset}, digest {group.data.digest}.",
        unfinished=[
            f"{result.label}, {result.pairs} of {result.notes['pairs']} pairs."
            for result in group.results
            if result.pairs < result.notes["pairs"]
        ],
        official=official_table(group.results),
        corrected=corrected_table(group.results),
        errors=error_table(group.results),
        shape=shape_table(group.results),
        curves=Figure(plot, "PCK against the threshold"),
        published=published_table(group.data.dataset),
        classes_heading=f"PCK@{CLASS_THRESHOLD} of each class, per image, corrected",
        classes=class_table(group.results),
        examples=[
            Figure(
                os.path.relpath(path, out).replace(os.sep, "/"),
                f"{result.label}: the {path.stem} pairs",
            )
            for result in group.results
            for path in result.examples
        ],
    )


def official_table(results: Sequence[RunResult]) -> Table:
    """Return PCK at the published thresholds under the official protocol, and published figures."""
    headings = ["matcher", "sources", "pairs", "points"]
    headings += [f"PCK@{share}, per {per}" for share in PUBLISHED_THRESHOLDS for per in AVERAGINGS]
    rows = []
    for result in results:
        points = len(result.measurements)
        cells = [result.label, str(result.sources), str(result.pairs), str(points)]
        scores = scores_of(result.measurements, "official")
        cells += [
            with_interval(scores.pck(share, per), scores.pck_interval(share, per))
            for share in PUBLISHED_THRESHOLDS
            for per in AVERAGINGS
        ]
        rows.append([*cells, published(result.dataset, result.matcher) or "-"])
    return Table([*headings, "published"], rows)


def corrected_table(results: Sequence[RunResult]) -> Table:
    """Return PCK per image at all thresholds under the corrected protocol."""
    rows = []
    for result in results:
        scores = scores_of(result.measurements, "corrected")
        cells = [
            with_interval(scores.pck(share, "image"), scores.pck_interval(share, "image"))
            for share in THRESHOLDS
        ]
        rows.append([result.label, *cells])
    return Table(["matcher, per image", *(f"PCK@{share}" for share in THRESHOLDS)], rows)


def error_table(results: Sequence[RunResult]) -> Table:
    """Return PCK per point, mean errors and seconds, under the corrected protocol."""
    headings = ["matcher, per point", *(f"PCK@{share}" for share in THRESHOLDS)]
    headings += ["mean error, px", "% of centroid size", "s learning", "s finding"]
    rows = []
    for result in results:
        scores = scores_of(result.measurements, "corrected")
        learning, finding = mean_seconds(result.measurements)
        cells = [percent(scores.pck(share)) for share in THRESHOLDS]
        cells += [f"{scores.mean_error:.1f}", f"{scores.mean_relative_error:.1f}"]
        rows.append([result.label, *cells, f"{learning:.2f}", f"{finding:.2f}"])
    return Table(headings, rows)


def shape_table(results: Sequence[RunResult]) -> Table:
    """Return errors in percent of the centroid size, and relative to how specimens and people differ.

    A person agrees with another one within 0.7 to 0.9 % on average (`PEOPLE`).
    """
    headings = ["matcher", *(f"within {limit} %" for limit in WITHIN)]
    headings += ["mean, %", "95 % within, %", "shape difference, %", "share of it"]
    rows = []
    for result in results:
        scores = scores_of(result.measurements, "corrected")
        difference = result.shape_difference
        rows.append(
            [
                result.label,
                *(percent(scores.share_within(limit)) for limit in WITHIN),
                f"{scores.mean_relative_error:.2f}",
                f"{scores.relative_error_95:.2f}",
                "-" if difference is None else f"{difference:.2f}",
                "-" if not difference else f"{scores.mean_relative_error / difference:.2f}",
            ]
        )
    return Table(headings, [*rows, list(PEOPLE)])


def class_table(results: Sequence[RunResult], protocol: Protocol = "corrected") -> Table:
    """Return PCK per image of each class."""
    classes = sorted({row.category for result in results for row in result.measurements})
    rows = []
    for name in classes:
        cells = [name]
        for result in results:
            own = [row for row in result.measurements if row.category == name]
            value = scores_of(own, protocol).pck(CLASS_THRESHOLD, "image") if own else None
            cells.append("-" if value is None else percent(value))
        rows.append(cells)
    return Table(["class", *(result.label for result in results)], rows)


def published_table(dataset: str) -> Table | None:
    """Return all published figures for a data set; None if there are none."""
    rows = [[figure.method, figure.text] for figure in PUBLISHED if figure.dataset == dataset]
    return Table(["method", "PCK@0.05 / 0.1"], rows) if rows else None


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f}"


def with_interval(share: float, interval: tuple[float, float]) -> str:
    """Return a share and its interval in percent; an interval of NaN is left out."""
    low, high = interval
    return percent(share) if low != low else f"{percent(share)} ({percent(low)} to {percent(high)})"
