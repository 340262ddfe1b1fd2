"""Tiny data sets in the published layouts, written by tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

XY = tuple[float, float]


def write_image(path: Path, height: int = 20, width: int = 40, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write_pf_willow(folder: Path, prefix: str = "") -> Path:
    """Write two cars and the two pairs that they make."""
    head = ["imageA", "imageB"]
    head += [f"{axis}{side}{n}" for side in "AB" for axis in "XY" for n in range(1, 11)]
    lines = [",".join(head)]
    for one, other in (("a", "b"), ("b", "a")):
        images = [f"{prefix}car(S)/{name}.png" for name in (one, other)]
        shift = {"a": 0, "b": 5}
        numbers = [
            value
            for name in (one, other)
            for value in (*range(1 + shift[name], 11 + shift[name]), *range(2, 12))
        ]
        lines.append(",".join([*images, *map(str, numbers)]))
    for name in "ab":
        write_image(folder / f"car(S)/{name}.png")
    (folder / "test_pairs.csv").write_text("\n".join(lines) + "\n")
    return folder


def write_pf_pascal(folder: Path) -> Path:
    """Write two aeroplanes with three landmarks, of which one is not visible on the second."""
    rows = ["source_image,target_image,class,flip"]
    stem = "PF-dataset-PASCAL/JPEGImages"
    rows += [f"{stem}/one.jpg,{stem}/two.jpg,1,0", f"{stem}/one.jpg,{stem}/two.jpg,1,1"]
    points = {
        "one": [[3, 4], [10, 8], [30, 15]],
        "two": [[4, 4], [np.nan, np.nan], [31, 15]],
    }
    for name, kps in points.items():
        write_image(folder / f"JPEGImages/{name}.jpg")
        annotation = folder / f"Annotations/aeroplane/{name}.mat"
        annotation.parent.mkdir(parents=True, exist_ok=True)
        savemat(annotation, {"kps": np.array(kps), "bbox": np.array([[2.0, 1.0, 34.0, 17.0]])})
    (folder / "test_pairs.csv").write_text("\n".join(rows) + "\n")
    return folder


def write_spair(folder: Path, mark: str = ":") -> Path:
    """Write two pairs of three cats; the first cat shows another landmark in each pair."""
    pairs = [("a", "b", ["0", "3"]), ("a", "c", ["3", "12"])]
    places: dict[str, dict[str, XY]] = {
        "a": {"0": (1, 2), "3": (10, 4), "12": (30, 18)},
        "b": {"0": (2, 2), "3": (12, 5)},
        "c": {"3": (11, 4), "12": (33, 15)},
    }
    names = []
    for number, (one, other, keys) in enumerate(pairs):
        name = f"{number:06d}-{one}-{other}:cat"
        names.append(name)
        document = {
            "category": "cat",
            "src_imname": f"{one}.jpg",
            "trg_imname": f"{other}.jpg",
            "src_bndbox": [0, 1, 32, 19],
            "trg_bndbox": [1, 1, 35, 19],
            "kps_ids": keys,
            "src_kps": [places[one][key] for key in keys],
            "trg_kps": [places[other][key] for key in keys],
        }
        path = folder / f"PairAnnotation/test/{name.replace(':', mark)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    for name in "abc":
        write_image(folder / f"JPEGImages/cat/{name}.jpg")
    (folder / "Layout/large").mkdir(parents=True)
    (folder / "Layout/large/test.txt").write_text("\n".join(names) + "\n")
    return folder


def write_cub(folder: Path, classes: int = 4) -> Path:
    """Write two test images and one training image of each class, with three parts."""
    lists: dict[str, list[str]] = {
        name: [] for name in ("images", "image_class_labels", "train_test_split", "bounding_boxes")
    }
    parts = []
    number = 0
    for kind in range(1, classes + 1):
        for image in range(3):
            number += 1
            name = f"{kind:03d}.Bird_{kind}/Bird_{image}.jpg"
            write_image(folder / "images" / name)
            lists["images"].append(f"{number} {name}")
            lists["image_class_labels"].append(f"{number} {kind}")
            lists["train_test_split"].append(f"{number} {int(image == 2)}")
            lists["bounding_boxes"].append(f"{number} 2.0 1.0 30.0 16.0")
            hidden = int(image == 1)
            parts += [
                f"{number} 1 5.0 6.0 1",
                f"{number} 2 {20.0 + image} 8.0 1",
                f"{number} 3 0.0 0.0 {1 - hidden}",
            ]
    for name, lines in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    (folder / "parts").mkdir()
    (folder / "parts/parts.txt").write_text("1 back\n2 left eye\n3 tail\n")
    (folder / "parts/part_locs.txt").write_text("\n".join(parts) + "\n")
    return folder


def write_ap10k(folder: Path) -> Path:
    """Write three foxes, one picture with two animals, and one wolf alone."""
    keypoints = ["left eye", "right eye", "nose", "tail"]
    animals = [(1, 1), (2, 1), (3, 1), (4, 1), (4, 2), (5, 2)]
    shown = {1: [2, 2, 2, 2], 2: [2, 1, 2, 0], 3: [2, 0, 0, 2], 4: [2] * 4, 5: [2] * 4}
    document = {
        "images": [{"id": n, "file_name": f"{n:012d}.jpg"} for n in range(1, 6)],
        "categories": [
            {"id": n, "name": name, "keypoints": keypoints} for n, name in ((1, "fox"), (2, "wolf"))
        ],
        "annotations": [
            {
                "image_id": image,
                "category_id": kind,
                "bbox": [1, 2, 30, 10],
                "keypoints": [
                    value
                    for index, seen in enumerate(shown[image])
                    for value in (10 * index, 3, seen)
                ],
            }
            for image, kind in animals
        ],
    }
    path = folder / "annotations/ap10k-test-split1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))
    for number in range(1, 6):
        write_image(folder / f"data/{number:012d}.jpg")
    return folder


def write_folder(folder: Path, groups: Sequence[str] = ("left", "left", "right", "right")) -> Path:
    """Write specimens with four landmarks, of which the last is missing on the first."""
    images = []
    for number, group in enumerate(groups):
        write_image(folder / f"images/{number}.png", 40, 60, seed=number)
        marks: list[list[float | None]] = [
            [5.0 + number, 6.0, 1],
            [50.0, 8.0 + number, 1],
            [30.0, 35.0, 1],
            [10.0, 30.0, 1] if number else [None, None, 0],
        ]
        images.append({"file": f"images/{number}.png", "group": group, "keypoints": marks})
    names = ["base", "tip", "vein", "notch"]
    (folder / "keypoints.json").write_text(json.dumps({"keypoint_names": names, "images": images}))
    return folder
