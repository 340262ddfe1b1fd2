"""Matplotlib figures as PNG, and plots of superimposed shapes that several parts share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .errors import HomologError

if TYPE_CHECKING:
    from .procrustes import DigitisingOutlier, Superimposition

SCREEN_DPI = 110
PRINT_DPI = 170
"""Resolution of figures that are also printed."""

MOST_BARS = 25
"""Largest number of specimens in a bar plot: those farthest from the mean."""


def require_matplotlib() -> None:
    """Raise `HomologError` unless matplotlib is installed."""
    if find_spec("matplotlib") is None:
        raise HomologError(
            "Plots need matplotlib, which is not installed; run `pip install matplotlib`."
        )


@contextmanager
def figure(
    file: BinaryIO, columns: int, size: tuple[float, float], dpi: int = SCREEN_DPI
) -> Iterator[Any]:
    """Draw a figure with several plots side by side.

    Parameters
    ----------
    file : binary file
        Gets the figure as PNG when the block ends.
    columns : int
        Number of plots.
    size : (float, float)
        Width and height in inches.
    dpi : int
        Resolution in dots per inch.

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
    from matplotlib.text import Text

    drawn = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.subplots(1, columns, squeeze=False)[0]
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.set_axisbelow(True)
    yield axes
    for text in drawn.findobj(Text):
        # Names may hold dollar signs, which are no formulas.
        text.set_parse_math(False)
    drawn.savefig(file, format="png", dpi=dpi)


def draw_shapes(axis: Any, series: Superimposition, outliers: Sequence[DigitisingOutlier]) -> None:
    """Draw superimposed specimens with the names of the landmarks; outliers are circled.

    Parameters
    ----------
    axis : matplotlib Axes
        Where to draw.
    series : Superimposition
        The specimens.
    outliers : sequence of DigitisingOutlier
        Those of the series.
    """
    for index, name in enumerate(series.names):
        axis.scatter(series.shapes[:, index, 1], series.shapes[:, index, 0], s=8, alpha=0.6)
        label_landmark(axis, name, series.mean[index])
    for outlier in outliers:
        circled = [series.names.index(name) for name in outlier.landmarks]
        rows, cols = series.shapes[outlier.specimen, circled].T
        axis.scatter(cols, rows, s=60, facecolors="none", edgecolors="red")
    axis.scatter(series.mean[:, 1], series.mean[:, 0], marker="+", color=text_colour())
    axis.set_title("specimens on their mean", fontsize=10)
    lay_out_shape(axis)


def draw_distances(
    axis: Any,
    series: Superimposition,
    outliers: Sequence[DigitisingOutlier],
    specimens: Sequence[str],
) -> None:
    """Draw the Procrustes distances of specimens to the mean, those with outliers in red.

    Parameters
    ----------
    axis : matplotlib Axes
        Where to draw.
    series : Superimposition
        The specimens.
    outliers : sequence of DigitisingOutlier
        Those of the series.
    specimens : sequence of str
        Names of the specimens.
    """
    order = np.argsort(series.distances)[::-1][:MOST_BARS][::-1]
    with_outliers = {outlier.specimen for outlier in outliers}
    axis.barh(
        [specimens[index] for index in order],
        series.distances[order],
        color=["tab:red" if index in with_outliers else "tab:blue" for index in order],
    )
    axis.tick_params(labelsize=7)
    axis.set_title("Procrustes distance to the mean", fontsize=10)


def label_landmark(axis: Any, name: str, point: NDArray[np.float64]) -> None:
    """Write a landmark's name beside its position.

    Parameters
    ----------
    axis : matplotlib Axes
        Where to draw.
    name : str
        The name.
    point : ndarray, shape (2,)
        (row, col).
    """
    axis.annotate(
        name,
        point[::-1],
        (4, 4),
        textcoords="offset points",
        fontsize=7,
        color=text_colour(),
        alpha=0.75,
    )


def lay_out_shape(axis: Any) -> None:
    """Draw rows downwards as on images, with equal scales and without ticks."""
    # Room for the names at the edges.
    axis.margins(0.07)
    axis.set(aspect="equal", xticks=[], yticks=[])
    axis.invert_yaxis()


def text_colour() -> str:
    """Return the colour of text in matplotlib's present style, light or dark."""
    from matplotlib import rcParams

    return str(rcParams["text.color"])
