"""Landmarks on photographs as they are stored, and as their EXIF orientation turns them (case 04)."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image, ImageOps

from napari_homolog import formats
from napari_homolog.correspondence import LandmarkSet
from napari_homolog.formats import FormatWarning
from napari_homolog.images import ImageLookup
from napari_homolog.project import Project

HEIGHT, WIDTH = 48, 64
"""Of the raster as it is stored."""

PLACED = [(40, 10), (12, 30)]
"""(row, col) on that raster."""


def photograph(path: Path, orientation: int) -> np.ndarray:
    """Write a black photograph with a bright pixel at each place; return it as Pillow turns it."""
    raster = np.zeros((HEIGHT, WIDTH), np.uint8)
    for place, value in zip(PLACED, (100, 200), strict=True):
        raster[place] = value
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(raster).save(path, exif=exif)
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture))


def tps(path: Path) -> Path:
    rows = "".join(f"{col} {HEIGHT - row}\n" for row, col in PLACED)
    path.write_text(f"LM=2\n{rows}IMAGE=phone.png\nCURVES=1\nPOINTS=2\n{rows}ID=phone\n")
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_landmarks_turn_as_pillow_turns_the_photograph(tmp_path: Path, orientation: int) -> None:
    shown = photograph(tmp_path / "phone.png", orientation)
    images = ImageLookup(tmp_path)
    (read,) = formats.read_landmarks(
        tps(tmp_path / "a.tps"),
        image_size=images.size_of,
        orientation=images.orientation_of,
        as_stored=True,
    )
    expected = [np.argwhere(shown == value)[0] for value in (100, 200)]
    assert_allclose(read.landmarks.points, expected)
    assert_allclose(read.curves[0], expected)
    assert read.image_size == shown.shape


def test_what_fits_both_ways_is_told_once_with_the_way_out(tmp_path: Path) -> None:
    photograph(tmp_path / "phone.png", 6)
    images = ImageLookup(tmp_path)
    path = tmp_path / "a.tps"
    path.write_text(tps(path).read_text() * 3)
    sizes = {"image_size": images.size_of, "orientation": images.orientation_of}
    with pytest.warns(FormatWarning, match=r"landmarks of phone.png .*--as-stored") as caught:
        first = formats.read_landmarks(path, **sizes)[0]
    assert len(caught) == 1
    # As shown: 64 rows, counted from below.
    assert_allclose(first.landmarks.points, [(64 - 8, 10), (64 - 36, 30)])

    # A landmark beyond the 48 rows of the raster decides, and so does an upright photograph.
    path.write_text("LM=1\n10 60\nIMAGE=phone.png\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        formats.read_landmarks(path, **sizes)
        photograph(tmp_path / "phone.png", 1)
        tps(path)
        sizes["orientation"] = ImageLookup(tmp_path).orientation_of
        formats.read_landmarks(path, **sizes)


@pytest.mark.parametrize(("orientation", "told"), [(6, False), (3, True)])
def test_a_stated_size_decides_unless_both_are_equal(
    tmp_path: Path, orientation: int, told: bool
) -> None:
    height, width = photograph(tmp_path / "phone.png", orientation).shape
    document = {
        "images": [{"id": 1, "file_name": "phone.png", "height": height, "width": width}],
        "categories": [{"id": 1, "name": "wing", "keypoints": ["a"]}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "keypoints": [10, 8, 2]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    images = ImageLookup(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        formats.read_landmarks(
            tmp_path / "a.json", image_size=images.size_of, orientation=images.orientation_of
        )
    assert ["--as-stored" in str(one.message) for one in caught] == [True] * told


def homolog(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "napari_homolog.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_convert_learn_and_project_new_can_be_told(tmp_path: Path) -> None:
    shown = photograph(tmp_path / "phone.png", 6)
    tps(tmp_path / "a.tps")
    expected = [np.argwhere(shown == value)[0] for value in (100, 200)]

    run = homolog(tmp_path, "convert", "a.tps", "a.csv", "--as-stored")
    assert run.returncode == 0
    assert "--as-stored" not in run.stderr
    (read,) = formats.read_landmarks(tmp_path / "a.csv")
    assert_allclose(read.landmarks.points, expected)
    run = homolog(tmp_path, "convert", "a.tps", "b.csv", "--as-stored", "--size", "64x48")
    assert run.returncode == 2
    assert "--as-stored needs the images" in run.stderr
    run = homolog(tmp_path, "convert", "a.tps", "b.tps")
    assert run.stderr.count("--as-stored") == 1

    run = homolog(tmp_path, "project", "new", "a.homolog", "--landmarks", "a.tps", "--as-stored")
    assert (run.returncode, run.stderr) == (0, "")
    with Project.open(tmp_path / "a.homolog") as project:
        (specimen,) = project.specimens()
        assert_allclose(project.landmarks_of(specimen.id).points, expected)

    # On the raster of 64 columns only: x = 60 lies outside the image as shown, of 48.
    (tmp_path / "far.tps").write_text(f"LM=2\n60 8\n10 {HEIGHT - 40}\nIMAGE=phone.png\n")
    learn = ("learn", "phone.png", "--landmarks", "far.tps", "--out", "a.safetensors", "--json")
    run = homolog(tmp_path, *learn)
    assert run.returncode == 2
    assert "they fit the image turned by 90 degrees" in run.stderr
    assert "--as-stored" in run.stderr
    run = homolog(tmp_path, *learn, "--preset", "attention", "--as-stored")
    assert (run.returncode, run.stderr) == (0, "")
    assert LandmarkSet.load(tmp_path / "a.safetensors").names == ("1", "2")


def test_without_the_image_nothing_is_turned_silently(tmp_path: Path) -> None:
    tps(tmp_path / "a.tps")
    run = homolog(tmp_path, "convert", "a.tps", "b.tps", "--as-stored")
    assert run.returncode == 2
    assert "There is no image 'phone.png' that states how it is turned" in run.stderr
    assert not (tmp_path / "b.tps").exists()
