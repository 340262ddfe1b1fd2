"""Writing COCO keypoints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .coco import EXTRA, MISSING, OCCLUDED, VISIBLE
from .file_specimen import Specimen, require_size, require_specimens
from .text_files import write_text


def write_coco(path: Path, specimens: Sequence[Specimen]) -> list[str]:
    """Write specimens as COCO keypoints, atomically.

    Each specimen becomes an annotation, and each list of landmark names a category. What COCO has
    no place for (identifier, scale, comment, confidence, spread, status) is written under the key
    ``homolog`` of the annotation, which other programs ignore.

    Parameters
    ----------
    path : Path
        The file.
    specimens : sequence of Specimen
        With `image_size`, which COCO states for each image.

    Returns
    -------
    list of str
        Empty: nothing that the format has a place for is left out.

    Raises
    ------
    FormatError
        If there is no specimen, an image's size is not known, or the file cannot be written.
    """
    require_specimens(path, specimens)
    images: dict[tuple[str, tuple[int, int]], int] = {}
    categories: dict[tuple[str, ...], int] = {}
    annotations = []
    for number, specimen in enumerate(specimens, 1):
        size = require_size(path, specimen, "COCO states it for every image")
        annotations.append(
            {
                "id": number,
                "image_id": images.setdefault((specimen.image, size), len(images) + 1),
                "category_id": categories.setdefault(specimen.landmarks.names, len(categories) + 1),
                **_keypoints(specimen),
                "iscrowd": 0,
                **_extra(specimen),
            }
        )
    content = {
        "images": [
            {"id": key, "file_name": name, "width": width, "height": height}
            for (name, (height, width)), key in images.items()
        ],
        "categories": [
            {
                "id": key,
                "name": "specimen" if key == 1 else f"specimen {key}",
                "supercategory": "specimen",
                "keypoints": list(names),
                "skeleton": [],
            }
            for names, key in categories.items()
        ],
        "annotations": annotations,
    }
    write_text(path, json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    return []


def _keypoints(specimen: Specimen) -> dict[str, Any]:
    marks = specimen.landmarks
    keypoints: list[float | int] = []
    for index, (row, col) in enumerate(marks.points.tolist()):
        if not marks.present[index]:
            keypoints += [0, 0, MISSING]
            continue
        hidden = specimen.occluded is not None and bool(specimen.occluded[index])
        keypoints += [col, row, OCCLUDED if hidden else VISIBLE]
    box = [0.0, 0.0, 0.0, 0.0]
    if marks.present.any():
        low, high = np.nanmin(marks.points, 0), np.nanmax(marks.points, 0)
        box = [*low[::-1].tolist(), *(high - low)[::-1].tolist()]
    return {
        "keypoints": keypoints,
        "num_keypoints": int(marks.present.sum()),
        "bbox": box,
        "area": box[2] * box[3],
    }


def _extra(specimen: Specimen) -> dict[str, Any]:
    extra = {
        "identifier": specimen.identifier,
        "scale": specimen.scale,
        "comment": specimen.comment,
        "confidence": _numbers(specimen.confidence),
        "spread": _numbers(specimen.spread),
        "status": list(specimen.status) if specimen.status else None,
    }
    extra = {what: value for what, value in extra.items() if value is not None}
    return {EXTRA: extra} if extra else {}


def _numbers(values: NDArray[np.float64] | None) -> list[float | None] | None:
    if values is None or np.isnan(values).all():
        return None
    return [None if np.isnan(value) else float(value) for value in values]
