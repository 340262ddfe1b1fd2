"""Data sets as they are handed around, where this machine has them beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_homolog.benchmark import DATASETS

DATA = Path(__file__).parents[3] / "shared" / "data"


def folder(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"There is no {name} in {DATA}; their licences forbid to ship them.")
    return DATA / name


def test_pf_willow_has_900_pairs_of_ten_landmarks() -> None:
    pairs = DATASETS["pf-willow"].pairs(folder("pf-willow"))
    assert len(pairs) == 900
    assert {len(pair.shared) for pair in pairs} == {10}
    assert len({pair.source.category for pair in pairs}) == 10


def test_cub_pairs_all_test_images_of_a_class() -> None:
    pairs = DATASETS["cub"].pairs(folder("cub-official-layout-classes-4-6"), "official")
    images = {pair.source.name: pair.source for pair in pairs}
    per_class = [
        sum(one.category == name for one in images.values())
        for name in {one.category for one in images.values()}
    ]
    assert len(per_class) == 3
    assert len(pairs) == sum(count * (count - 1) for count in per_class)
    for one in images.values():
        one.landmarks.require_inside(*one.size)


def test_wings_are_one_group_of_58() -> None:
    pairs = DATASETS["folder"].pairs(folder("drosophila-wings"))
    assert len(pairs) == 58 * 57
    assert {len(pair.shared) for pair in pairs} == {12}
    pairs[0].source.landmarks.require_inside(*pairs[0].source.size)
