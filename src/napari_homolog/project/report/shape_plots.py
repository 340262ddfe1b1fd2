"""Plots of shapes along their principal components, each a figure inside a page."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...figures import PRINT_DPI, figure, lay_out_shape, text_colour
from ...pages import Figure
from ...shape_space import ShapeSpace
from .shapes_at_a_glance import ShapesAtAGlance

WIDTH = 10.0
"""Width of all plots in inches."""

SHOWN_AXES = 2
"""Axes whose ends are drawn."""


def components(shapes: ShapesAtAGlance) -> Figure:
    """Plot the specimens along the first two axes, or the only one; unusual ones are named.

    Raises
    ------
    ValueError
        If there is no shape space.
    """
    file = BytesIO()
    with figure(file, 1, (WIDTH, 5.5), PRINT_DPI) as (axis,):
        draw_components(axis, shapes)
    triangles = " Triangles are laid onto the space of the dots." if shapes.decided_only else ""
    caption = (
        "Each dot is a specimen; distances are Procrustes distances, as far as two axes show them. "
        f"Those of unusual shape are named.{triangles}"
    )
    return Figure.embedded(file.getvalue(), caption)


def draw_components(axis: Any, shapes: ShapesAtAGlance) -> NDArray[np.float64]:
    """Draw the specimens along the first two axes, or the only one; unusual ones are named.

    Parameters
    ----------
    axis : matplotlib Axes
        Where to draw.
    shapes : ShapesAtAGlance
        The specimens, with a shape space.

    Returns
    -------
    ndarray of float64, shape (m, 2)
        Where each specimen is, (x, y).

    Raises
    ------
    ValueError
        If there is no shape space.
    """
    space = _required(shapes)
    second = space.scores.shape[1] > 1
    across = space.scores[:, 0]
    up = space.scores[:, 1] if second else np.zeros(len(across))
    values = shapes.classes or ("",) * len(across)
    for number, value in enumerate(dict.fromkeys(values)):
        own, colour = np.array([each == value for each in values]), f"C{number}"
        for made, marker in ((True, "o"), (False, "^")):
            shown = own & (space.training == made)
            axis.scatter(across[shown], up[shown], s=26, marker=marker, color=colour, linewidths=0)
        axis.scatter([], [], color=colour, label=value or "none")
    for place in space.unusual():
        axis.annotate(
            shapes.specimens[place],
            (across[place], up[place]),
            (5, 4),
            textcoords="offset points",
            fontsize=7,
        )
    if shapes.classes:
        axis.legend(title=shapes.column, fontsize=8)
    axis.set_xlabel(_axis_name(space, 0))
    axis.set_ylabel(_axis_name(space, 1) if second else "")
    axis.set_aspect("equal", "datalim")
    return np.stack([across, up], axis=1)


def ends(shapes: ShapesAtAGlance) -> list[Figure]:
    """Plot the shapes at both ends of the first axes over the mean shape."""
    space = _required(shapes)
    figures = []
    for number in range(min(SHOWN_AXES, len(space.axes))):
        points = np.concatenate([*space.ends(number), space.series.mean])
        rows, cols = np.ptp(points, axis=0)
        height = float(np.clip(0.5 * WIDTH * rows / max(cols, 1e-9) + 0.9, 2.4, 6.0))
        file = BytesIO()
        with figure(file, 2, (WIDTH, height), PRINT_DPI) as axes:
            draw_ends(axes, shapes, number)
        caption = (
            f"The shapes where the outermost specimens are on axis {number + 1} (dots), the mean "
            "(crosses), and lines from one to the other."
        )
        figures.append(Figure.embedded(file.getvalue(), caption))
    return figures


def draw_ends(axes: Sequence[Any], shapes: ShapesAtAGlance, number: int) -> None:
    """Draw the shapes at both ends of an axis of the shape space, each over the mean.

    Parameters
    ----------
    axes : two matplotlib Axes
        For the lowest and for the highest end.
    shapes : ShapesAtAGlance
        The specimens, with a shape space.
    number : int
        Which axis of the space, from 0.
    """
    space = _required(shapes)
    low, high = space.ends(number)
    points = np.concatenate([low, high, space.series.mean])
    for axis, shape, what in zip(axes, (low, high), ("lowest", "highest"), strict=True):
        _draw_change(axis, space.series.mean, shape, shapes.links)
        _set_limits(axis, points)
        axis.set_title(f"{what} on {_axis_name(space, number)}", fontsize=10)


def _set_limits(axis: Any, points: NDArray[np.float64]) -> None:
    """Show the same part of the plane in plots beside one another."""
    (top, left), (bottom, right) = points.min(0), points.max(0)
    margin = 0.07 * max(bottom - top, right - left)
    axis.set(xlim=(left - margin, right + margin), ylim=(bottom + margin, top - margin))


def _required(shapes: ShapesAtAGlance) -> ShapeSpace:
    if shapes.space is None:
        raise ValueError("Without a shape space there is nothing to plot.")
    return shapes.space


def _axis_name(space: ShapeSpace, number: int) -> str:
    return f"PC{number + 1} ({100 * space.shares[number]:.1f} %)"


def _draw_change(
    axis: Any,
    mean: NDArray[np.float64],
    shape: NDArray[np.float64],
    links: Sequence[tuple[int, int]],
) -> None:
    """Draw a shape (n, 2) over the mean (n, 2)."""
    for one, other in links:
        axis.plot(*mean[[one, other]].T[::-1], color=text_colour(), alpha=0.25, linewidth=1)
        axis.plot(*shape[[one, other]].T[::-1], color="C0", linewidth=1.2)
    for start, end in zip(mean, shape, strict=True):
        axis.plot(*np.array([start, end]).T[::-1], color="C1", linewidth=1)
    axis.scatter(mean[:, 1], mean[:, 0], marker="+", color=text_colour(), alpha=0.6)
    axis.scatter(shape[:, 1], shape[:, 0], s=18, color="C0", zorder=3)
    lay_out_shape(axis)
