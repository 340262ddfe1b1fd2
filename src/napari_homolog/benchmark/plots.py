"""Plots of benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import numpy as np

from ..figures import figure
from ..files import atomic_write
from .results import PROTOCOLS, Result
from .rows import scores_of, seconds_per_pair

SHARES = np.linspace(0, 0.2, 81)
DASHES = ("-", "--", ":")
NAME_WIDTH = 44
"""Characters in a line of a run's name, which may list many changed settings."""


def plot_curves(path: Path, results: Sequence[Result]) -> None:
    """Plot PCK per image against the threshold, for runs on one data set and both protocols."""
    height = 4 + 0.25 * ((len(results) + 1) // 2)
    with atomic_write(path) as file, figure(file, len(PROTOCOLS), (9.5, height)) as axes:
        for axis, protocol in zip(axes, PROTOCOLS, strict=True):
            for number, result in enumerate(results):
                scores = scores_of(result.rows, protocol)
                values = [scores.pck(float(share), "image") for share in SHARES]
                # Ten colours: whatever comes after them is told by its dashes.
                dashes = DASHES[number // 10 % len(DASHES)]
                axis.plot(SHARES, values, dashes, label=_wrapped(result), linewidth=1.5)
            axis.set(title=protocol, xlabel="threshold", xlim=(0, SHARES[-1]), ylim=(0, 1))
        axes[0].set_ylabel("PCK per image")
        lines, names = axes[-1].get_legend_handles_labels()
        axes[0].figure.legend(lines, names, loc="outside lower center", ncols=2, fontsize=8)


def plot_seconds(path: Path, results: Sequence[Result], share: float = 0.1) -> None:
    """Plot PCK per image, corrected, against the seconds of learning a source and of finding."""
    with atomic_write(path) as file, figure(file, 1, (6.5, 4.5)) as (axis,):
        for title in dict.fromkeys(result.title for result in results):
            own = [result for result in results if result.title == title]
            seconds = [max(sum(seconds_per_pair(one.rows)), 1e-3) for one in own]
            values = [scores_of(one.rows, "corrected").pck(share, "image") for one in own]
            axis.scatter(seconds, values, label=title)
            for one, x, y in zip(own, seconds, values, strict=True):
                name = fill(one.matcher, NAME_WIDTH)
                axis.annotate(name, (x, y), (4, 3), textcoords="offset points", fontsize=6)
        axis.set(
            xlabel="seconds: learning one source and one target",
            ylabel=f"PCK@{share} per image, corrected",
            xscale="log",
            ylim=(0, 1.05),
        )
        # Room for the names at the right.
        axis.margins(x=0.3)
        axis.legend(fontsize=8)


def label(result: Result) -> str:
    """Return what a run is called in plots and tables."""
    return f"{result.matcher}, {result.network}" if result.network else result.matcher


def _wrapped(result: Result) -> str:
    return fill(label(result), NAME_WIDTH)
