"""Birds cut out of CUB-200-2011's test pictures, as a folder for ``homolog benchmark folder``.

A model that was trained on cut-out birds knows them at that size: on whole pictures they are too small
for it, and what it does not find says little about the method. Each picture becomes the square around
the data set's own box, its edges repeated where the square goes beyond it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from napari_homolog.benchmark.datasets import DATASETS, Picture

SIDE = 256
"""Pixels of the squares that are written."""


def cut_out(picture: Picture) -> tuple[Image.Image, np.ndarray]:
    """Return the square around a picture's box, and the landmarks on it, (n, 2) of (row, col)."""
    if picture.box is None:
        raise ValueError(f"{picture.name} has no box.")
    image = (picture.read() * 255).round().astype(np.uint8)
    top, left, bottom, right = picture.box
    half = max(bottom - top, right - left) / 2
    start = np.rint([(top + bottom) / 2 - half, (left + right) / 2 - half]).astype(int)
    side = max(1, round(2 * half))
    before = np.maximum(-start, 0)
    after = np.maximum(start + side - image.shape[:2], 0)
    padded = np.pad(image, [*zip(before, after, strict=True), (0, 0)], mode="edge")
    row, col = start + before
    square = Image.fromarray(padded[row : row + side, col : col + side])
    points = (picture.landmarks.points - start + 0.5) * SIDE / side - 0.5
    return square.resize((SIDE, SIDE), Image.Resampling.LANCZOS), points


def main() -> None:
    """Cut all test birds out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="Folder that holds CUB_200_2011.")
    parser.add_argument("out", type=Path, help="Folder to write.")
    options = parser.parse_args()
    pairs = DATASETS["cub"].pairs(options.data, "corrected")
    pictures = {pair.source.name: pair.source for pair in pairs}
    (options.out / "images").mkdir(parents=True)
    entries = []
    for picture in pictures.values():
        square, points = cut_out(picture)
        file = f"images/{Path(picture.name).stem}.png"
        square.save(options.out / file)
        inside = ((points >= 0) & (points <= SIDE - 1)).all(1)
        marks = [
            [col, row, 1] if there else [None, None, 0]
            for (row, col), there in zip(points.tolist(), inside, strict=True)
        ]
        entries.append({"file": file, "group": picture.category, "keypoints": marks})
    names = next(iter(pictures.values())).landmarks.names
    document = {"keypoint_names": list(names), "images": entries}
    (options.out / "keypoints.json").write_text(json.dumps(document))
    print(f"{len(entries)} birds in {options.out}")


if __name__ == "__main__":
    main()
