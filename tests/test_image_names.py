"""Matching names of images with each other."""

from __future__ import annotations

import time
import unicodedata

import pytest

from napari_homolog.errors import AmbiguousNameError
from napari_homolog.image_names import (
    ImageNames,
    distinct_names,
    file_name_of,
    has_image_suffix,
    stem_of,
)

FILES = (
    "wing.jpg",
    "Wing_02.png",
    "A. mellifera 1.2.tif",
    "male/001.jpg",
    "female/001.jpg",
    "male/scan.TIF",
    unicodedata.normalize("NFD", "Flügel.jpg"),
    "wing.csv",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wing.jpg", "wing.jpg"),
        ("WING.JPG", "wing.jpg"),
        ("wing.tif", "wing.jpg"),
        ("wing.NEF", "wing.jpg"),
        ("wing", "wing.jpg"),
        ("C:\\Users\\Zoé\\wing_02.PNG", "Wing_02.png"),
        ("../../private/wing_02.bmp", "Wing_02.png"),
        ("A. mellifera 1.2", "A. mellifera 1.2.tif"),
        ("male/001.jpg", "male/001.jpg"),
        ("D:\\scans\\FEMALE\\001.JPG", "female/001.jpg"),
        ("female/001", "female/001.jpg"),
        ("elsewhere/scan.tif", "male/scan.TIF"),
        (unicodedata.normalize("NFC", "flügel.JPG"), unicodedata.normalize("NFD", "Flügel.jpg")),
        ("A. mellifera 1", None),
        ("wing.txt", None),
        ("male", None),
        ("male/", None),
        ("..", None),
        (".", None),
        ("", None),
        ("wing.jpg\0", None),
    ],
)
def test_which_file_a_name_means(name: str, expected: str | None) -> None:
    place = ImageNames(FILES, labels=False).find(name)
    assert (None if place is None else FILES[place]) == expected


@pytest.mark.parametrize(
    ("names", "name", "first", "second"),
    [
        (["male/001.jpg", "female/001.jpg"], "001.jpg", "male/001.jpg", "female/001.jpg"),
        (["male/001.jpg", "female/001.jpg"], "old/001.jpg", "male/001.jpg", "female/001.jpg"),
        (["wing.jpg", "wing.png"], "wing", "wing.jpg", "wing.png"),
        (["wing.jpg", "wing.png"], "wing.tif", "wing.jpg", "wing.png"),
        (["Wing.jpg", "WING.jpg"], "wing.jpg", "Wing.jpg", "WING.jpg"),
    ],
)
def test_an_ambiguous_name_is_refused_with_both_candidates(
    names: list[str], name: str, first: str, second: str
) -> None:
    with pytest.raises(AmbiguousNameError, match=f"'{name}' may mean '{first}' or '{second}'"):
        ImageNames(names).find(name)


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        (["wing.JPG", "wing.jpg", "WING.jpg"], "wing.jpg", 1),
        (["old/wing.jpg", "wing.jpg"], "wing.jpg", 1),
        (["Male/001.jpg", "male/001.jpg"], "male/001.jpg", 1),
        (["b/male/1.jpg", "a/male/1.jpg", "a/1.jpg"], "x/a/male/1.jpg", 1),
        # The folder decides before the letter case of the suffix.
        (["male/001.jpg", "female/001.JPG"], "male/001.JPG", 0),
        (["", "wing"], "wing.jpg", 1),
    ],
)
def test_the_spelling_and_the_folders_decide(names: list[str], name: str, expected: int) -> None:
    assert ImageNames(names).find(name) == expected


def test_all_candidates_of_one_name_are_found_in_their_order() -> None:
    names = ImageNames(["a.jpg", "b.jpg", "A.jpg", "a.jpg"])
    assert names.find_all("scans/a.jpg") == (0, 3)
    assert names.find_all("c.jpg") == ()


def test_parts_of_names() -> None:
    assert file_name_of("C:\\scans/wing.1.jpg") == "wing.1.jpg"
    assert [stem_of(name) for name in ("a/b.JPG", "b.1", "b.cr2", ".jpg")] == [
        "b",
        "b.1",
        "b",
        ".jpg",
    ]
    assert has_image_suffix("A.TIFF")
    assert not has_image_suffix("a.tps")


def test_names_of_files_have_what_tells_them_apart() -> None:
    """Case 02."""
    paths = ["/s/male/001.jpg", "/s/female/001.jpg", "/s/female/2.jpg", "/s/2/female/001.JPG"]
    assert distinct_names(paths) == [
        *("male/001.jpg", "s/female/001.jpg", "2.jpg", "2/female/001.JPG")
    ]
    assert distinct_names(["/s/001.jpg", "/s/a/001.jpg", "/s/001.jpg"]) == [
        *("s/001.jpg", "a/001.jpg", "s/001.jpg")
    ]
    labels = ["C:\\s\\wing.jpg", "C:\\s\\wing.png", "C:\\s\\a\\wing.jpg", "C:\\s\\leg.tif"]
    assert distinct_names(labels, labels=True) == [*("s/wing.jpg", "s/wing.png", "a/wing", "leg")]


def test_ten_thousand_names_in_two_folders_take_no_time() -> None:
    paths = [f"/s/{folder}/{number}.jpg" for folder in "ab" for number in range(5000)]
    began = time.perf_counter()
    assert distinct_names(paths)[-1] == "b/4999.jpg"
    assert time.perf_counter() - began < 2
