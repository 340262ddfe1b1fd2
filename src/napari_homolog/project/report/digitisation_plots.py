"""The plots of a repeatability report, each a figure inside the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...figures import (
    MOST_BARS,
    PRINT_DPI,
    draw_distances,
    draw_shapes,
    figure,
    label_landmark,
    lay_out_shape,
)
from ...pages import Figure
from .comparison import Comparison
from .outliers import Outliers

WIDTH = 10.0
"""Width of all plots in inches."""

HEIGHTS = (2.5, 6.5)
"""Smallest and largest height of plots of shapes in inches."""

LIMITS = 1.96
"""Standard deviations that include 95 % of differences (Bland and Altman 1986)."""

MAGNIFICATIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Factors by which differences of shape can be magnified."""

LENGTH = 0.12
"""Largest length of the magnified 95th percentile of differences, relative to centroid size."""


def errors(comparison: Comparison, landmarks: Sequence[str]) -> list[Figure]:
    """Plot the distances of each landmark, without accepted predictions, which have none."""
    pairs = [pair for pair in comparison.pairs if not (comparison.review and pair.accepted)]
    relative = all(np.isfinite(pair.percent) for pair in pairs)
    values = {
        name: [pair.percent if relative else pair.error for pair in pairs if pair.landmark == name]
        for name in landmarks
    }
    shown = [name for name in landmarks if values[name]]
    if not shown:
        return []
    positions = range(1, len(shown) + 1)

    def draw(axis: Any) -> None:
        for position, name in zip(positions, shown, strict=True):
            low, median, high = np.percentile(values[name], (25, 50, 75))
            axis.barh(position, high - low, 0.5, low, facecolor="0.92", edgecolor="0.4")
            axis.plot((median, median), (position - 0.25, position + 0.25), color="tab:red")
            # Spread out, so that equal values do not hide each other.
            spread = position + np.linspace(-0.18, 0.18, len(values[name]))
            axis.scatter(
                values[name], spread, s=9, alpha=0.5, color="tab:blue", linewidths=0, zorder=3
            )
        axis.set_yticks(list(positions), shown)
        axis.invert_yaxis()
        axis.set_xlim(left=0)
        axis.set_xlabel("distance, % of the centroid size" if relative else "distance, px")

    without = ", without accepted predictions" if comparison.review else ""
    caption = (
        f"Distance between {comparison.first.name} and {comparison.second.name} for each landmark"
        f"{without}. Each dot is a specimen; boxes span the middle half, their line is the median."
    )
    return [_figure(1.2 + 0.34 * len(shown), caption, draw)]


def agreement(comparison: Comparison) -> list[Figure]:
    """Plot the superimposed differences between two digitisations at the mean shape."""
    mean, differences = comparison.agreement.mean, comparison.agreement.differences
    if mean is None or differences is None:
        return []
    first, second = comparison.first.name, comparison.second.name
    factor = _magnification(differences)

    def draw(axis: Any) -> None:
        _draw_differences(axis, mean, differences * factor, comparison.agreement.landmarks)
        magnified = f", magnified {factor} times" if factor > 1 else ""
        axis.set_title(f"{first} minus {second}{magnified}", fontsize=10)

    caption = (
        f"The mean shape (crosses), and the position of {first} relative to {second}: a dot for each "
        "specimen, arrows to their mean. A cloud beside its cross indicates a systematic difference."
    )
    return [_figure(_height_of(mean + factor * differences), caption, draw)]


def sizes(comparison: Comparison) -> Figure:
    """Plot the differences of the centroid sizes.

    Raises
    ------
    ValueError
        If there are fewer than two specimens, so that `Agreement.size_bias` is None.
    """
    values, bias = comparison.agreement.sizes, comparison.agreement.size_bias
    if values is None or bias is None:
        raise ValueError("Centroid sizes of two specimens are needed to plot their differences.")
    first, second = comparison.first.name, comparison.second.name

    def draw(axis: Any) -> None:
        differences = 100 * (values[:, 0] - values[:, 1]) / values.mean(1)
        axis.scatter(values.mean(1), differences, s=14, alpha=0.7)
        for deviations, style in ((0, "-"), (-LIMITS, "--"), (LIMITS, "--")):
            line = bias[0] + deviations * bias[1]
            axis.axhline(line, color="0.3", linestyle=style, linewidth=1)
        axis.set(xlabel="mean centroid size, px", ylabel=f"{first} minus {second}, % of the mean")

    caption = (
        "Difference of the centroid sizes (Bland and Altman), a dot for each specimen; the mean, and "
        f"{LIMITS} standard deviations above and below it."
    )
    return _figure(3.4, caption, draw)


def outliers(found: Outliers) -> list[Figure]:
    """Plot the superimposed specimens with outliers circled, and their distances to the mean."""
    series = found.series
    if series is None:
        return []

    def draw_over(axis: Any) -> None:
        draw_shapes(axis, series, found.found)

    def draw_bars(axis: Any) -> None:
        draw_distances(axis, series, found.found, found.specimens)

    bars = min(len(found.specimens), MOST_BARS)
    farthest = f"The {bars} specimens farthest from the mean" if bars > 1 else "The specimen"
    return [
        _figure(
            _height_of(series.shapes),
            f"Shapes in {found.name}, outliers circled in red.",
            draw_over,
        ),
        _figure(0.9 + 0.2 * bars, f"{farthest}, those with outliers in red.", draw_bars),
    ]


def _height_of(shapes: NDArray[np.float64]) -> float:
    """Return the height in inches at which shapes (..., 2) fill the width of the page."""
    points = shapes.reshape(-1, 2)
    rows, cols = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
    return float(np.clip(WIDTH * rows / max(cols, 1e-9) + 0.5, *HEIGHTS))


def _magnification(differences: NDArray[np.float64]) -> int:
    """Return the factor by which differences of shape are magnified to be visible."""
    usual = float(np.percentile(np.linalg.norm(differences, axis=2), 95))
    fitting = [factor for factor in MAGNIFICATIONS if factor * usual <= LENGTH]
    return fitting[-1] if fitting else MAGNIFICATIONS[0]


def _draw_differences(
    axis: Any, mean: NDArray[np.float64], differences: NDArray[np.float64], names: Sequence[str]
) -> None:
    """Draw differences (n, k, 2) at the landmarks of the mean shape (k, 2), and their means."""
    for index, name in enumerate(names):
        row, col = mean[index]
        positions = mean[index] + differences[:, index]
        axis.scatter(positions[:, 1], positions[:, 0], s=8, alpha=0.5, linewidths=0)
        down, right = differences[:, index].mean(0)
        axis.annotate(
            "",
            xy=(col + right, row + down),
            xytext=(col, row),
            arrowprops={"arrowstyle": "->", "color": "black", "shrinkA": 0, "shrinkB": 0},
        )
        label_landmark(axis, name, mean[index])
    axis.scatter(mean[:, 1], mean[:, 0], marker="+", color="black")
    lay_out_shape(axis)


def _figure(height: float, caption: str, draw: Callable[[Any], None]) -> Figure:
    file = BytesIO()
    with figure(file, 1, (WIDTH, height), PRINT_DPI) as (axis,):
        draw(axis)
    return Figure.embedded(file.getvalue(), caption)
