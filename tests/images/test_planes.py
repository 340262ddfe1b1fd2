"""Files of several pages or channels: which picture of them is meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_homolog.errors import ImageError
from napari_homolog.images import Picture, Plane, image_size, read_image, read_reduced

STACK = np.random.default_rng(3).integers(0, 256, (2, 3, 32, 48), np.uint8)
"""Two planes of three channels."""


def as_ome(path: Path, array: np.ndarray, axes: str) -> Path:
    tifffile.imwrite(path, array, photometric="minisblack", metadata={"axes": axes})
    return path


def rgb_of(channels: np.ndarray) -> np.ndarray:
    return np.moveaxis(channels, 0, -1) / np.float32(255)


def test_channels_that_are_pages_are_offered_as_rgb(tmp_path: Path) -> None:
    path = as_ome(tmp_path / "rgb.ome.tif", STACK[0], "CYX")
    for function in (read_image, image_size):
        with pytest.raises(
            ImageError, match=r"3 channels as .* RGB with `--channel rgb`, or .* 0 to 2"
        ):
            function(path)
    plane = Plane.of(None, "rgb")
    np.testing.assert_array_equal(read_image(path, plane), rgb_of(STACK[0]))
    assert image_size(path, plane) == (32, 48)
    np.testing.assert_array_equal(
        read_image(path, Plane.of(None, "2,0,1")), rgb_of(STACK[0][[2, 0, 1]])
    )
    for channel in range(3):
        grey = read_image(path, Plane.of(None, str(channel)))
        np.testing.assert_array_equal(grey, np.repeat(rgb_of(STACK[0])[..., [channel]], 3, -1))
    # A page is a page all the same.
    np.testing.assert_array_equal(read_image(path, 1), read_image(path, Plane(1)))
    np.testing.assert_allclose(
        read_reduced(path, 24, plane).pixels,
        np.round(STACK[0].reshape(3, 16, 2, 24, 2).mean((2, 4))).transpose(1, 2, 0) / 255,
        atol=1 / 255,
    )


@pytest.mark.parametrize("kind", ["ome", "imagej"])
def test_a_page_stands_for_its_picture_where_channels_are_chosen(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("a.ome.tif" if kind == "ome" else "a.tif")
    tifffile.imwrite(
        path, STACK, photometric="minisblack", imagej=kind == "imagej", metadata={"axes": "ZCYX"}
    )
    with pytest.raises(ImageError, match=r"2 pictures of 3 channels in 6 pages; .* 0 to 5"):
        read_image(path, Plane.of(None, "rgb"))
    for page in (3, 4, 5):
        np.testing.assert_array_equal(read_image(path, Plane.of(page, "rgb")), rgb_of(STACK[1]))
    np.testing.assert_array_equal(read_image(path, Plane.of(0, "1"))[..., 0] * 255, STACK[0, 1])


def test_three_pages_of_which_nothing_is_stated_may_be_channels(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, STACK[0], photometric="minisblack", metadata=None)
    with pytest.raises(
        ImageError, match=r"3 frames or pages .* `--channel rgb` .* `--page`, 0 to 2"
    ):
        read_image(path)
    np.testing.assert_array_equal(read_image(path, Plane.of(None, "rgb")), rgb_of(STACK[0]))


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_channels_within_a_page_are_no_colours_or_opacity(tmp_path: Path, planar: str) -> None:
    for count in (2, 5):
        array = np.random.default_rng(count).integers(0, 4000, (count, 32, 48), np.uint16)
        array[0, 0, 0] = 4095
        path = tmp_path / f"{count}.tif"
        stored = array if planar == "separate" else np.moveaxis(array, 0, -1)
        tifffile.imwrite(path, stored, photometric="minisblack", planarconfig=planar)
        with pytest.raises(ImageError, match=f"holds {count} channels .* 0 to {count - 1}"):
            read_image(path)
        first = read_image(path, Plane.of(None, "0"))
        np.testing.assert_allclose(first[..., 2], array[0] / 4095, atol=1e-6)
        with pytest.raises(ImageError, match=f"no channel 7; it holds {count}, counted from 0"):
            read_image(path, Plane.of(None, "7"))


def test_one_channel_of_a_photograph(tmp_path: Path) -> None:
    colours = np.moveaxis(STACK[0], 0, -1)
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb")
    Image.fromarray(colours).save(tmp_path / "a.png")
    for name in ("a.tif", "a.png"):
        green = read_image(tmp_path / name, Plane.of(None, "1"))
        np.testing.assert_allclose(green, np.repeat(colours[..., [1]] / 255, 3, -1), atol=1e-6)
        for function in (read_image, image_size):
            with pytest.raises(ImageError, match="no channel 3; it holds 3"):
                function(tmp_path / name, Plane.of(None, "3"))


def test_pages_of_different_sizes_are_not_channels(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(STACK[0, 0], photometric="minisblack")
        tiff.write(STACK[0, 1, :20], photometric="minisblack")
        tiff.write(STACK[0, 2], photometric="minisblack")
    with pytest.raises(ImageError, match="not channels of one picture: they differ in size"):
        read_image(tmp_path / "a.tif", Plane.of(None, "rgb"))


@pytest.mark.parametrize("channel", ["red", "1,2", "-1", "1;2;3", "", "9999999"])
def test_what_is_no_channel(channel: str) -> None:
    with pytest.raises(ImageError, match="is no channel; give rgb"):
        Plane.of(None, channel)


def test_planes_are_stored_as_text() -> None:
    for plane in (Plane(3), Plane.of(None, "rgb"), Plane.of(2, "4")):
        assert plane is not None
        assert Plane.from_text(plane.text) == plane
    with pytest.raises(ValueError, match="no plane"):
        Plane.from_text('["a", null]')


def test_another_channel_is_another_picture(tmp_path: Path) -> None:
    path = as_ome(tmp_path / "rgb.ome.tif", STACK[0], "CYX")
    rgb = Picture.from_file(path, Plane.of(None, "rgb"))
    assert not rgb.is_same_as(Picture.from_file(path, Plane.of(None, "0")))
    assert Picture.from_file(path, 1).is_same_as(Picture.from_file(path, Plane.of(None, "1")))
    assert rgb.is_same_as(Picture.from_array(np.moveaxis(STACK[0], 0, -1)))


def test_a_file_does_not_name_others_that_are_read(tmp_path: Path) -> None:
    as_ome(tmp_path / "b.ome.tif", STACK[1], "CYX")
    path = as_ome(tmp_path / "a.ome.tif", STACK[0], "CYX")
    with tifffile.TiffFile(tmp_path / "b.ome.tif") as other:
        told = other.ome_metadata
    assert told is not None
    told = told.replace(
        '<TiffData IFD="0" PlaneCount="3"/>',
        '<TiffData IFD="0" PlaneCount="3"><UUID FileName="b.ome.tif">'
        "urn:uuid:00000000-0000-0000-0000-000000000000</UUID></TiffData>",
    )
    tifffile.tiffcomment(path, told.encode())
    np.testing.assert_array_equal(read_image(path, Plane.of(None, "rgb")), rgb_of(STACK[0]))
