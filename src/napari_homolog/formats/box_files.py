"""Reading boxes around specimens: COCO detections, dlib's imglab, and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..boxes import Box
from ..errors import BoxError, FormatError
from .delimited import read_columns
from .file_specimen import combined_error
from .imglab import imglab_root
from .json_lists import read_lists
from .text_files import number_of

TABLE_COLUMNS = ("image", "top", "left", "height", "width")
"""Columns of a table of boxes."""


@dataclass(frozen=True)
class ImageBox:
    """A box around one specimen of an image.

    Attributes
    ----------
    image : str
        The image's name as in the file.
    box : Box
        In pixels of the image.
    """

    image: str
    box: Box


def read_boxes(path: str | Path) -> list[ImageBox]:
    """Read the boxes of a file, in its order.

    Parameters
    ----------
    path : str or Path
        A ``.json`` file of COCO annotations with ``bbox``, an ``.xml`` file of dlib's imglab, or a
        ``.csv`` table with the columns image, top, left, height and width, in pixels from the upper
        left corner of the image.

    Raises
    ------
    FormatError
        If the file is missing, damaged or of another kind, or a box is no rectangle; with the place
        of up to 20 problems.
    """
    path = Path(path)
    readers = {".json": _of_coco, ".xml": _of_imglab, ".csv": _of_table}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FormatError(
            f"{path} has the suffix {path.suffix!r}; boxes are read from {', '.join(readers)}."
        )
    boxes, problems = [], []
    for place, image, sides in reader(path):
        try:
            boxes.append(ImageBox(image, _box(*sides)))
        except (BoxError, TypeError, ValueError) as error:
            problems.append(f"{path}, {place}: the box {sides} cannot be used: {error}")
    if problems:
        raise combined_error(problems)
    if not boxes:
        raise FormatError(f"{path} holds no boxes; draw one around each specimen.")
    return boxes


def _box(top: Any, left: Any, height: Any, width: Any) -> Box:
    """Return a box from pixels that are counted from the image's upper left corner."""
    row, col, rows, cols = (float(one) for one in (top, left, height, width))
    if not all(map(math.isfinite, (row, col, rows, cols))):
        raise ValueError("its sides are no finite numbers")
    return Box(row - 0.5, col - 0.5, row + rows - 0.5, col + cols - 0.5)


Found = Iterator[tuple[str, str, tuple[Any, Any, Any, Any]]]


def _of_coco(path: Path) -> Found:
    lists = read_lists(path)
    if not {"images", "annotations"} <= set(lists.items):
        raise FormatError(f"{path}: no lists of images and of annotations; expected COCO.")
    names = {
        item.get("id"): str(item.get("file_name", ""))
        for _, item in lists.items["images"]
        if isinstance(item, Mapping)
    }
    for line, item in lists.items["annotations"]:
        bbox = item.get("bbox") if isinstance(item, Mapping) else None
        if bbox is None:
            continue
        if item.get("image_id") not in names:
            raise FormatError(
                f"{path}, line {line}: the image {item.get('image_id')!r} is not in the list."
            )
        left, top, width, height = bbox if isinstance(bbox, list) and len(bbox) == 4 else [None] * 4
        yield f"line {line}", names[item["image_id"]], (top, left, height, width)


def _of_imglab(path: Path) -> Found:
    for image in imglab_root(path).iter("image"):
        name = image.get("file", "")
        for box in image.iter("box"):
            if box.get("ignore") == "1":
                continue
            sides = tuple(box.get(one) for one in TABLE_COLUMNS[1:])
            yield f"image {name}", name, sides  # type: ignore[misc]


def _of_table(path: Path) -> Found:
    separator, rows = read_columns(path, TABLE_COLUMNS)
    for line, (image, *texts) in rows:
        sides = [number_of(text, decimal_comma=separator != ",") for text in texts]
        # What is no number is shown as it is.
        told = tuple(
            text if side is None else side for text, side in zip(texts, sides, strict=True)
        )
        yield f"line {line}", image, told  # type: ignore[misc]
