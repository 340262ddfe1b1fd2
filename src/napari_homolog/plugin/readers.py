"""Files that napari opens through the plugin: landmarks as Points, sets and projects in the dock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import formats
from ..images import ImageLookup

LayerData = tuple[Any, ...]
NOTHING: list[LayerData] = [(None,)]
"""What a reader returns that adds no layer."""

POINT_SIZE = 10.0
WIDGET = "Homologous landmarks"


def landmark_reader(path: str | Sequence[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return the reader of landmark files; None for several files at once."""
    return read_landmarks if isinstance(path, str) else None


def dock_reader(path: str | Sequence[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return the reader of projects and landmark sets; None for several files at once."""
    return open_in_dock if isinstance(path, str) else None


def read_landmarks(path: str) -> list[LayerData]:
    """Return one Points layer for each specimen of a landmark file.

    The images are expected beside the file: formats whose y axis points upwards need their height.

    Raises
    ------
    FormatError
        If the file is damaged, or an image that is needed is not there.
    """
    images = ImageLookup(Path(path).absolute().parent)
    layers: list[LayerData] = []
    for specimen in formats.read_landmarks(path, image_size=images.size_of):
        marks = specimen.landmarks
        there = marks.present
        if not there.any():
            continue
        names = np.array(marks.names)[there].tolist()
        look = {
            "name": f"{specimen.identifier or specimen.image or Path(path).stem} landmarks",
            "features": {"name": names},
            "size": POINT_SIZE,
            "face_color": "transparent",
            "border_color": "white",
            "border_width": 0.25,
        }
        layers.append((marks.points[there], look, "points"))
    return layers


def open_in_dock(path: str) -> list[LayerData]:
    """Open a project or a landmark set in the plugin's dock; no layer is added."""
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        return NOTHING
    _, widget = viewer.window.add_plugin_dock_widget("napari-homolog", WIDGET)
    if Path(path).suffix.lower() == ".homolog":
        widget.project_bar.open(Path(path))
    else:
        widget.learn.load(Path(path))
    return NOTHING
