"""Reading image files and arrays."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_samples import HEIGHT, WIDTH, smooth
from PIL import Image

from napari_homolog.errors import ImageError
from napari_homolog.images import (
    as_rgb,
    image_size,
    pixel_size,
    read_image,
    read_reduced,
)


def test_rgb_png(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, rgb / 255, atol=1e-6)
    assert image_size(tmp_path / "a.png") == (HEIGHT, WIDTH)


def test_grey_png(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb[..., 0]).save(tmp_path / "a.png")
    np.testing.assert_allclose(
        read_image(tmp_path / "a.png"), np.repeat(rgb[..., :1], 3, 2) / 255, atol=1e-6
    )


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bit_grey(tmp_path: Path, name: str) -> None:
    grey = np.linspace(0, 65535, HEIGHT * WIDTH).astype(np.uint16).reshape(HEIGHT, WIDTH)
    if name.endswith(".tif"):
        tifffile.imwrite(tmp_path / name, grey)
    else:
        Image.fromarray(grey).save(tmp_path / name)
    image = read_image(tmp_path / name)
    np.testing.assert_allclose(image[..., 1], grey / 65535, atol=1e-6)
    assert image.max() == 1.0


def test_16_bit_rgb_tiff(tmp_path: Path, rgb: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "a.tif", rgb.astype(np.uint16) * 257, photometric="rgb")
    np.testing.assert_allclose(read_image(tmp_path / "a.tif"), rgb / 255, atol=1e-6)
    assert image_size(tmp_path / "a.tif") == (HEIGHT, WIDTH)


def test_channels_first_tiff(tmp_path: Path, rgb: np.ndarray) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.moveaxis(rgb, -1, 0), photometric="rgb", planarconfig="separate"
    )
    np.testing.assert_allclose(read_image(tmp_path / "a.tif"), rgb / 255, atol=1e-6)


def test_white_is_zero_tiff(tmp_path: Path, rgb: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "a.tif", rgb[..., 0], photometric="miniswhite")
    np.testing.assert_allclose(
        read_image(tmp_path / "a.tif")[..., 0], 1 - rgb[..., 0] / 255, atol=1e-6
    )


def test_transparency_lies_over_white(tmp_path: Path, rgb: np.ndarray) -> None:
    alpha = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    alpha[:, 10:] = 255
    Image.fromarray(np.concatenate([rgb, alpha], -1)).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert image[:, :10].min() == 1.0
    np.testing.assert_allclose(image[:, 10:], rgb[:, 10:] / 255, atol=1e-6)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    # No ink is white, full cyan takes all red.
    ink = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    ink[:, 15:, 0] = 255
    Image.fromarray(ink, mode="CMYK").save(tmp_path / "a.jpg", quality=100)
    image = read_image(tmp_path / "a.jpg")
    np.testing.assert_allclose(image[10, 3], [1, 1, 1], atol=0.02)
    np.testing.assert_allclose(image[10, 26], [0, 1, 1], atol=0.02)


def test_palette_png(tmp_path: Path) -> None:
    picture = Image.fromarray(np.full((HEIGHT, WIDTH, 3), (255, 0, 0), np.uint8)).quantize(4)
    picture.save(tmp_path / "a.png")
    np.testing.assert_allclose(read_image(tmp_path / "a.png")[0, 0], [1, 0, 0], atol=0.01)


def test_exif_rotation_is_applied(tmp_path: Path, rgb: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb).save(tmp_path / "a.png", exif=exif)
    assert image_size(tmp_path / "a.png") == (WIDTH, HEIGHT)
    image = read_image(tmp_path / "a.png")
    np.testing.assert_allclose(image, np.rot90(rgb, -1) / 255, atol=1e-6)


def test_30000_pixels_wide(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((16, 30_000), np.uint8)).save(tmp_path / "wide.png")
    assert read_image(tmp_path / "wide.png").shape == (16, 30_000, 3)


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    Image.new("1", (30_000, 6000)).save(tmp_path / "huge.png")
    with pytest.raises(ImageError, match=r"6000 x 30000|exceeds limit"):
        read_image(tmp_path / "huge.png")


@pytest.mark.parametrize(
    ("name", "message"), [("a.png", "1 x 1 pixels"), ("a.tif", "1 x 1 pixels")]
)
def test_one_pixel(tmp_path: Path, name: str, message: str) -> None:
    Image.fromarray(np.zeros((1, 1, 3), np.uint8)).save(tmp_path / name)
    with pytest.raises(ImageError, match=message):
        read_image(tmp_path / name)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no image file.*a\.png"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_no_image(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("LM=3\n")
    for function in (read_image, image_size):
        with pytest.raises(ImageError, match="cannot be read"):
            function(tmp_path / name)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_truncated(tmp_path: Path, rgb: np.ndarray, name: str) -> None:
    Image.fromarray(rgb).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match="cannot be read"):
        read_image(tmp_path / name)


def test_animation(tmp_path: Path, rgb: np.ndarray) -> None:
    frames = [Image.fromarray(np.roll(rgb, i, 0)) for i in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="3 frames"):
        read_image(tmp_path / "a.gif")


def test_pages(tmp_path: Path, rgb: np.ndarray) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(rgb, photometric="rgb")
        tiff.write(rgb, photometric="rgb")
    with pytest.raises(ImageError, match="2 frames or pages"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("shape", [(5, 20, 20), (20, 20, 2), (20,), (2, 3, 20, 20)])
def test_arrays_that_are_no_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="no single picture"):
        as_rgb(np.zeros(shape))


def test_float_arrays_outside_zero_to_one_are_scaled() -> None:
    array = np.linspace(-3, 7, 400).reshape(20, 20)
    scaled = as_rgb(array)
    assert (scaled.min(), scaled.max()) == (0, 1)
    np.testing.assert_allclose(as_rgb(array.clip(0, 1))[..., 0], array.clip(0, 1), atol=1e-6)


def test_nan_is_refused() -> None:
    array = np.zeros((20, 20))
    array[3, 3] = np.nan
    with pytest.raises(ImageError, match="not finite"):
        as_rgb(array)


def test_boolean_and_complex() -> None:
    assert as_rgb(np.ones((20, 20), bool)).max() == 1.0
    with pytest.raises(ImageError, match="complex"):
        as_rgb(np.ones((20, 20), complex))


def test_page_is_chosen(tmp_path: Path, rgb: np.ndarray) -> None:
    other = np.pad(255 - rgb, ((0, 4), (0, 2), (0, 0)))
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(rgb, photometric="rgb")
        tiff.write(np.zeros((18, 18, 3), np.uint8), photometric="rgb", subfiletype=1)
        tiff.write(other, photometric="rgb")
    for page, expected in ((0, rgb), (1, other)):
        np.testing.assert_allclose(read_image(tmp_path / "a.tif", page), expected / 255, atol=1e-6)
        assert image_size(tmp_path / "a.tif", page) == expected.shape[:2]
        assert read_reduced(tmp_path / "a.tif", 24, page).size == expected.shape[:2]
    with pytest.raises(ImageError, match="no page 2; it holds 2, counted from 0"):
        read_image(tmp_path / "a.tif", 2)
    for function in (read_image, image_size):
        with pytest.raises(ImageError, match=r"holds 2 frames or pages .* say which page, 0 to 1"):
            function(tmp_path / "a.tif")


def test_frame_is_chosen(tmp_path: Path, rgb: np.ndarray) -> None:
    frames = [Image.new("L", (30, 20), grey) for grey in (0, 100, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(read_image(tmp_path / "a.gif", 2), 200 / 255, atol=0.01)


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "tiff_deflate"])
def test_compressed_tiff(tmp_path: Path, compression: str) -> None:
    Image.fromarray(smooth(60, 90).astype(np.uint8)).save(
        tmp_path / "a.tif", compression=compression
    )
    expected = smooth(60, 90).astype(np.uint8) / 255
    np.testing.assert_allclose(read_image(tmp_path / "a.tif"), expected, atol=0.03)
    assert read_reduced(tmp_path / "a.tif", 30).pixels.shape == (20, 30, 3)


def test_grey_with_opacity(tmp_path: Path) -> None:
    grey = np.zeros((20, 30, 2), np.uint8)
    grey[:, 15:, 1] = 255
    tifffile.imwrite(
        tmp_path / "a.tif", grey, photometric="minisblack", extrasamples=["unassalpha"]
    )
    Image.fromarray(grey, "LA").save(tmp_path / "a.png")
    for name in ("a.tif", "a.png"):
        image = read_image(tmp_path / name)
        assert image[:, :15].min() == 1
        assert image[:, 15:].max() == 0


def test_previews_of_cameras_are_no_pages(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=[Image.new("RGB", (16, 16))]
    )
    assert read_image(tmp_path / "a.jpg").shape == (HEIGHT, WIDTH, 3)
    assert image_size(tmp_path / "a.jpg") == (HEIGHT, WIDTH)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_file_is_read_or_refused(tmp_path: Path, name: str, rgb: np.ndarray) -> None:
    path = tmp_path / name
    if name == "a.tif":
        tifffile.imwrite(path, rgb, photometric="rgb", tile=(16, 16), compression="zlib")
    else:
        Image.fromarray(rgb).save(path)
    sound = path.read_bytes()
    chance = np.random.default_rng(1)
    for _ in range(60):
        data = bytearray(sound)
        for place in chance.integers(0, len(data), chance.integers(1, 6)):
            data[place] = chance.integers(256)
        path.write_bytes(data[: chance.integers(len(data) // 2, 2 * len(data))])
        for function in (read_image, image_size, pixel_size, lambda p: read_reduced(p, 24)):
            with contextlib.suppress(ImageError):
                function(path)


def test_error_names_the_file(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((20, 30), np.nan, np.float32))
    with pytest.raises(ImageError, match=r"a\.tif: .* not finite"):
        read_image(tmp_path / "a.tif")
