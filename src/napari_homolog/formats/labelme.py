"""Reading the points of labelme: a JSON file for each image, y downwards.

labelme measures from the corner of the upper left pixel, so that its centre is at 0.5.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError, LandmarkError
from ..landmarks import Landmarks
from .file_specimen import ImageSize, Specimen, combined_error, size_of, warn
from .json_lists import read_lists
from .placement import PlacementCheck
from .text_files import FAR

CORNER = 0.5
"""Distance of a pixel's centre from its upper left corner."""


def looks_like_labelme(text: str) -> bool:
    """Return whether a JSON text is a file of labelme."""
    return '"imagePath"' in text and re.search(r'"shapes"\s*:\s*\[', text) is not None


def read_labelme(path: Path, image_size: ImageSize) -> list[Specimen]:
    """Read the points of a labelme file.

    Parameters
    ----------
    path : Path
        The file.
    image_size : (int, int) or callable, optional
        Height and width in pixels, where the file does not state them.

    Returns
    -------
    list of Specimen
        One for each group of points; those without a group are one. All have the labels of the whole
        file; those that a group lacks are missing.

    Raises
    ------
    FormatError
        With file and line of each problem, up to 20 of them.

    Warns
    -----
    FormatWarning
        About shapes that are no points, which are left out, and landmarks or a size that contradict
        the image.
    """
    lists = read_lists(path)
    shapes, image = lists.items.get("shapes"), lists.values.get("imagePath")
    if shapes is None or not isinstance(image, str):
        raise FormatError(f"{path}: expected labelme's shapes and imagePath.")
    problems, others = list[str](), 0
    groups: dict[object, dict[str, tuple[float, float]]] = {}
    for line, shape in shapes:
        if isinstance(shape, dict) and shape.get("shape_type") != "point":
            others += 1
            continue
        found = _point(shape)
        if found is None:
            problems.append(f"{path}, line {line}: no label and two numbers of a point.")
            continue
        label, group, point = found
        if label in groups.setdefault(group, {}):
            problems.append(
                f"{path}, line {line}: a second point {label!r}; number the labels, or give each "
                "specimen a group."
            )
        groups[group][label] = point
    if problems:
        raise combined_error(problems)
    if not groups:
        raise FormatError(f"{path}: there are no points among its {others} shapes.")
    if others:
        warn(f"{path}: left out {others} shapes that are no points.")
    return _specimens(path, image, groups, _stated(lists.values), image_size)


def _specimens(
    path: Path,
    image: str,
    groups: dict[object, dict[str, tuple[float, float]]],
    stated: tuple[int, int] | None,
    sizes: ImageSize,
) -> list[Specimen]:
    names = list(dict.fromkeys(label for points in groups.values() for label in points))
    check, known = PlacementCheck(path, upward=False), size_of(image, sizes)
    if stated is not None and known is not None:
        check.add_sizes(image, stated, known, "imageHeight and imageWidth")
    size = stated or known
    specimens = []
    for group, given in groups.items():
        points = np.array([given.get(name, (math.nan, math.nan)) for name in names])
        check.add(image, points, size, [f"point {name}" for name in names])
        try:
            landmarks = Landmarks.from_arrays(names, points)
        except LandmarkError as error:
            raise FormatError(f"{path}: {error}") from error
        identifier = None if len(groups) == 1 or group is None else str(group)
        specimens.append(
            Specimen(image, landmarks, identifier, image_size=size, size_stated=stated is not None)
        )
    check.warn()
    return specimens


def _point(shape: Any) -> tuple[str, object, tuple[float, float]] | None:
    """Return label, group and (row, col) of a point; None if it is none."""
    if not isinstance(shape, dict) or not isinstance(shape.get("label"), str):
        return None
    points, group = shape.get("points"), shape.get("group_id")
    if not isinstance(points, list) or len(points) != 1 or not isinstance(points[0], list):
        return None
    if len(points[0]) != 2 or not all(type(one) in (int, float) for one in points[0]):
        return None
    x, y = points[0]
    if not (abs(x) <= FAR and abs(y) <= FAR) or not isinstance(group, int | str | None):
        return None
    return shape["label"], group, (y - CORNER, x - CORNER)


def _stated(values: dict[str, Any]) -> tuple[int, int] | None:
    height, width = values.get("imageHeight"), values.get("imageWidth")
    if type(height) is int and type(width) is int and height > 0 and width > 0:
        return height, width
    return None
