"""What a picture is, and which pictures are the same."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_samples import HEIGHT, WIDTH, exif
from PIL import Image, PngImagePlugin

from napari_homolog.errors import ImageError
from napari_homolog.images import Picture, as_rgb, file_digest, pixel_hash, read_image


def test_the_hash_is_what_its_description_says() -> None:
    grey = np.full((16, 17), 128, np.uint8)
    data = struct.pack("<2q", 16, 17) + struct.pack("<f", np.float32(128) / np.float32(255)) * 816
    assert pixel_hash(grey) == hashlib.blake2b(data, digest_size=32).hexdigest()


def test_equal_pixels_have_equal_hashes_however_they_are_stored(rgb: np.ndarray) -> None:
    known = pixel_hash(rgb)
    opaque = np.dstack([rgb, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    for same in (rgb.astype(np.uint16) * 257, as_rgb(rgb), opaque, rgb[:, ::-1][:, ::-1]):
        assert pixel_hash(same) == known
    other = rgb.copy()
    other[-1, -1, -1] ^= 1
    for different in (other, rgb[::-1], np.swapaxes(rgb, 0, 1), rgb.reshape(WIDTH, HEIGHT, 3)):
        assert pixel_hash(different) != known
    grey = rgb[..., 0]
    assert pixel_hash(grey) == pixel_hash(np.dstack([grey] * 3))
    zero = np.zeros((16, 16), np.float32)
    assert pixel_hash(-zero) == pixel_hash(zero)
    with pytest.raises(ImageError, match="is no single picture"):
        pixel_hash(np.zeros((3, 20, 20, 20)))


def test_a_file_that_was_saved_anew_is_the_same_picture(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", rgb, photometric="rgb", compression="zlib")
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "edited")
    Image.fromarray(rgb).save(tmp_path / "noted.png", pnginfo=notes)
    first = Picture.from_file(tmp_path / "a.png")
    assert (first.size, first.orientation, first.page) == ((HEIGHT, WIDTH), 1, None)
    assert first.file_digest == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert first.file_digest == file_digest(tmp_path / "a.png")
    for name in ("a.tif", "noted.png"):
        again = Picture.from_file(tmp_path / name)
        assert again.file_digest != first.file_digest
        assert first.is_same_as(again)
    changed = rgb.copy()
    changed[0, 0, 0] ^= 1
    Image.fromarray(changed).save(tmp_path / "b.png")
    assert not first.is_same_as(Picture.from_file(tmp_path / "b.png"))


def test_a_layer_is_the_same_picture_as_a_file_only_if_its_pixels_are(
    tmp_path: Path, rgb: np.ndarray
) -> None:
    # A square picture: its size is the same after any rotation.
    square = np.ascontiguousarray(rgb[:, :HEIGHT])
    Image.fromarray(square).save(tmp_path / "phone.png", exif=exif(6))
    file = Picture.from_file(tmp_path / "phone.png")
    assert (file.size, file.orientation) == ((HEIGHT, HEIGHT), 6)
    unturned = Picture.from_array(square)
    assert unturned.size == file.size
    assert not file.is_same_as(unturned)
    assert file.is_same_as(Picture.from_array(np.rot90(square, -1)))
    assert file.is_same_as(Picture.from_array(read_image(tmp_path / "phone.png")))
    assert unturned.file_digest is None
    assert not unturned.is_same_as(Picture.from_array(square[:-1]))


def test_the_page_is_part_of_the_picture(tmp_path: Path, rgb: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([rgb, 255 - rgb, rgb]), photometric="rgb")
    pages = [Picture.from_file(tmp_path / "a.tif", page) for page in range(3)]
    assert not pages[0].is_same_as(pages[1])
    assert pages[0].is_same_as(pages[2])
    with pytest.raises(ImageError, match="say which page"):
        Picture.from_file(tmp_path / "a.tif")


def test_equal_files_are_not_decoded(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(tmp_path / "a.jpg")
    damaged = (tmp_path / "a.jpg").read_bytes()[:-200]
    for name in ("a.jpg", "copy.jpg"):
        (tmp_path / name).write_bytes(damaged)
    first, copy = (Picture.from_file(tmp_path / name) for name in ("a.jpg", "copy.jpg"))
    assert first.is_same_as(copy)
    with pytest.raises(ImageError, match=r"a\.jpg cannot be read as an image"):
        _ = first.pixel_hash
