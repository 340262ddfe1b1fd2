"""Pictures of 10, 12 and 14 bits in wider types are as bright as their 8-bit copies."""

from __future__ import annotations

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
