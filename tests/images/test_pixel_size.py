"""The real size of pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_homolog.errors import ImageError
from napari_homolog.images import (
    PixelSize,
    pixel_size,
    read_image,
)


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
