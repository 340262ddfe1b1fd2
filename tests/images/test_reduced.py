"""Images read at a reduced size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_samples import exif, smooth
from PIL import Image

from napari_homolog.errors import ImageError
from napari_homolog.images import (
    ReducedImage,
    image_size,
    read_image,
    read_reduced,
)


def written_smooth(path: Path, height: int = 603, width: int = 1001, **options: object) -> Path:
    image = smooth(height, width).round().astype(np.uint8)
    if path.suffix == ".tif":
        tifffile.imwrite(path, image, photometric="rgb", **options)
    else:
        Image.fromarray(image).save(path, **options)
    return path


REDUCED = {
    "jpeg": ("a.jpg", {"quality": 98, "subsampling": 0}),
    "turned jpeg": ("a.jpg", {"quality": 98, "subsampling": 0, "exif": exif(6)}),
    "mirrored jpeg": ("a.jpg", {"quality": 98, "subsampling": 0, "exif": exif(3)}),
    "png": ("a.png", {}),
    "plain tiff": ("a.tif", {}),
    "tiff in strips": ("a.tif", {"compression": "zlib", "rowsperstrip": 17}),
    "tiff in tiles": ("a.tif", {"compression": "zlib", "tile": (64, 48)}),
    "tiff by planes": ("a.tif", {"planarconfig": "separate", "tile": (64, 48)}),
    "plain tiff by planes": ("a.tif", {"planarconfig": "separate"}),
    "big-endian tiff": ("a.tif", {"byteorder": ">"}),
    "turned tiff": ("a.tif", {"extratags": [(274, 3, 1, 8, True)]}),
}


@pytest.mark.parametrize("longest", [2000, 1001, 500, 333, 100, 40])
@pytest.mark.parametrize("kind", REDUCED)
def test_reduced_image_shows_the_same_at_the_same_place(
    tmp_path: Path, kind: str, longest: int
) -> None:
    name, options = REDUCED[kind]
    if name.endswith(".tif") and options.get("planarconfig"):
        planes = np.moveaxis(smooth(603, 1001).round().astype(np.uint8), -1, 0)
        tifffile.imwrite(tmp_path / name, planes, photometric="rgb", **options)
    else:
        written_smooth(tmp_path / name, **options)
    full = read_image(tmp_path / name)
    reduced = read_reduced(tmp_path / name, longest)
    assert reduced.size == image_size(tmp_path / name) == full.shape[:2]
    assert max(reduced.pixels.shape[:2]) == min(longest, 1001)
    height, width = reduced.pixels.shape[:2]
    places = np.array([(0.3 * height, 0.4 * width), (height - 2, width - 2), (1, 1)]).round()
    row, col = reduced.to_original(places).T
    # Colours change by 255 steps over the image: the place is right to a part of a pixel.
    there = full[row.round().astype(int), col.round().astype(int)]
    here = reduced.pixels[places[:, 0].astype(int), places[:, 1].astype(int)]
    np.testing.assert_allclose(here[:, :2], there[:, :2], atol=0.008)
    np.testing.assert_allclose(reduced.to_reduced(reduced.to_original(places)), places)


def test_corners_of_a_reduced_image_are_those_of_the_file() -> None:
    reduced = ReducedImage(np.zeros((100, 50, 3), np.float32), (1000, 500))
    assert reduced.factors == (10, 10)
    np.testing.assert_allclose(
        reduced.to_original([(-0.5, -0.5), (99.5, 49.5), (0, 0)]),
        [(-0.5, -0.5), (999.5, 499.5), (4.5, 4.5)],
    )


def test_reduction_that_leaves_nothing_to_see_is_refused(tmp_path: Path) -> None:
    written_smooth(tmp_path / "a.png", 20, 1000)
    with pytest.raises(ImageError, match=r"2 x 100 pixels .* at least 16"):
        read_reduced(tmp_path / "a.png", 100)


def test_stored_reduction_is_taken_where_it_is_large_enough(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        options = {"photometric": "rgb", "tile": (64, 64)}
        tiff.write(np.zeros((400, 600, 3), np.uint8), subifds=2, **options)
        # Other colours than the full image tell which of them is read.
        tiff.write(np.full((200, 300, 3), 102, np.uint8), subfiletype=1, **options)
        tiff.write(np.full((100, 150, 3), 204, np.uint8), subfiletype=1, **options)
    assert [
        read_reduced(tmp_path / "a.tif", longest).pixels.mean().round(6)
        for longest in (600, 301, 300, 151, 150, 60)
    ] == [0, 0, 0.4, 0.4, 0.8, 0.8]
    assert read_reduced(tmp_path / "a.tif", 60).size == (400, 600)
    assert read_image(tmp_path / "a.tif").max() == 0


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, bool])
def test_depths_are_reduced_alike(tmp_path: Path, dtype: type) -> None:
    grey = np.kron([[0, 1], [1, 0]], np.ones((100, 100))).astype(dtype)
    grey = grey * 65535 if dtype is np.uint16 else grey
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric="minisblack")
    expected = np.kron([[0, 1], [1, 0]], np.ones((20, 20)))
    np.testing.assert_allclose(read_reduced(tmp_path / "a.tif", 40).pixels[..., 0], expected)


@pytest.mark.parametrize("mode", ["L", "P", "I;16", "LA", "1", "RGBA", "CMYK"])
def test_modes_are_reduced_alike(tmp_path: Path, mode: str) -> None:
    name = "a.tif" if mode == "CMYK" else "a.png"
    if mode == "I;16":
        picture = Image.fromarray(np.full((90, 120), 65535, np.uint16))
    else:
        picture = Image.new("L", (120, 90), 255).convert(mode)
    picture.save(tmp_path / name)
    reduced = read_reduced(tmp_path / name, 30)
    assert reduced.pixels.shape == (22, 30, 3)
    np.testing.assert_allclose(reduced.pixels, 1, atol=0.01)


@pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
def test_30000_pixels_either_way_are_read_at_working_size(tmp_path: Path, name: str) -> None:
    if name == "a.tif":
        # Tiles that are not stored read as black.
        tile = np.full((1, 512, 512), 255, np.uint8)
        tiles = (tile if n < 59 else None for n in range(59 * 59))
        tifffile.imwrite(
            tmp_path / name,
            tiles,
            shape=(30_000, 30_000),
            dtype=np.uint8,
            tile=(512, 512),
            compression="zlib",
        )
        longest = 600
    else:
        picture = Image.new("L", (30_000, 7_000), 255)
        picture.paste(0, (0, 512, 30_000, 7_000))
        picture.save(tmp_path / name)
        longest = 600
    with pytest.raises(ImageError, match=r"pixels|exceeds limit"):
        read_image(tmp_path / name)
    reduced = read_reduced(tmp_path / name, longest)
    assert reduced.size[1] == 30_000
    assert reduced.pixels.shape[1] == 600
    np.testing.assert_allclose(reduced.pixels[:10, :, 0].mean(1), 1, atol=0.02)
    np.testing.assert_allclose(reduced.pixels[12:, :, 0].mean(1), 0, atol=0.02)
