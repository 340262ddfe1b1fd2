"""Plots of a report, each a picture within the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...document import Picture
from ...figures import (
    FINE,
    MOST_BARS,
    draw_distances,
    draw_shapes,
    figure,
    lay_out_shape,
    name_landmark,
)
from .comparison import Comparison
from .outliers import Outliers

WIDTH = 10.0
"""Of all plots, in inches."""

HEIGHTS = (2.5, 6.5)
"""Of plots of shapes, the least and the most, in inches."""

LIMITS = 1.96
"""Standard deviations within which 95 % of differences lie (Bland and Altman 1986)."""

ENLARGED = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""How many times differences of shape can be enlarged."""

REACH = 0.12
"""An enlarged difference at the 95th percentile is about this long, in units of the centroid size."""


def plot_errors(comparison: Comparison, landmarks: Sequence[str]) -> Picture | None:
    """Plot the distances of each landmark; accepted predictions, which have none, are left out."""
    pairs = [one for one in comparison.pairs if not (comparison.review and one.accepted)]
    relative = all(np.isfinite(one.percent) for one in pairs)
    values = {
        name: [one.percent if relative else one.error for one in pairs if one.landmark == name]
        for name in landmarks
    }
    shown = [name for name in landmarks if values[name]]
    if not shown:
        return None
    where = range(1, len(shown) + 1)

    def draw(axis: Any) -> None:
        for place, name in zip(where, shown, strict=True):
            low, median, high = np.percentile(values[name], (25, 50, 75))
            axis.barh(place, high - low, 0.5, low, facecolor="0.92", edgecolor="0.4")
            axis.plot((median, median), (place - 0.25, place + 0.25), color="tab:red")
            # Beside one another, so that equal ones are all seen.
            beside = place + np.linspace(-0.18, 0.18, len(values[name]))
            axis.scatter(
                values[name], beside, s=9, alpha=0.5, color="tab:blue", linewidths=0, zorder=3
            )
        axis.set_yticks(list(where), shown)
        axis.invert_yaxis()
        axis.set_xlim(left=0)
        axis.set_xlabel("distance, % of the centroid size" if relative else "distance, px")

    without = ", without what was accepted as predicted" if comparison.review else ""
    caption = (
        f"Distance between {comparison.first.name} and {comparison.second.name} of each landmark"
        f"{without}. A dot is a specimen; boxes hold the middle half, their line is the median."
    )
    return _picture(1.2 + 0.34 * len(shown), caption, draw)


def plot_differences(comparison: Comparison) -> Picture | None:
    """Plot where the one lies when shapes are superimposed and the other is on the mean."""
    mean, differences = comparison.agreement.mean, comparison.agreement.differences
    if mean is None or differences is None:
        return None
    first, second = comparison.first.name, comparison.second.name
    times = _enlargement(differences)

    def draw(axis: Any) -> None:
        _draw_differences(axis, mean, differences * times, comparison.agreement.landmarks)
        enlarged = f", enlarged {times} times" if times > 1 else ""
        axis.set_title(f"{first} less {second}{enlarged}", fontsize=10)

    caption = (
        f"The mean shape (crosses), and where {first} lies where {second} is laid on the cross: a dot "
        "for each specimen, arrows to their mean. A cloud beside its cross tells of a steady "
        "difference."
    )
    return _picture(_height_of(mean + times * differences), caption, draw)


def plot_sizes(comparison: Comparison) -> Picture | None:
    """Plot the differences of the centroid sizes."""
    sizes, bias = comparison.agreement.sizes, comparison.agreement.size_bias
    if sizes is None or bias is None:
        return None
    first, second = comparison.first.name, comparison.second.name

    def draw(axis: Any) -> None:
        apart = 100 * (sizes[:, 0] - sizes[:, 1]) / sizes.mean(1)
        axis.scatter(sizes.mean(1), apart, s=14, alpha=0.7)
        for deviations, style in ((0, "-"), (-LIMITS, "--"), (LIMITS, "--")):
            line = bias[0] + deviations * bias[1]
            axis.axhline(line, color="0.3", linestyle=style, linewidth=1)
        axis.set(
            xlabel="centroid size, mean of the two, px", ylabel=f"{first} less {second}, % of it"
        )

    caption = (
        "Difference of the centroid sizes (Bland and Altman), a dot for each specimen; the mean, and "
        f"{LIMITS} standard deviations above and below it."
    )
    return _picture(3.4, caption, draw)


def plot_outliers(outliers: Outliers) -> list[Picture]:
    """Plot the superimposed specimens with outliers ringed, and their distances to the mean."""
    series = outliers.series
    if series is None:
        return []

    def draw_over(axis: Any) -> None:
        draw_shapes(axis, series, outliers.slips)

    def draw_bars(axis: Any) -> None:
        draw_distances(axis, series, outliers.slips, outliers.specimens)

    bars = min(len(outliers.specimens), MOST_BARS)
    farthest = f"The {bars} specimens farthest from the mean" if bars > 1 else "The specimen"
    return [
        _picture(
            _height_of(series.shapes),
            f"Shapes in {outliers.name}, outliers ringed in red.",
            draw_over,
        ),
        _picture(0.9 + 0.2 * bars, f"{farthest}, those with outliers in red.", draw_bars),
    ]


def _height_of(shapes: NDArray[np.float64]) -> float:
    """Return the height in inches at which shapes (..., 2) fill the width of the page."""
    points = shapes.reshape(-1, 2)
    rows, cols = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
    return float(np.clip(WIDTH * rows / max(cols, 1e-9) + 0.5, *HEIGHTS))


def _enlargement(differences: NDArray[np.float64]) -> int:
    """Return how many times differences of shape are enlarged, so that they are seen."""
    usual = float(np.percentile(np.linalg.norm(differences, axis=2), 95))
    fitting = [times for times in ENLARGED if times * usual <= REACH]
    return fitting[-1] if fitting else ENLARGED[0]


def _draw_differences(
    axis: Any, mean: NDArray[np.float64], differences: NDArray[np.float64], names: Sequence[str]
) -> None:
    """Draw differences (n, k, 2) at the landmarks of the mean shape (k, 2), and their means."""
    for index, name in enumerate(names):
        row, col = mean[index]
        places = mean[index] + differences[:, index]
        axis.scatter(places[:, 1], places[:, 0], s=8, alpha=0.5, linewidths=0)
        down, right = differences[:, index].mean(0)
        axis.annotate(
            "",
            xy=(col + right, row + down),
            xytext=(col, row),
            arrowprops={"arrowstyle": "->", "color": "black", "shrinkA": 0, "shrinkB": 0},
        )
        name_landmark(axis, name, mean[index])
    axis.scatter(mean[:, 1], mean[:, 0], marker="+", color="black")
    lay_out_shape(axis)


def _picture(height: float, caption: str, draw: Callable[[Any], None]) -> Picture:
    file = BytesIO()
    with figure(file, 1, (WIDTH, height), FINE) as (axis,):
        draw(axis)
    return Picture.within(file.getvalue(), caption)
