"""Tables of docs/evidence.md on series of specimens, from what `evidence_series.py` stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_homolog.benchmark.benchmark_report import PEOPLE
from stored_figures import PageError, markdown_table

HEADINGS = (
    "what", "within 1 %", "2 %", "5 %", "mean, %", "95 % within, %", "share of shape difference",
    "s learning", "s a target",
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """The stored runs on one set, by what the page calls them."""

    name: str
    runs: dict[str, dict[str, Any]]


def read_series(path: Path) -> dict[str, Series]:
    """Return the stored runs by the names of their sets."""
    if not path.is_file():
        return {}
    sets = json.loads(path.read_text(encoding="utf-8"))["figures"]["sets"]
    return {name: Series(name, runs) for name, runs in sets.items()}


def series_table(series: Series) -> str:
    """Return errors in percent of the centroid size, a row for each run and one for people."""
    rows = [[label, *_cells(run)] for label, run in series.runs.items()]
    return markdown_table(HEADINGS, [*rows, [*PEOPLE[:6], "-", "-", "-"]])


def some_of_series(*series_and_labels: Series | str) -> str:
    """Return mean and 95 % of some runs, a row for each series and label after it."""
    rows = []
    series = None
    for word in series_and_labels:
        if isinstance(word, Series):
            series = word
        elif series is None or word not in series.runs:
            raise PageError(f"{word!r} was not measured on {series.name if series else word}.")
        else:
            run = series.runs[word]
            rows.append([f"{series.name}, {word}", f"{run['mean']:.2f}", f"{run['error_95']:.2f}"])
    return markdown_table(("series", "mean", "95 %"), rows)


def series_error(series: Series, label: str) -> str:
    """Return the mean error of a run, in percent of the centroid size."""
    if label not in series.runs:
        raise PageError(f"{label!r} was not measured on {series.name}.")
    return f"{series.runs[label]['mean']:.2f}"


def series_counts(series: Series) -> str:
    """Return how much was measured, and how different the specimens are."""
    counts = {(run["pairs"], run["sources"]) for run in series.runs.values()}
    ((pairs, sources),) = counts
    difference = next(iter(series.runs.values()))["shape_difference"]
    return f"{pairs} pairs from {sources} sources; shape difference {difference:.1f} %"


def _cells(run: dict[str, Any]) -> Sequence[str]:
    difference = run["shape_difference"]
    return [
        *(f"{100 * run['within'][limit]:.0f}" for limit in ("1", "2", "5")),
        f"{run['mean']:.2f}",
        f"{run['error_95']:.2f}",
        f"{run['mean'] / difference:.2f}" if difference else "-",
        f"{run['learn_seconds']:.1f}",
        f"{run['find_seconds']:.1f}",
    ]


MAKERS: dict[str, Callable[..., str]] = {
    "series table": series_table,
    "series counts": series_counts,
    "series error": series_error,
    "some of series table": some_of_series,
}
"""By the first word of a block, which is followed by the series' name and more, divided by bars."""
