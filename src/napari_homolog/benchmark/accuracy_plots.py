"""Plots of benchmarks: accuracy against the threshold, and against time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import numpy as np

from ..figures import figure
from ..files import atomic_write
from .measurements import mean_seconds, scores_of
from .run_results import PROTOCOLS, DataGroup, RunResult

THRESHOLDS = np.linspace(0, 0.2, 81)
DASHES = ("-", "--", ":")
COLOURS = 10
"""Of matplotlib's cycle: runs after these get other dashes."""

NAME_WIDTH = 44
"""Characters in a line of a run's name, which may list many changed settings."""


def plot_curves(path: Path, results: Sequence[RunResult]) -> None:
    """Plot PCK per image against the threshold, for runs on the same data and both protocols."""
    height = 4 + 0.25 * ((len(results) + 1) // 2)
    with atomic_write(path) as file, figure(file, len(PROTOCOLS), (9.5, height)) as axes:
        for axis, protocol in zip(axes, PROTOCOLS, strict=True):
            for number, result in enumerate(results):
                scores = scores_of(result.measurements, protocol)
                values = [scores.pck(float(threshold), "image") for threshold in THRESHOLDS]
                dashes = DASHES[number // COLOURS % len(DASHES)]
                name = fill(result.label, NAME_WIDTH)
                axis.plot(THRESHOLDS, values, dashes, label=name, linewidth=1.5)
            axis.set(title=protocol, xlabel="threshold", xlim=(0, THRESHOLDS[-1]), ylim=(0, 1))
        axes[0].set_ylabel("PCK per image")
        lines, names = axes[-1].get_legend_handles_labels()
        axes[0].figure.legend(lines, names, loc="outside lower center", ncols=2, fontsize=8)


def plot_seconds(path: Path, groups: Sequence[DataGroup], threshold: float = 0.1) -> None:
    """Plot corrected PCK per image against the seconds of learning a source and of finding.

    Parameters
    ----------
    path : Path
        PNG file to write.
    groups : sequence of DataGroup
        The runs; each group has its own colour.
    threshold : float
        Of the PCK.
    """
    with atomic_write(path) as file, figure(file, 1, (6.5, 4.5)) as (axis,):
        for group in groups:
            runs = [result.measurements for result in group.results]
            seconds = [max(sum(mean_seconds(rows)), 1e-3) for rows in runs]
            values = [scores_of(rows, "corrected").pck(threshold, "image") for rows in runs]
            axis.scatter(seconds, values, label=group.heading)
            for result, x, y in zip(group.results, seconds, values, strict=True):
                name = fill(result.matcher, NAME_WIDTH)
                axis.annotate(name, (x, y), (4, 3), textcoords="offset points", fontsize=6)
        axis.set(
            xlabel="seconds: learning one source and one target",
            ylabel=f"PCK@{threshold} per image, corrected",
            xscale="log",
            ylim=(0, 1.05),
        )
        # Room for the names at the right.
        axis.margins(x=0.3)
        axis.legend(fontsize=8)
