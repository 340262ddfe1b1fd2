"""Image files by their names, and the images of a folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from napari_homolog.errors import AmbiguousNameError, ImageError
from napari_homolog.images import (
    IMAGE_SUFFIXES,
    ImageLookup,
    dialog_filter,
    folders,
    images_in_folder,
    read_image,
    suffixes_with_libraries,
)


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_files_are_found_in_the_folder_and_never_outside(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    make(tmp_path, "secret.jpg", "scans/wing.jpg", "scans/.hidden.jpg", "scans/notes.tps")
    (folder / "sub.jpg").mkdir()
    lookup = ImageLookup(folder)
    assert lookup.find("C:\\old\\WING.tif") == folder / "wing.jpg"
    for name in ("../secret.jpg", str(tmp_path / "secret.jpg"), "sub.jpg", "hidden.jpg", "notes"):
        assert lookup.find(name) is None
    with pytest.raises(
        ImageError, match=r"no image '\.\./secret\.jpg' in .*scans; give the folder"
    ):
        lookup.require("../secret.jpg")


def test_links_to_folders_elsewhere_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "private/001.jpg", "scans/wing.jpg")
    try:
        (tmp_path / "scans" / "male").symlink_to(tmp_path / "private", target_is_directory=True)
    except OSError:
        pytest.skip("Links cannot be made here.")
    assert ImageLookup(tmp_path / "scans").find("male/001.jpg") is None
    assert images_in_folder(tmp_path / "scans", recursive=True).files == (
        tmp_path / "scans" / "wing.jpg",
    )


def test_a_folder_below_counts_where_the_name_mentions_it(tmp_path: Path) -> None:
    make(tmp_path, "male/001.jpg", "female/001.jpg", "old/male/002.jpg", "other/003.jpg", "003.png")
    lookup = ImageLookup(tmp_path)
    assert lookup.find("001.jpg") is None
    assert lookup.find("D:\\2019\\MALE\\001.JPG") == tmp_path / "male" / "001.jpg"
    assert lookup.find("female/001.jpg") == tmp_path / "female" / "001.jpg"
    assert lookup.find("x/old/male/002.tif") == tmp_path / "old" / "male" / "002.jpg"
    assert lookup.find("003.jpg") == tmp_path / "003.png"
    # Both folders are listed by now.
    with pytest.raises(AmbiguousNameError, match=r"'male/001\.jpg' or 'female/001\.jpg'"):
        lookup.find("001.jpg")


def test_among_given_files_their_folders_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "male/001.jpg", "female/001.jpg")
    monkeypatch.chdir(tmp_path / "male")
    lookup = ImageLookup([Path("001.jpg"), Path("../female/001.jpg"), Path("001.jpg")])
    assert lookup.find("male/001.jpg") == Path("001.jpg")
    assert lookup.find("female/001.jpg") == Path("../female/001.jpg")
    with pytest.raises(AmbiguousNameError):
        lookup.find("001.jpg")


def test_sizes_by_name(tmp_path: Path) -> None:
    Image.new("L", (30, 20)).save(tmp_path / "a.png")
    lookup = ImageLookup(tmp_path)
    assert lookup.size_of("scans/a.tif") == (20, 30)
    assert lookup.size_of("b.png") is None


def test_5000_names_in_a_folder_of_5000_files_take_a_moment(tmp_path: Path) -> None:
    names = [f"{number:05d}.jpg" for number in range(5000)]
    for name in names:
        (tmp_path / name).touch()
    start = time.perf_counter()
    lookup = ImageLookup(tmp_path)
    found = [lookup.find(f"scans\\{name[:-4]}.TIF") for name in names]
    assert time.perf_counter() - start < 5
    assert found == [tmp_path / name for name in names]


def test_missing_and_locked_folders_are_refused(tmp_path: Path) -> None:
    for call in (ImageLookup, images_in_folder):
        with pytest.raises(ImageError, match=r"There is no folder .*none; give the folder"):
            call(tmp_path / "none")
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0)
    try:
        if os.access(locked, os.R_OK):
            pytest.skip("This user may enter any folder.")
        with pytest.raises(ImageError, match=r"cannot be listed .* check its permissions"):
            images_in_folder(tmp_path, recursive=True)
    finally:
        locked.chmod(0o700)


def test_images_of_a_folder_and_what_was_skipped(tmp_path: Path) -> None:
    make(tmp_path, "b.webp", "a.TIF", "notes.txt", "._a.jpg", "male/1.jpg", "male/x/2.jpg")
    (tmp_path / "female").mkdir()
    flat = images_in_folder(tmp_path)
    assert flat.files == (tmp_path / "a.TIF", tmp_path / "b.webp")
    assert flat.skipped == "2 folders, 1 file of another kind"
    every = images_in_folder(tmp_path, recursive=True)
    assert every.files == tuple(
        tmp_path / name for name in ("a.TIF", "b.webp", "male/1.jpg", "male/x/2.jpg")
    )
    assert every.skipped == "1 file of another kind"
    assert images_in_folder(tmp_path / "female").skipped == ""


def test_files_of_every_listed_suffix_can_be_read(tmp_path: Path) -> None:
    for suffix in IMAGE_SUFFIXES:
        Image.new("RGB", (30, 20), "white").save(tmp_path / f"a{suffix}")
        assert read_image(tmp_path / f"a{suffix}").shape == (20, 30, 3)
        assert f"*{suffix}" in dialog_filter()


def test_raw_and_heif_files_of_a_folder_count_where_they_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.jpg", "A.NEF", "b.dng", "c.heic", "notes.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(folders, "find_spec", lambda name: name)
    found = images_in_folder(tmp_path)
    # The camera stored a.jpg beside its raw file: one specimen, not two.
    assert [path.name for path in found.files] == ["a.jpg", "b.dng", "c.heic"]
    assert found.skipped == "1 file of another kind, 1 raw file beside an image of its name"

    monkeypatch.setattr(folders, "find_spec", lambda name: None)
    found = images_in_folder(tmp_path)
    assert [path.name for path in found.files] == ["a.jpg"]
    assert found.skipped.endswith(
        '2 camera raw or HEIF files (to read it: pip install "napari-homolog[raw,heic]")'
    )
    assert ".nef" not in suffixes_with_libraries()
