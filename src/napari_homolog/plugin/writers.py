"""Files that napari saves through the plugin: Points layers as landmark files."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import formats
from ..errors import LandmarkError
from ..landmarks import Landmarks
from .layers import names_of
from .points_style import OWN


def write_points(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write one Points layer as a landmark file and return what was written.

    Parameters
    ----------
    path : str
        Its suffix determines the format.
    data : ndarray, shape (n, 2)
        (row, col) in pixels.
    meta : dict
        The layer's attributes; names come from the feature ``name``.

    Raises
    ------
    LandmarkError
        If there are no points, or they are not two-dimensional.
    FormatError
        If the format cannot hold them: some need the image's height, which is known only for layers
        that the plugin made.
    """
    points = np.asarray(data, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise LandmarkError(
            f"The layer {meta['name']!r} has points of shape {points.shape}; landmarks are saved "
            "from layers with points on one picture."
        )
    own = meta.get("metadata", {}).get(OWN, {})
    specimen = formats.Specimen(
        image=own.get("image", ""),
        landmarks=Landmarks.from_arrays(names_of(meta.get("features"), len(points)), points),
        identifier=meta["name"],
        image_size=own.get("size"),
    )
    formats.write_landmarks(path, [specimen])
    return [path]
