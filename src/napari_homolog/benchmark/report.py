"""Reports: tables, plots and pictures of any number of runs, with the published figures beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..document import Block, Heading, Paragraph, Picture, Table, to_html, to_markdown
from ..files import atomic_write
from .datasets import Protocol
from .plots import label, plot_curves, plot_seconds
from .published import PUBLISHED, published
from .results import AVERAGINGS, THRESHOLDS, Result, read_results
from .rows import scores_of, seconds_per_pair
from .scores import Scores

TITLE = "Benchmark"
PUBLISHED_SHARES = (0.05, 0.1)
CLASS_SHARE = 0.1

HOW_TO_READ = (
    "PCK@t is the percentage of points within t times a length of their true place, here with 95 % "
    "confidence intervals by bootstrap over pairs, those with the same source drawn together. Per "
    "image every pair counts once, per point every point. Official: the thresholds of the paper's "
    "authors with their slips, on pictures squashed to 512 x 512 pixels. Corrected: the longer side "
    "of the object's box, or of its landmarks' box where there are no boxes, in the target's own "
    "pixels. Errors are in the target's pixels and in percent of the centroid size of its landmarks."
)
OF_OTHERS = (
    "The last column has what the paper reports for a matcher of the same kind, at 0.05 / 0.1: with "
    "its own checkpoint, on all test pairs. It is there to be compared with, not a claim about "
    "these runs."
)


def write_report(folders: Sequence[Path], out: Path) -> list[Result]:
    """Write ``report.md``, ``report.html``, ``summary.json`` and plots.

    Parameters
    ----------
    folders : sequence of Path
        Runs, or folders with runs in them.
    out : Path
        Gets the report; made where it does not exist.

    Returns
    -------
    list of Result
        The runs in it.

    Raises
    ------
    SettingsError
        If there is no run.
    HomologError
        If matplotlib is not installed.
    """
    results = read_results(folders)
    out.mkdir(parents=True, exist_ok=True)
    blocks: list[Block] = [Heading(TITLE, 1), Paragraph(HOW_TO_READ)]
    for title in dict.fromkeys(result.title for result in results):
        own = [result for result in results if result.title == title]
        blocks += _about_dataset(own, out)
    plot_seconds(out / "seconds.png", results)
    blocks += [
        Heading("Accuracy against time"),
        Picture("seconds.png", "PCK against seconds, on the machine that ran the benchmarks"),
    ]
    for name, text in (
        ("report.md", to_markdown(blocks)),
        ("report.html", to_html(TITLE, blocks)),
        ("summary.json", json.dumps([one.summary() for one in results], indent=2) + "\n"),
    ):
        with atomic_write(out / name) as file:
            file.write(text.encode())
    return results


def _about_dataset(results: Sequence[Result], out: Path) -> list[Block]:
    dataset = results[0].dataset
    named = "".join(c if c.isalnum() else "-" for c in results[0].title.lower())
    plot = f"pck-{named}.png"
    plot_curves(out / plot, results)
    blocks: list[Block] = [Heading(results[0].title)]
    unfinished = [one for one in results if one.pairs < one.notes["pairs"]]
    blocks += [
        Paragraph(f"Not finished: {label(one)}, {one.pairs} of {one.notes['pairs']} pairs.")
        for one in unfinished
    ]
    blocks += [
        Heading("Official protocol", 3),
        official_table(results),
        Paragraph(OF_OTHERS),
        Heading("Corrected protocol", 3),
        corrected_table(results),
        error_table(results),
        Picture(plot, "PCK against the threshold"),
    ]
    if any(one.dataset == dataset for one in PUBLISHED):
        blocks += [Heading("As published", 3), published_table(dataset)]
    blocks += [
        Heading(f"PCK@{CLASS_SHARE} of each class, per image, corrected", 3),
        class_table(results),
    ]
    for result in results:
        for path in result.examples:
            caption = f"{label(result)}: the {path.stem} pairs"
            blocks.append(Picture(os.path.relpath(path, out).replace(os.sep, "/"), caption))
    return blocks


def official_table(results: Sequence[Result]) -> Table:
    """Return PCK at the published thresholds under the official protocol, and what was published."""
    headings = ["matcher", "sources", "pairs", "points"]
    headings += [f"PCK@{share}, per {per}" for share in PUBLISHED_SHARES for per in AVERAGINGS]
    rows = []
    for result in results:
        sources = len({row.source for row in result.rows})
        cells = [label(result), str(sources), str(result.pairs), str(len(result.rows))]
        scores = scores_of(result.rows, "official")
        cells += [
            with_interval(scores.pck(share, per), scores.pck_interval(share, per))
            for share in PUBLISHED_SHARES
            for per in AVERAGINGS
        ]
        rows.append([*cells, published(result.dataset, result.matcher) or "-"])
    return Table([*headings, "published"], rows)


def corrected_table(results: Sequence[Result]) -> Table:
    """Return PCK per image at all thresholds under the corrected protocol."""
    rows = []
    for result in results:
        scores = scores_of(result.rows, "corrected")
        cells = [
            with_interval(scores.pck(share, "image"), scores.pck_interval(share, "image"))
            for share in THRESHOLDS
        ]
        rows.append([label(result), *cells])
    return Table(["matcher, per image", *(f"PCK@{share}" for share in THRESHOLDS)], rows)


def error_table(results: Sequence[Result]) -> Table:
    """Return PCK per point, mean errors and seconds, under the corrected protocol."""
    headings = ["matcher, per point", *(f"PCK@{share}" for share in THRESHOLDS)]
    headings += ["mean error, px", "% of centroid size", "s learning", "s finding"]
    rows = []
    for result in results:
        scores: Scores = scores_of(result.rows, "corrected")
        learning, finding = seconds_per_pair(result.rows)
        cells = [percent(scores.pck(share)) for share in THRESHOLDS]
        cells += [f"{scores.mean_error:.1f}", f"{scores.mean_relative_error:.1f}"]
        rows.append([label(result), *cells, f"{learning:.2f}", f"{finding:.2f}"])
    return Table(headings, rows)


def class_table(results: Sequence[Result], protocol: Protocol = "corrected") -> Table:
    """Return PCK per image of each class."""
    classes = sorted({row.category for result in results for row in result.rows})
    rows = []
    for name in classes:
        cells = [name]
        for result in results:
            own = [row for row in result.rows if row.category == name]
            value = scores_of(own, protocol).pck(CLASS_SHARE, "image") if own else None
            cells.append("-" if value is None else percent(value))
        rows.append(cells)
    return Table(["class", *(label(result) for result in results)], rows)


def published_table(dataset: str) -> Table:
    """Return all published figures for a data set."""
    rows = [[one.method, one.text] for one in PUBLISHED if one.dataset == dataset]
    return Table(["method", "PCK@0.05 / 0.1"], rows)


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f}"


def with_interval(share: float, interval: tuple[float, float]) -> str:
    """Return a share and its interval in percent."""
    low, high = interval
    return percent(share) if low != low else f"{percent(share)} ({percent(low)} to {percent(high)})"
