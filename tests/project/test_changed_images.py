"""Images that went, moved or changed since they were added."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import SIZE, draw_noise
from PIL import Image, PngImagePlugin

from napari_homolog.errors import ImageError, ProjectError
from napari_homolog.images import pixel_hash, read_image
from napari_homolog.project import ImageTrouble, Project

AddWings = Callable[[Project, int], list[int]]


def test_what_happened_to_each_image(project: Project, add_wings: AddWings, folder: Path) -> None:
    same, gone, moved, changed, touched = add_wings(project, 5)
    project.add_picture("no file", SIZE)
    images = folder / "images"
    (images / "wing 1.png").unlink()
    (folder / "sorted").mkdir()
    (images / "wing 2.png").rename(folder / "sorted" / "renamed.png")
    draw_noise(images / "wing 3.png", 77)
    os.utime(images / "wing 4.png", (1, 1))
    found = {one.specimen.id: (one.trouble, one.found) for one in project.changed_images()}
    assert found == {
        gone: (ImageTrouble.GONE, None),
        moved: (ImageTrouble.MOVED, folder / "sorted" / "renamed.png"),
        changed: (ImageTrouble.CHANGED, None),
    }
    project.set_image(moved, folder / "sorted" / "renamed.png")
    project.set_image(changed, images / "wing 3.png")
    assert [one.specimen.id for one in project.changed_images()] == [gone]
    assert project.specimen(moved).path == folder / "sorted" / "renamed.png"
    assert project.specimen(same).path == images / "wing 0.png"
    assert project.specimen(touched).path == images / "wing 4.png"


def test_changed_contents_of_the_same_length_are_noticed(project: Project, folder: Path) -> None:
    path = draw_noise(folder / "a.bmp", 1)
    number = project.add_image(path)
    length = path.stat().st_size
    os.utime(draw_noise(path, 2), (5, 5))
    assert path.stat().st_size == length
    assert [(c.specimen.id, c.trouble) for c in project.changed_images()] == [
        (number, ImageTrouble.CHANGED)
    ]


def test_an_image_of_another_size_is_no_replacement(
    project: Project, add_wings: AddWings, folder: Path
) -> None:
    (wing,) = add_wings(project, 1)
    other = draw_noise(folder / "other.png", 3, (50, 70))
    with pytest.raises(ImageError, match=r"50 x 70 pixels, but .* on a picture of 40 x 60"):
        project.set_image(wing, other)


def test_names_of_specimens(project: Project, folder: Path) -> None:
    (folder / "b").mkdir()
    first = project.add_image(draw_noise(folder / "wing.png", 1))
    second = project.add_image(draw_noise(folder / "b" / "wing.png", 2))
    third = project.add_image(folder / "wing.png", "wing, again")
    assert [project.specimen(one).name for one in (first, second, third)] == [
        "wing",
        "b/wing",
        "wing, again",
    ]
    found = project.find("b/wing")
    assert found is not None
    assert found.id == second
    assert project.find("nothing") is None
    by_path = project.find_image(folder / "wing.png")
    assert by_path is not None
    assert by_path.id == first
    with pytest.raises(ProjectError, match="has a specimen 'wing' already"):
        project.add_picture("wing", SIZE)
    with pytest.raises(ProjectError, match="is no specimen name; give"):
        project.add_picture("  ", SIZE)


def test_what_is_no_image_is_not_added(project: Project, folder: Path) -> None:
    (folder / "a.png").write_text("no image")
    with pytest.raises(ImageError, match="cannot be read as an image"):
        project.add_image(folder / "a.png")
    with pytest.raises(ImageError, match="no image file"):
        project.add_image(folder / "b.png")
    assert project.specimens() == []


def test_a_file_of_the_same_pixels_is_no_changed_image(
    project: Project, add_wings: AddWings, folder: Path
) -> None:
    known, unknown = add_wings(project, 2)
    pixels = {wing: project.fingerprint_of(wing).pixel_hash for wing in (known, unknown)}
    assert set(pixels.values()) == {None}
    shown = pixel_hash(read_image(folder / "images" / "wing 0.png"))
    assert project.pixel_hash_of(known) == shown
    assert project.fingerprint_of(known).pixel_hash == shown
    for number in (0, 1):
        path = folder / "images" / f"wing {number}.png"
        with Image.open(path) as picture:
            picture.load()
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Author", "edited")
        picture.save(path, pnginfo=notes)
    # Without the hash of its pixels nobody knows what the other one showed.
    assert [one.specimen.id for one in project.changed_images()] == [unknown]
    assert project.pixel_hash_of(unknown) is None
    draw_noise(folder / "images" / "wing 0.png", 77)
    assert [one.specimen.id for one in project.changed_images()] == [known, unknown]
    (folder / "images" / "wing 0.png").write_text("no image")
    assert [one.specimen.id for one in project.changed_images()] == [known, unknown]
    project.set_image(known, draw_noise(folder / "images" / "wing 0.png", 77))
    assert project.fingerprint_of(known).pixel_hash is None


def test_a_picture_is_found_by_its_pixels(project: Project, add_wings: AddWings) -> None:
    (wing,) = add_wings(project, 1)
    pixels = np.zeros(SIZE, np.uint8)
    number = project.add_picture("layer", SIZE, pixel_hash=pixel_hash(pixels))
    found = project.find_pixels(pixel_hash(np.zeros((*SIZE, 3), np.float32)))
    assert found is not None
    assert found.id == number
    assert project.pixel_hash_of(number) == pixel_hash(pixels)
    assert project.find_pixels(str(project.pixel_hash_of(wing))) == project.specimen(wing)
    assert project.find_pixels(pixel_hash(pixels + np.uint8(1))) is None
