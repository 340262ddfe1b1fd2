"""Figures: plots as PNG, and what several of them show alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .errors import HomologError

if TYPE_CHECKING:
    from .shapes import Slip, Superimposition

DOTS_PER_INCH = 110
FINE = 170
"""Dots per inch of figures that are also printed."""

MOST_BARS = 25
"""A plot of specimens shows no more than these, those that are farthest from the mean."""


def require_matplotlib() -> None:
    """Raise `HomologError` unless matplotlib is installed."""
    if find_spec("matplotlib") is None:
        raise HomologError(
            "Plots need matplotlib, which is not installed; run `pip install matplotlib`."
        )


@contextmanager
def figure(
    file: BinaryIO, columns: int, size: tuple[float, float], dots: int = DOTS_PER_INCH
) -> Iterator[Any]:
    """Draw a figure of some plots beside each other.

    Parameters
    ----------
    file : binary file
        Gets the figure as PNG, after the block.
    columns : int
        How many plots.
    size : (float, float)
        Width and height in inches.
    dots : int
        Dots per inch.

    Yields
    ------
    ndarray of matplotlib Axes, shape (columns,)

    Raises
    ------
    HomologError
        If matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.subplots(1, columns, squeeze=False)[0]
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.set_axisbelow(True)
    yield axes
    drawn.savefig(file, format="png", dpi=dots)


def draw_shapes(axis: Any, series: Superimposition, slips: Sequence[Slip]) -> None:
    """Draw specimens over one another, slips ringed, with the names of the landmarks."""
    for index, name in enumerate(series.names):
        axis.scatter(series.shapes[:, index, 1], series.shapes[:, index, 0], s=8, alpha=0.6)
        name_landmark(axis, name, series.mean[index])
    for slip in slips:
        ringed = [series.names.index(name) for name in slip.landmarks]
        rows, cols = series.shapes[slip.specimen, ringed].T
        axis.scatter(cols, rows, s=60, facecolors="none", edgecolors="red")
    axis.scatter(series.mean[:, 1], series.mean[:, 0], marker="+", color="black")
    axis.set_title("specimens on their mean", fontsize=10)
    lay_out_shape(axis)


def draw_distances(
    axis: Any, series: Superimposition, slips: Sequence[Slip], specimens: Sequence[str]
) -> None:
    """Draw how far specimens lie from the mean, those with slips in red, by their names."""
    order = np.argsort(series.distances)[::-1][:MOST_BARS][::-1]
    bad = {slip.specimen for slip in slips}
    axis.barh(
        [specimens[index] for index in order],
        series.distances[order],
        color=["tab:red" if index in bad else "tab:blue" for index in order],
    )
    axis.tick_params(labelsize=7)
    axis.set_title("Procrustes distance to the mean", fontsize=10)


def name_landmark(axis: Any, name: str, point: NDArray[np.float64]) -> None:
    """Write a landmark's name beside its place (row, col)."""
    axis.annotate(name, point[::-1], (4, 4), textcoords="offset points", fontsize=7, color="0.3")


def lay_out_shape(axis: Any) -> None:
    """Let rows run downwards as on images, as long as columns, and leave out the numbers."""
    # Room for the names at the edges.
    axis.margins(0.07)
    axis.set(aspect="equal", xticks=[], yticks=[])
    axis.invert_yaxis()
