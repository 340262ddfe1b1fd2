"""CUB-200-2011: birds with up to fifteen visible parts (Wah et al. 2011)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...landmarks import Landmarks
from .layout import ENCODING, Dataset, Protocol
from .pair import Box, Pair, Picture, ordered_pairs

OFFICIAL_CLASSES = 3
"""The paper's authors measured on the first three classes."""


def _read(dataset: Dataset, folder: Path, protocol: Protocol) -> list[Pair]:
    inner = folder / "CUB_200_2011"
    root = inner if inner.is_dir() else folder
    names = _list(dataset, root, "images.txt")
    classes = _classes(dataset, root)
    training = {key: rest[0] == "1" for key, rest in _list(dataset, root, "train_test_split.txt")}
    boxes = dict(_list(dataset, root, "bounding_boxes.txt"))
    parts = [" ".join(rest) for _, rest in _list(dataset, root, "parts/parts.txt")]
    places = _places(dataset, root, len(parts))
    wanted = sorted(set(classes.values()))
    if protocol == "official":
        wanted = wanted[:OFFICIAL_CLASSES]
    pictures = []
    for key, rest in names:
        try:
            if training[key] or classes[key] not in wanted or np.isnan(places[key]).all():
                continue
            left, top, width, height = (float(value) for value in boxes[key])
            points = places[key]
        except (KeyError, ValueError) as error:
            raise dataset.damaged(root / "images.txt", f"image {key}: {error}") from error
        name = " ".join(rest)
        box: Box = (top, left, top + height, left + width)
        marks = Landmarks.from_arrays(parts, points)
        path = dataset.require(root, f"images/{name}")
        pictures.append(Picture(name, path, marks, name.partition("/")[0], box))
    return ordered_pairs(pictures)


def _classes(dataset: Dataset, root: Path) -> dict[str, int]:
    lines = _list(dataset, root, "image_class_labels.txt")
    try:
        return {key: int(rest[0]) for key, rest in lines}
    except ValueError as error:
        raise dataset.damaged(root / "image_class_labels.txt", error) from error


def _list(dataset: Dataset, root: Path, name: str) -> list[tuple[str, list[str]]]:
    """Return the lines of a list: a number, and the words after it."""
    path = dataset.require(root, name)
    lines = [line.split() for line in path.read_text(encoding=ENCODING).splitlines()]
    short = [number + 1 for number, words in enumerate(lines) if len(words) == 1]
    if short:
        raise dataset.damaged(path, f"line {short[0]} has only one word")
    return [(words[0], words[1:]) for words in lines if words]


def _places(dataset: Dataset, root: Path, parts: int) -> dict[str, np.ndarray]:
    """Return the parts of each image, (row, col), NaN if not visible."""
    places: dict[str, np.ndarray] = {}
    for key, rest in _list(dataset, root, "parts/part_locs.txt"):
        try:
            part, x, y, visible = int(rest[0]), float(rest[1]), float(rest[2]), rest[3] == "1"
            points = places.setdefault(key, np.full((parts, 2), np.nan))
            points[part - 1] = (y, x) if visible else np.nan
        except (IndexError, ValueError) as error:
            path = root / "parts/part_locs.txt"
            raise dataset.damaged(path, f"image {key}: {error}") from error
    return places


CUB = Dataset(
    name="cub",
    title="CUB-200-2011",
    place="https://www.vision.caltech.edu/datasets/cub_200_2011/",
    tree="""\
CUB_200_2011/images.txt, image_class_labels.txt, train_test_split.txt, bounding_boxes.txt
CUB_200_2011/parts/parts.txt, parts/part_locs.txt
CUB_200_2011/images/001.Black_footed_Albatross/Black_Footed_Albatross_0001_796111.jpg, ...""",
    read=_read,
)
