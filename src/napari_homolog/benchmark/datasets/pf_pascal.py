"""PF-Pascal: twenty kinds of objects, with the landmarks visible on each (Ham et al. 2017)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from ...errors import DatasetError
from ...landmarks import Landmarks
from .layout import Dataset, Protocol
from .pair import Box, Pair, Picture

CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
)  # fmt: skip
"""In the order of their numbers, from one, in the lists of pairs."""


def _read(dataset: Dataset, folder: Path, _protocol: Protocol) -> list[Pair]:
    path = dataset.require(folder, "test_pairs.csv", "test_pairs_pf_pascal.csv")
    rows = dataset.table(path, ["source_image", "target_image", "class"])
    pictures: dict[str, Picture] = {}
    pairs = []
    for row in rows:
        category = _category(dataset, path, row["class"])
        both = []
        for column in ("source_image", "target_image"):
            name = PurePosixPath(row[column]).name
            if name not in pictures:
                pictures[name] = _picture(dataset, folder, name, category)
            both.append(pictures[name])
        if row.get("flip", "0").strip() in ("1", "1.0"):
            both = [picture.flipped() for picture in both]
        pairs.append(Pair(*both))
    return [pair for pair in pairs if pair.shared]


def _category(dataset: Dataset, path: Path, number: str) -> str:
    if not number.strip().isdigit() or not 1 <= int(number) <= len(CLASSES):
        raise dataset.damaged(path, f"class {number!r}; 1 to {len(CLASSES)} was expected")
    return CLASSES[int(number) - 1]


def _picture(dataset: Dataset, folder: Path, name: str, category: str) -> Picture:
    image = dataset.require(folder, f"JPEGImages/{name}")
    annotation = dataset.require(folder, f"Annotations/{category}/{Path(name).stem}.mat")
    points, box = _read_annotation(dataset, annotation)
    names = [str(number + 1) for number in range(len(points))]
    marks = Landmarks.from_arrays(names, points[:, ::-1])
    return Picture(f"{category}/{name}", image, marks, category, box)


def _read_annotation(dataset: Dataset, path: Path) -> tuple[np.ndarray, Box]:
    """Return landmarks (n, 2), x and y, NaN where not visible, and the object's box."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        held = loadmat(path, variable_names=("kps", "bbox"))
        points = np.asarray(held["kps"], dtype=float)
        left, top, right, bottom = np.asarray(held["bbox"], dtype=float).ravel()
    except (MatReadError, NotImplementedError, KeyError, ValueError, TypeError) as error:
        raise dataset.damaged(path, error) from error
    if points.ndim != 2 or points.shape[1] != 2:
        raise DatasetError(f"{path} has landmarks of shape {points.shape}; (n, 2) was expected.")
    return points, (float(top), float(left), float(bottom), float(right))


PF_PASCAL = Dataset(
    name="pf-pascal",
    title="PF-Pascal",
    place="https://www.di.ens.fr/willow/research/proposalflow/",
    tree="""\
test_pairs.csv: source_image, target_image, class (1 to 20), perhaps flip
JPEGImages/2008_006325.jpg, ...
Annotations/aeroplane/2008_006325.mat, ...: kps (n, 2) and bbox (4)""",
    read=_read,
)
