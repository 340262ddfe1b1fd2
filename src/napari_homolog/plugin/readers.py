"""Files that napari opens through the plugin: landmarks as Points, sets and projects in the dock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import formats
from ..image_names import stem_of
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
    Specimens whose image is missing are left out, and named in a notification.

    Raises
    ------
    FormatError
        If the file is damaged, or no image that is needed is there.
    """
    layers: list[LayerData] = []
    for specimen in _specimens_with_images(path):
        marks = specimen.landmarks
        there = marks.present
        if not there.any():
            continue
        names = np.array(marks.names)[there].tolist()
        look = {
            "name": f"{_title(specimen, Path(path))} landmarks",
            "features": {"name": names},
            "size": POINT_SIZE,
            "face_color": "transparent",
            "border_color": "white",
            "border_width": 0.25,
        }
        layers.append((marks.points[there], look, "points"))
    return layers


def _specimens_with_images(path: str) -> list[formats.Specimen]:
    from napari.utils.notifications import show_warning

    images, missing = ImageLookup(Path(path).absolute().parent), dict[str, None]()

    def size_of(name: str) -> tuple[int, int]:
        size = images.size_of(name)
        if size is None:
            missing[name] = None
        return size or formats.ANY_SIZE

    found = formats.read_landmarks(path, image_size=size_of, orientation=images.orientation_of)
    kept = [specimen for specimen in found if specimen.image not in missing]
    if missing and not kept:
        # With the error that says what is needed.
        return formats.read_landmarks(path, image_size=images.size_of)
    if missing:
        show_warning(
            f"{len(found) - len(kept)} of {len(found)} specimens of {Path(path).name} were left out: "
            f"there is no {', '.join(missing)} beside it."
        )
    return kept


def _title(specimen: formats.Specimen, file: Path) -> str:
    """Return what a specimen is called: TPS files count them from 0, which tells nobody anything."""
    identifier = specimen.identifier or ""
    if identifier and not identifier.isdecimal():
        return identifier
    return stem_of(specimen.image) or identifier or file.stem


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
