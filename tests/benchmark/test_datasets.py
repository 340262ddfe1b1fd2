from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import trees

from napari_homolog.benchmark import DATASETS, choose_pairs
from napari_homolog.errors import DatasetError


def test_pf_willow(tmp_path: Path) -> None:
    first, second = DATASETS["pf-willow"].pairs(trees.write_pf_willow(tmp_path))
    assert first.name == "car(S)/a.png to car(S)/b.png"
    assert second.source is first.target
    assert first.source.category == "car(S)"
    assert first.shared == tuple(str(number) for number in range(1, 11))
    # x from 1 to 10 and y from 2 to 11; the second car is five pixels further right.
    np.testing.assert_array_equal(first.source.landmarks["1"], (2, 1))
    np.testing.assert_array_equal(first.target.landmarks["10"], (11, 15))
    assert first.source.size == (20, 40)
    assert first.source.read().shape == (20, 40, 3)


def test_pf_willow_whose_list_names_the_archive_s_folder_too(tmp_path: Path) -> None:
    pairs = DATASETS["pf-willow"].pairs(trees.write_pf_willow(tmp_path, "PF-dataset/"))
    assert pairs[0].source.path == tmp_path / "car(S)/a.png"


def test_pf_pascal_leaves_out_what_either_picture_hides(tmp_path: Path) -> None:
    plain, flipped = DATASETS["pf-pascal"].pairs(trees.write_pf_pascal(tmp_path))
    assert plain.shared == ("1", "3")
    assert plain.source.category == "aeroplane"
    assert plain.source.box == (1, 2, 17, 34)
    np.testing.assert_array_equal(plain.target.landmarks["3"], (15, 31))
    # 40 columns: the mirror image of column 31 is 8.
    np.testing.assert_array_equal(flipped.target.landmarks["3"], (15, 8))
    assert flipped.target.box == (1, 5, 17, 37)
    np.testing.assert_array_equal(flipped.source.read(), plain.source.read()[:, ::-1])
    assert flipped.name != plain.name


@pytest.mark.parametrize("mark", [":", "_"])
def test_spair_gathers_a_picture_s_landmarks_from_all_its_pairs(tmp_path: Path, mark: str) -> None:
    first, second = DATASETS["spair-71k"].pairs(trees.write_spair(tmp_path, mark))
    assert first.source is second.source
    assert first.source.landmarks.names == ("0", "3", "12")
    assert first.shared == ("0", "3")
    assert second.shared == ("3", "12")
    np.testing.assert_array_equal(second.target.landmarks["12"], (15, 33))
    assert first.target.box == (1, 1, 19, 35)
    assert first.source.category == "cat"


def test_cub_pairs_test_images_inside_a_class(tmp_path: Path) -> None:
    pairs = DATASETS["cub"].pairs(trees.write_cub(tmp_path))
    assert len(pairs) == 4 * 2
    first = pairs[0]
    assert first.source.name == "001.Bird_1/Bird_0.jpg"
    assert first.source.category == "001.Bird_1"
    assert first.shared == ("back", "left eye")
    np.testing.assert_array_equal(first.target.landmarks["left eye"], (8, 21))
    assert first.source.box == (1, 2, 17, 32)


def test_cub_official_is_the_first_three_classes(tmp_path: Path) -> None:
    trees.write_cub(tmp_path / "CUB_200_2011")
    pairs = DATASETS["cub"].pairs(tmp_path, "official")
    assert {pair.source.category for pair in pairs} == {f"00{n}.Bird_{n}" for n in (1, 2, 3)}


def test_ap10k_pairs_single_animals_of_a_species(tmp_path: Path) -> None:
    pairs = DATASETS["ap-10k"].pairs(trees.write_ap10k(tmp_path))
    # The third fox shows two landmarks only, the fourth is not alone, the wolf has no other.
    assert [pair.name for pair in pairs] == [
        "000000000001.jpg to 000000000002.jpg",
        "000000000002.jpg to 000000000001.jpg",
    ]
    assert pairs[0].shared == ("left eye", "right eye", "nose")
    np.testing.assert_array_equal(pairs[0].source.landmarks["nose"], (3, 20))
    assert pairs[0].source.box == (2, 1, 12, 31)


def test_a_folder_of_one_s_own(tmp_path: Path) -> None:
    pairs = DATASETS["folder"].pairs(trees.write_folder(tmp_path))
    assert Counter(pair.source.category for pair in pairs) == {"left": 2, "right": 2}
    assert pairs[0].shared == ("base", "tip", "vein")
    np.testing.assert_array_equal(pairs[0].target.landmarks["base"], (6, 6))


def test_a_folder_with_tps(tmp_path: Path) -> None:
    for name in ("a", "b"):
        trees.write_image(tmp_path / f"images/{name}.png", 40, 60)
    lines = [f"LM=2\n10 30\n20 5\nIMAGE={name}.png\nID={name}" for name in ("a", "b")]
    (tmp_path / "wings.tps").write_text("\n".join(lines) + "\n")
    first, _ = DATASETS["folder"].pairs(tmp_path)
    assert first.source.category == "wings"
    assert first.source.name == "images/a.png"
    np.testing.assert_array_equal(first.source.landmarks["1"], (10, 10))


@pytest.mark.parametrize("name", list(DATASETS))
def test_a_missing_data_set_is_told_with_its_place_and_tree(tmp_path: Path, name: str) -> None:
    dataset = DATASETS[name]
    with pytest.raises(DatasetError) as caught:
        dataset.pairs(tmp_path)
    assert dataset.place in str(caught.value)
    assert dataset.tree in str(caught.value)


WRITERS = {
    "spair-71k": trees.write_spair,
    "pf-willow": trees.write_pf_willow,
    "pf-pascal": trees.write_pf_pascal,
    "cub": trees.write_cub,
    "ap-10k": trees.write_ap10k,
    "folder": trees.write_folder,
}


@pytest.mark.parametrize("name", list(DATASETS))
def test_a_missing_picture_is_named(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path)
    picture = DATASETS[name].pairs(tmp_path)[0].source.path
    picture.unlink()
    with pytest.raises(DatasetError, match=f"does not hold {DATASETS[name].title}") as caught:
        DATASETS[name].pairs(tmp_path)
    assert picture.name in str(caught.value).partition("Get it from")[0]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("spair-71k", "PairAnnotation/test/000000-a-b:cat.json"),
        ("ap-10k", "annotations/ap10k-test-split1.json"),
        ("folder", "keypoints.json"),
    ],
)
@pytest.mark.parametrize("text", ["{", "{}", '{"images": [{}], "keypoint_names": []}'])
def test_a_damaged_document_is_named(tmp_path: Path, name: str, file: str, text: str) -> None:
    WRITERS[name](tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(DatasetError, match="is not as") as caught:
        DATASETS[name].pairs(tmp_path)
    assert Path(file).name in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("parts/part_locs.txt", "1 1 5.0 x 1\n"),
        ("parts/part_locs.txt", "1 9 5.0 6.0 1\n"),
        ("bounding_boxes.txt", "1 2.0 1.0\n"),
        ("images.txt", "1\n"),
        ("image_class_labels.txt", "1 one\n"),
    ],
)
def test_a_damaged_list_of_cub_is_told(tmp_path: Path, file: str, text: str) -> None:
    trees.write_cub(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(DatasetError, match="is not as CUB-200-2011 has it"):
        DATASETS["cub"].pairs(tmp_path)


def test_a_damaged_annotation_of_pf_pascal_is_told(tmp_path: Path) -> None:
    trees.write_pf_pascal(tmp_path)
    (tmp_path / "Annotations/aeroplane/one.mat").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"one\.mat is not as PF-Pascal has it"):
        DATASETS["pf-pascal"].pairs(tmp_path)


def test_a_damaged_list_is_named(tmp_path: Path) -> None:
    trees.write_pf_willow(tmp_path)
    (tmp_path / "test_pairs.csv").write_text("imageA,imageB\n")
    with pytest.raises(DatasetError, match=r"test_pairs\.csv is not as .*no column XA1"):
        DATASETS["pf-willow"].pairs(tmp_path)


def test_a_fair_subset_has_as_many_pairs_of_each_category(tmp_path: Path) -> None:
    pairs = DATASETS["folder"].pairs(
        trees.write_folder(tmp_path, ["a"] * 6 + ["b"] * 3 + ["c"] * 3)
    )
    assert Counter(pair.source.category for pair in pairs) == {"a": 30, "b": 6, "c": 6}
    chosen = choose_pairs(pairs, 9, seed=4)
    assert Counter(pair.source.category for pair in chosen) == {"a": 3, "b": 3, "c": 3}
    assert chosen == choose_pairs(pairs, 9, seed=4)
    assert chosen != choose_pairs(pairs, 9, seed=5)
    # Once two categories are used up, the third gives the rest.
    more = choose_pairs(pairs, 20, seed=4)
    assert Counter(pair.source.category for pair in more) == {"a": 8, "b": 6, "c": 6}
    assert len(choose_pairs(pairs, None, seed=0)) == 42
    names = [pair.source.name for pair in chosen]
    assert names == sorted(names)


def test_a_fair_subset_of_few_sources(tmp_path: Path) -> None:
    pairs = DATASETS["folder"].pairs(trees.write_folder(tmp_path, ["a"] * 6 + ["b"] * 5))
    chosen = choose_pairs(pairs, 12, seed=0, sources=4)
    sources = {pair.source.name: pair.source.category for pair in chosen}
    assert Counter(sources.values()) == {"a": 2, "b": 2}
    assert Counter(pair.source.category for pair in chosen) == {"a": 6, "b": 6}
    assert len(choose_pairs(pairs, None, seed=0, sources=4)) == 2 * 5 + 2 * 4
