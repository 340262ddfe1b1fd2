"""Targets in other poses: landmarks stay on the same spots of the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from napari_homolog import Landmarks
from napari_homolog.benchmark import Pair, Picture
from napari_homolog.benchmark.datasets import identify, shape_difference, with_posed_targets

SPOTS = np.array([[40.0, 60.0], [60.0, 120.0], [90.0, 70.0]])


def spotted(path: Path) -> Picture:
    image = Image.new("RGB", (200, 140), (200, 220, 210))
    draw = ImageDraw.Draw(image)
    for row, col in SPOTS:
        draw.ellipse([col - 4, row - 4, col + 4, row + 4], fill=(20, 10, 10))
    image.save(path)
    return Picture(path.name, path, Landmarks.from_arrays(tuple("abc"), SPOTS), "spots")


@pytest.mark.parametrize("poses", ["slight", "any"])
def test_landmarks_stay_on_their_spots(tmp_path: Path, poses: str) -> None:
    pairs = [
        Pair(spotted(tmp_path / "source.png"), spotted(tmp_path / f"{number}.png"))
        for number in range(6)
    ]
    moved = with_posed_targets(pairs, poses, seed=3)
    assert len(moved) == 6
    turns = []
    for pair in moved:
        image, points = pair.target.read(), pair.target.landmarks.points
        assert image.shape == (140, 200, 3)
        np.testing.assert_allclose(image[0, 0], np.array([200, 220, 210]) / 255, atol=0.01)
        for row, col in points[np.isfinite(points[:, 0])]:
            assert image[round(row), round(col)].mean() < 0.2
        if np.isfinite(points).all():
            np.testing.assert_allclose(shape_difference(pair), 0, atol=1e-6)
            step = points[1] - points[0]
            turns.append(np.degrees(np.arctan2(step[1], step[0]) - np.arctan2(60, 20)))
    turned = (np.array(turns) + 180) % 360 - 180
    assert (np.abs(turned) <= 20).all() == (poses == "slight")
    assert np.ptp(turned) > 5
    again = with_posed_targets(pairs, poses, seed=3)
    assert identify("folder", "", again).digest == identify("folder", "", moved).digest
    assert identify("folder", "", again).digest != identify("folder", "", pairs).digest


def test_the_difference_of_two_shapes(tmp_path: Path) -> None:
    source = spotted(tmp_path / "a.png")
    square = np.array([[0.0, 0], [0, 10], [10, 0], [10, 10]])
    # One corner pushed outwards; the best similarity spreads its error over all four.
    pushed = square + [[0, 0], [0, 0], [0, 0], [2, 2]]
    one, other = (
        Picture(source.name, source.path, Landmarks.from_arrays(tuple("abcd"), points), "squares")
        for points in (square, pushed)
    )
    difference = shape_difference(Pair(one, other))
    size = other.landmarks.centroid_size()
    # By symmetry the map has no rotation: scale 1.1 about the centroids, so that errors are known.
    laid = (square - 5) * 1.1 + pushed.mean(0)
    expected = 100 * np.linalg.norm(laid - pushed, axis=1) / size
    np.testing.assert_allclose(difference, expected, atol=1e-9)
    few = Landmarks.from_arrays(tuple("ab"), square[:2])
    short = Picture(source.name, source.path, few, "squares")
    assert np.isnan(shape_difference(Pair(short, one))).all()
