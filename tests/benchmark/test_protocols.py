"""Thresholds of both protocols, on pictures whose numbers are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trees

from napari_homolog import Landmarks
from napari_homolog.benchmark import Pair, Picture
from napari_homolog.benchmark.protocols import pair_errors


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    # Source: 100 x 200 pixels; target: 128 x 256.
    source = Picture(
        "a",
        trees.write_image(tmp_path / "a.png", 100, 200),
        Landmarks({"1": (10, 20), "2": (60, 150), "3": None}),
        "car",
        (5, 10, 75, 170),
    )
    target = Picture(
        "b",
        trees.write_image(tmp_path / "b.png", 128, 256),
        Landmarks({"1": (10, 20), "2": (50, 60), "3": (100, 100)}),
        "car",
        (0, 10, 110, 90),
    )
    return Pair(source, target)


OFF = np.array([(10.0 + 3, 20.0), (50.0, 60.0 + 4)])


@pytest.mark.parametrize("dataset", ["spair-71k", "pf-pascal", "cub", "ap-10k"])
def test_corrected_is_the_target_s_box_in_its_own_pixels(pair: Pair, dataset: str) -> None:
    errors = pair_errors(dataset, "corrected", pair, OFF)
    np.testing.assert_allclose(errors.errors, (3, 4))
    assert errors.side == 110


@pytest.mark.parametrize("dataset", ["pf-willow", "folder"])
def test_corrected_without_boxes_is_that_of_the_target_s_landmarks(
    pair: Pair, dataset: str
) -> None:
    marks = pair.target.landmarks
    unboxed = Pair(pair.source, Picture("b", pair.target.path, marks, "car"))
    errors = pair_errors(dataset, "corrected", unboxed, OFF)
    np.testing.assert_allclose(errors.errors, (3, 4))
    assert errors.side == 90


@pytest.mark.parametrize(
    ("dataset", "side"),
    [
        # The source's box, 70 x 160, squashed by 512 / 100 and 512 / 200.
        ("spair-71k", max(70 * 5.12, 160 * 2.56)),
        # The largest coordinate, squashed: row 60 of 100, column 150 of 200.
        ("pf-willow", max(60 * 5.12, 150 * 2.56) + 1),
        ("pf-pascal", 512),
        # The target's box, 110 x 80, both sides scaled by 512 / 256.
        ("cub", 110 * 2),
    ],
)
def test_official_is_squashed_with_the_authors_slips(pair: Pair, dataset: str, side: float) -> None:
    errors = pair_errors(dataset, "official", pair, OFF)
    # Rows are stretched by 512 / 128, columns by 512 / 256.
    np.testing.assert_allclose(errors.errors, (3 * 4, 4 * 2))
    assert errors.side == pytest.approx(side)


def test_data_sets_that_the_paper_has_not_have_one_protocol(pair: Pair) -> None:
    for dataset in ("ap-10k", "folder"):
        official = pair_errors(dataset, "official", pair, OFF)
        corrected = pair_errors(dataset, "corrected", pair, OFF)
        np.testing.assert_array_equal(official.errors, corrected.errors)
        assert official.side == corrected.side


def test_a_single_landmark_is_judged_by_the_picture(tmp_path: Path) -> None:
    one = Picture("a", trees.write_image(tmp_path / "a.png"), Landmarks({"1": (3, 4)}), "car")
    assert pair_errors("folder", "corrected", Pair(one, one), np.array([[3.0, 4.0]])).side == 40
