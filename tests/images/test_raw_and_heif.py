"""Camera raw files and HEIF, by libraries that need not be installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_homolog.errors import ImageError
from napari_homolog.images import Plane, image_size, read_image, read_reduced

HEIGHT, WIDTH = 120, 160
SQUARE = (slice(40, 60), slice(100, 140))
"""Rows and columns of a bright part of the picture."""


def write_dng(path: Path, orientation: int = 1) -> Path:
    """Write the sensor's values of a grey picture with a bright part, behind a red-blue filter."""
    sensor = np.full((HEIGHT, WIDTH), 300, np.uint16)
    sensor[SQUARE] = 3000
    tags = [
        (274, 3, 1, orientation, True),
        (33421, 3, 2, (2, 2), True),
        (33422, 1, 4, (0, 1, 1, 2), True),
        (50706, 1, 4, (1, 4, 0, 0), True),
        (50708, 2, 0, "Nobody made this", True),
        (50717, 3, 1, 4095, True),
        (50721, 10, 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
        (50778, 3, 1, 21, True),
    ]
    tifffile.imwrite(path, sensor, photometric=32803, extratags=tags, subfiletype=0, metadata=None)
    return path


@pytest.mark.parametrize("name", ["a.dng", "a.tif"])
def test_a_raw_file_is_developed_at_full_size(tmp_path: Path, name: str) -> None:
    """Case 05."""
    pytest.importorskip("rawpy")
    path = write_dng(tmp_path / name)
    image = read_image(path)
    assert image.shape == (*image_size(path), 3) == (HEIGHT, WIDTH, 3)
    inner = image[SQUARE][4:-4, 4:-4]
    outer = np.delete(image, np.r_[36:64], axis=0)
    assert inner.min() > outer.max() + 0.2
    assert np.ptp(inner, axis=-1).max() < 0.05
    small = read_reduced(path, 80)
    assert (small.pixels.shape, small.size) == ((60, 80, 3), (HEIGHT, WIDTH))
    np.testing.assert_array_equal(
        read_image(path, Plane.of(None, "1")), np.repeat(image[..., [1]], 3, -1)
    )
    with pytest.raises(ImageError, match="no page 1; it holds 1"):
        read_image(path, 1)


def test_a_raw_file_is_turned_as_the_camera_was(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    upright, turned = write_dng(tmp_path / "a.dng"), write_dng(tmp_path / "b.dng", 6)
    assert image_size(turned) == (WIDTH, HEIGHT)
    np.testing.assert_allclose(read_image(turned), np.rot90(read_image(upright), -1), atol=2 / 255)


def test_a_damaged_raw_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    path = write_dng(tmp_path / "a.dng")
    for kept in (20, 400):
        (tmp_path / "b.dng").write_bytes(path.read_bytes()[:kept])
        with pytest.raises(ImageError, match=r"raw file that cannot be read.*; export it as"):
            read_image(tmp_path / "b.dng")


def test_pictures_of_telephones(tmp_path: Path) -> None:
    """HEIF under any name, turned as it was taken."""
    heif = pytest.importorskip("pillow_heif")
    rows, cols = np.mgrid[:HEIGHT, :WIDTH]
    picture = np.stack([rows, cols, 200 - rows], -1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    image = heif.from_pillow(Image.fromarray(picture))
    image.save(tmp_path / "a.heic", quality=-1)
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.heic").read_bytes())
    for name in ("a.heic", "b.jpg"):
        assert image_size(tmp_path / name) == (HEIGHT, WIDTH)
        np.testing.assert_allclose(read_image(tmp_path / name) * 255, picture, atol=6)
    image.save(tmp_path / "c.heic", quality=-1, exif=exif.tobytes())
    assert image_size(tmp_path / "c.heic") == (WIDTH, HEIGHT)
    np.testing.assert_allclose(read_image(tmp_path / "c.heic") * 255, np.rot90(picture, -1), atol=6)
    assert read_reduced(tmp_path / "a.heic", 80).pixels.shape == (60, 80, 3)
    (tmp_path / "d.heic").write_bytes((tmp_path / "a.heic").read_bytes()[:300])
    with pytest.raises(ImageError, match="cannot be read"):
        read_image(tmp_path / "d.heic")


WITHOUT = """
import sys
sys.modules["rawpy"] = sys.modules["pillow_heif"] = None
from napari_homolog.images import read_image
for path in sys.argv[1:]:
    try:
        read_image(path)
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_without_the_libraries_it_is_said_what_to_do(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng")
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT, tmp_path / "a.dng", tmp_path / "a.heic"],
        capture_output=True,
        text=True,
        check=True,
    )
    raw, heif = run.stdout.splitlines()
    assert raw.startswith("ImageError")
    assert 'install "napari-homolog[raw]" to read it, or export it as TIFF' in raw
    assert heif.startswith("ImageError")
    assert 'install "napari-homolog[heic]" to read it, or export it' in heif
