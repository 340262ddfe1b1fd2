"""Orientation tags and colour profiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_samples import exif
from PIL import Image, ImageCms

from napari_homolog.images import (
    Picture,
    image_size,
    read_image,
    read_reduced,
)


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
    assert Picture.from_file(tmp_path / name).orientation == turn
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
