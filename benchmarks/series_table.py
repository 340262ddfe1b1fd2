"""Tables of docs/evidence.md on series of specimens, from what `evidence_series.py` stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_homolog.benchmark.benchmark_report import PEOPLE

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


def series_rows(series: Series) -> list[list[str]]:
    """Return a row for each run, and one for people."""
    rows = [[label, *_cells(run)] for label, run in series.runs.items()]
    return [*rows, [*PEOPLE[:6], "-", "-", "-"]]


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
