"""AP-10K: mammals of many species, seventeen landmarks (Yu et al. 2021)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ...errors import DatasetError
from ...landmarks import Landmarks
from .layout import Dataset, Protocol
from .pair import Pair, Picture, ordered_pairs

LISTING = "annotations/ap10k-test-split1.json"
FEWEST_SHARED = 3
"""Landmarks that a pair must have in common."""


def _read(dataset: Dataset, folder: Path, _protocol: Protocol) -> list[Pair]:
    path = dataset.require(folder, LISTING)
    document = dataset.document(path)
    try:
        files = {image["id"]: image["file_name"] for image in document["images"]}
        species = {one["id"]: one for one in document["categories"]}
        animals = Counter(one["image_id"] for one in document["annotations"])
        pictures = [
            _picture(dataset, folder, one, files[one["image_id"]], species[one["category_id"]])
            for one in document["annotations"]
            # With two animals on a picture it is not defined which one is meant.
            if animals[one["image_id"]] == 1 and any(one["keypoints"][2::3])
        ]
    except DatasetError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise dataset.damaged(path, f"{type(error).__name__}: {error}") from error
    return ordered_pairs(pictures, FEWEST_SHARED)


def _picture(
    dataset: Dataset, folder: Path, one: dict[str, Any], file: str, species: dict[str, Any]
) -> Picture:
    flat = [float(value) for value in one["keypoints"]]
    marks = {
        name: (y, x) if visible > 0 else None
        for name, x, y, visible in zip(
            species["keypoints"], flat[::3], flat[1::3], flat[2::3], strict=True
        )
    }
    left, top, width, height = (float(value) for value in one["bbox"])
    return Picture(
        name=file,
        path=dataset.require(folder, f"data/{file}"),
        landmarks=Landmarks(marks),
        category=species["name"],
        box=(top, left, top + height, left + width),
    )


AP10K = Dataset(
    name="ap-10k",
    title="AP-10K",
    place="https://github.com/AlexTheBad/AP-10K",
    tree="""\
annotations/ap10k-test-split1.json
data/000000000001.jpg, ...""",
    read=_read,
)
