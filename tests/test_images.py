from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from napari_homolog.errors import ImageError
from napari_homolog.images import (
    PixelSize,
    ReducedImage,
    as_rgb,
    find_image,
    image_size,
    pixel_size,
    read_image,
    read_reduced,
)

HEIGHT, WIDTH = 20, 30


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


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


def smooth(height: int, width: int) -> np.ndarray:
    """Return red along the rows and green along the columns, each from 0 to 255."""
    rows, cols = np.mgrid[:height, :width]
    return np.stack(
        [255 * rows / (height - 1), 255 * cols / (width - 1), np.full(rows.shape, 40.0)], -1
    )


def written_smooth(path: Path, height: int = 603, width: int = 1001, **options: object) -> Path:
    image = smooth(height, width).round().astype(np.uint8)
    if path.suffix == ".tif":
        tifffile.imwrite(path, image, photometric="rgb", **options)
    else:
        Image.fromarray(image).save(path, **options)
    return path


def exif(turn: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = turn
    return made


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


def test_ome_tiff_by_page_and_pixel_size(tmp_path: Path) -> None:
    stack = np.arange(3, dtype=np.uint16)[:, None, None] * np.ones((20, 30), np.uint16) * 30_000
    metadata = {
        "axes": "ZYX",
        "PhysicalSizeX": 0.65,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 0.65,
        "PhysicalSizeYUnit": "µm",
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", stack, metadata=metadata, photometric="minisblack")
    np.testing.assert_allclose(read_image(tmp_path / "a.ome.tif", 1), 30_000 / 65_535, atol=1e-6)
    assert pixel_size(tmp_path / "a.ome.tif") == PixelSize(0.65, "µm")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"resolution": (300, 300), "resolutionunit": "INCH"}, None),
        ({"resolution": (72, 72), "resolutionunit": "INCH"}, None),
        ({"resolution": (1200, 1200), "resolutionunit": "INCH"}, (25.4 / 1200, "mm")),
        ({"resolution": (400, 400), "resolutionunit": "CENTIMETER"}, (0.025, "mm")),
        ({"resolution": (400, 200), "resolutionunit": "CENTIMETER"}, None),
        ({"resolution": (400, 400), "resolutionunit": "NONE"}, None),
        ({"imagej": True, "resolution": (2, 2), "metadata": {"unit": "um"}}, (0.5, "µm")),
        ({"imagej": True, "resolution": (2, 2), "metadata": {"unit": "pixel"}}, None),
    ],
)
def test_pixel_size_of_tiff(tmp_path: Path, options: dict, expected: tuple | None) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((20, 30), np.uint8), **options)
    size = pixel_size(tmp_path / "a.tif")
    if expected is None:
        assert size is None
    else:
        assert size == (pytest.approx(expected[0], rel=1e-5), expected[1])


def test_pixel_size_of_others(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(tmp_path / "a.jpg", dpi=(1200, 1200))
    assert pixel_size(tmp_path / "a.jpg") is None
    with pytest.raises(ImageError, match="no image file"):
        pixel_size(tmp_path / "none.tif")
    (tmp_path / "bad.tif").write_bytes(b"II*\0 no more")
    with pytest.raises(ImageError, match="cannot be read"):
        pixel_size(tmp_path / "bad.tif")


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_every_rotation(tmp_path: Path, rgb: np.ndarray, name: str, turn: int) -> None:
    # What EXIF says of the first row and the first column, as numpy has it.
    upright = {
        1: rgb,
        2: rgb[:, ::-1],
        3: rgb[::-1, ::-1],
        4: rgb[::-1],
        5: np.swapaxes(rgb, 0, 1),
        6: np.rot90(rgb, -1),
        7: np.rot90(rgb[::-1], 1),
        8: np.rot90(rgb, 1),
    }[turn]
    if name == "a.png":
        Image.fromarray(rgb).save(tmp_path / name, exif=exif(turn))
    else:
        tifffile.imwrite(tmp_path / name, rgb, extratags=[(274, 3, 1, turn, True)])
    np.testing.assert_allclose(read_image(tmp_path / name), upright / 255, atol=1e-6)
    assert image_size(tmp_path / name) == upright.shape[:2]
    reduced = read_reduced(tmp_path / name, 30)
    np.testing.assert_allclose(reduced.pixels, upright / 255, atol=1e-6)
    assert reduced.size == upright.shape[:2]


def linear_profile() -> bytes:
    """Return a profile of sRGB's primaries without its gamma, from an independent description."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    for place in range(132, 132 + 12 * count, 12):
        name = bytes(profile[place : place + 4])
        start = int.from_bytes(profile[place + 4 : place + 8], "big")
        if name == b"rTRC":
            # A curve without points is the identity.
            profile[start : start + 12] = b"curv" + bytes(8)
        if name == b"desc":
            profile[start : start + 200] = profile[start : start + 200].replace(
                "sRGB".encode("utf-16-be"), "line".encode("utf-16-be")
            )
    return bytes(profile)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
@pytest.mark.parametrize("opacity", [False, True])
def test_colour_profile_is_applied(tmp_path: Path, name: str, opacity: bool) -> None:
    # Half the light is 188 of 255 in sRGB: 1.055 * 0.5 ** (1 / 2.4) - 0.055.
    picture = Image.new("RGB", (30, 20), (128, 128, 128))
    if opacity:
        picture.putalpha(255)
        name = "a.png"
    picture.save(tmp_path / name, icc_profile=linear_profile())
    np.testing.assert_allclose(read_image(tmp_path / name), 188 / 255, atol=0.01)
    np.testing.assert_allclose(read_reduced(tmp_path / name, 24).pixels, 188 / 255, atol=0.01)


def test_colour_profile_of_16_bit_tiff(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.full((20, 30, 3), 128 * 257, np.uint16),
        photometric="rgb",
        iccprofile=linear_profile(),
    )
    np.testing.assert_allclose(read_image(tmp_path / "a.tif"), 188 / 255, atol=0.01)


def test_damaged_colour_profile_is_told(tmp_path: Path, rgb: np.ndarray) -> None:
    Image.fromarray(rgb).save(tmp_path / "a.png", icc_profile=b"no profile")
    with pytest.warns(UserWarning, match=r"colour profile of .*a\.png cannot be applied"):
        image = read_image(tmp_path / "a.png")
    np.testing.assert_allclose(image, rgb / 255, atol=1e-6)


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


def test_image_is_found_by_the_last_part_of_its_name(tmp_path: Path) -> None:
    for name in ("wing_01.JPG", "Wing_02.png", "A. mellifera 1.2.tif"):
        (tmp_path / name).touch()
    (tmp_path / "sub.jpg").mkdir()
    found = {
        "wing_01.JPG": "wing_01.JPG",
        r"C:\Users\Zoé\wing_01.jpg": "wing_01.JPG",
        "../../private/WING_02.tif": "Wing_02.png",
        "wing_02": "Wing_02.png",
        "A. mellifera 1.2": "A. mellifera 1.2.tif",
        "sub.jpg": None,
        "..": None,
        "": None,
        "a\0b": None,
        "other.jpg": None,
    }
    for name, expected in found.items():
        path = find_image(tmp_path, name)
        assert (path and path.name) == expected


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
