"""Boxes that are given with pictures: matchers look in them only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from napari_homolog import Landmarks
from napari_homolog.benchmark import Pair, Picture
from napari_homolog.benchmark.datasets import identify, with_boxed_pictures, with_boxes
from napari_homolog.benchmark.matchers.classical_baselines import SamePlace
from napari_homolog.boxes import Box
from napari_homolog.correspondence import Reference
from napari_homolog.errors import BoxError

SPOTS = np.array([[40.0, 60.0], [60.0, 160.0], [90.0, 70.0]])
"""Their box is 50 pixels high and 100 wide."""


def picture(path: Path, shift: tuple[float, float] = (0, 0)) -> Picture:
    Image.new("RGB", (260, 200), (200, 220, 210)).save(path)
    return Picture(path.name, path, Landmarks.from_arrays(tuple("abc"), SPOTS + shift), "spots")


def edges(box: Box | None) -> np.ndarray:
    assert box is not None
    return np.array([box.top, box.left, box.bottom, box.right])


def test_boxes_are_around_the_landmarks_and_as_loose_as_by_hand(tmp_path: Path) -> None:
    source = picture(tmp_path / "source.png")
    targets = [picture(tmp_path / f"{number}.png", (5, 8)) for number in range(40)]
    pairs = [Pair(source, target) for target in targets]
    given = with_boxes(pairs, seed=3)
    # 15 % of the longer side around the landmarks, and each edge up to 5 % of the new one off.
    off = np.stack([edges(pair.target.drawn) for pair in given]) - [30, 53, 110, 183]
    assert 5 < np.abs(off).max() <= 0.05 * 130
    assert np.abs(off.mean(0)).max() < 2
    assert len({tuple(edges(pair.source.drawn)) for pair in given}) == 1
    (further,) = with_boxed_pictures({"source.png": targets[:1]}, seed=3)["source.png"]
    assert further.drawn == given[0].target.drawn
    assert identify("folder", "", given).digest != identify("folder", "", pairs).digest
    assert (
        identify("folder", "", with_boxes(pairs, 3)).digest == identify("folder", "", given).digest
    )


def test_the_mirror_image_has_the_mirrored_box(tmp_path: Path) -> None:
    (pair,) = with_boxes([Pair(*[picture(tmp_path / "a.png")] * 2)], seed=0)
    top, left, bottom, right = edges(pair.source.drawn)
    np.testing.assert_allclose(
        edges(pair.source.flipped().drawn), [top, 259 - right, bottom, 259 - left]
    )


def test_matchers_without_boxes_of_their_own_see_what_is_in_them() -> None:
    image = np.zeros((100, 200, 3), np.float32)
    marks = Landmarks.from_arrays(tuple("ab"), np.array([[20.0, 30.0], [39.0, 71.0]]))
    matcher: Any = SamePlace()
    learned = matcher.learn_references(Reference(image, marks, box=Box(10, 20, 49, 79)), ())
    # Twice as large a box elsewhere: the same shares of its sides.
    match = matcher.find_in(learned, image, Box(20, 70, 99, 189))
    np.testing.assert_allclose(match.points, [[40.5, 90.5], [78.5, 172.5]])
    anywhere = matcher.learn_references(Reference(image, marks), ())
    np.testing.assert_allclose(matcher.find_in(anywhere, image, None).points, marks.points)


def test_a_box_beside_the_picture_is_refused() -> None:
    image = np.zeros((50, 60, 3), np.float32)
    learned = SamePlace().learn(image, Landmarks.from_arrays(("a",), np.array([[20.0, 30.0]])))
    with pytest.raises(BoxError, match="does not lie on its image"):
        SamePlace().find_in(learned, image, Box(100, 100, 120, 130))
