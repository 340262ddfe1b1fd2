"""Pictures of 10, 12 and 14 bits in wider types are as bright as their 8-bit copies."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_homolog.images import as_rgb, read_image, read_reduced

EIGHT = np.random.default_rng(1).integers(0, 256, (40, 50), dtype=np.uint8)
EIGHT[0, :2] = 0, 255


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_the_bits_that_are_used_count(dtype: type, bits: int) -> None:
    wide = np.round(EIGHT * ((2**bits - 1) / 255)).astype(dtype)
    np.testing.assert_allclose(as_rgb(wide), as_rgb(EIGHT), atol=1 / 255)


def test_opacity_of_all_bits_does_not_darken_colours_of_few() -> None:
    wide = np.dstack([EIGHT.astype(np.uint16) * 16] * 3 + [np.full(EIGHT.shape, 65535, np.uint16)])
    np.testing.assert_allclose(as_rgb(wide), as_rgb(EIGHT), atol=1 / 255)


@pytest.mark.parametrize("name", ["twelve.tif", "twelve.png"])
def test_files_of_twelve_bits(tmp_path: Path, name: str) -> None:
    twelve = EIGHT.astype(np.uint16) * 16
    if name.endswith(".tif"):
        tifffile.imwrite(tmp_path / name, twelve)
    else:
        Image.fromarray(twelve).save(tmp_path / name)
    np.testing.assert_allclose(read_image(tmp_path / name), as_rgb(EIGHT), atol=1 / 255)
    reduced = read_reduced(tmp_path / name, 25)
    whole = as_rgb(EIGHT)
    means = whole.reshape(20, 2, 25, 2, 3).mean((1, 3))
    np.testing.assert_allclose(reduced.pixels.mean(), means.mean(), atol=0.02)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_conversion_takes_little_more_memory_than_its_result(channels: int) -> None:
    array = np.random.default_rng(0).integers(0, 4000, (1200, 1000, channels), np.uint16)
    tracemalloc.start()
    rgb = as_rgb(array)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Computed at once, four channels took five times as much.
    assert most < rgb.nbytes + 30_000_000

    whole = (array / np.float32(4095 if channels < 4 else array[..., :3].max() and 4095)).astype(
        "f4"
    )
    if channels == 4:
        whole = whole[..., :3] * whole[..., 3:] + (1 - whole[..., 3:])
    assert np.array_equal(rgb, np.broadcast_to(whole, rgb.shape))
