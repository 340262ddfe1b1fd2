"""SPair-71k: eighteen kinds of objects in very different views (Min et al. 2019)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...landmarks import Landmarks
from .layout import ENCODING, Dataset, Protocol
from .pair import Box, Pair, Picture

LISTING = "Layout/large/test.txt"
SIDES = ("src", "trg")


def _read(dataset: Dataset, folder: Path, _protocol: Protocol) -> list[Pair]:
    listing = dataset.require(folder, LISTING)
    documents = []
    for name in listing.read_text(encoding=ENCODING).split():
        # Systems that allow no colon in file names have an underscore instead.
        path = dataset.require(
            folder,
            *(f"PairAnnotation/test/{one}.json" for one in (name, name.replace(":", "_"))),
        )
        documents.append((path, dataset.document(path)))
    points: dict[str, dict[str, tuple[float, float]]] = {}
    boxes: dict[str, Box] = {}
    for path, document in documents:
        try:
            _gather(document, points, boxes)
        except (KeyError, TypeError, ValueError) as error:
            raise dataset.damaged(path, error) from error
    pictures = {
        name: Picture(
            name=name,
            path=dataset.require(folder, f"JPEGImages/{name}"),
            landmarks=Landmarks(dict(sorted(marks.items(), key=lambda one: int(one[0])))),
            category=name.partition("/")[0],
            box=boxes[name],
        )
        for name, marks in points.items()
        if marks
    }
    named = [[_name(document, side) for side in SIDES] for _, document in documents]
    return [Pair(pictures[a], pictures[b]) for a, b in named if a in pictures and b in pictures]


def _name(document: dict[str, Any], side: str) -> str:
    return f"{document['category']}/{document[f'{side}_imname']}"


def _gather(
    document: dict[str, Any],
    points: dict[str, dict[str, tuple[float, float]]],
    boxes: dict[str, Box],
) -> None:
    """Add a pair's landmarks to those of its pictures: a pair lists only those visible on both."""
    for side in SIDES:
        name = _name(document, side)
        left, top, right, bottom = (float(value) for value in document[f"{side}_bndbox"])
        boxes[name] = (top, left, bottom, right)
        marks = points.setdefault(name, {})
        for key, (x, y) in zip(document["kps_ids"], document[f"{side}_kps"], strict=True):
            marks[str(int(key))] = (float(y), float(x))


SPAIR = Dataset(
    name="spair-71k",
    title="SPair-71k",
    place="https://cvlab.postech.ac.kr/research/SPair-71k/",
    tree="""\
Layout/large/test.txt
PairAnnotation/test/000001-2008_000585-2008_004887:aeroplane.json, ...
JPEGImages/aeroplane/2008_000585.jpg, ...""",
    read=_read,
)
