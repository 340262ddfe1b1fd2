"""Files that are not what they are called, and small files that unpack to gigabytes."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_homolog.errors import ImageError
from napari_homolog.images import image_size, read_image, read_reduced

PREVIEW = np.full((40, 60, 3), 90, np.uint8)
SENSOR = np.zeros((400, 600), np.uint16)


def write_raw(path: Path, *, dng: bool = False) -> None:
    """Write a TIFF file as cameras do: a small preview, and the sensor's values below it."""
    tags = [(50706, 1, 4, (1, 4, 0, 0), True)] if dng else []
    with tifffile.TiffWriter(path) as writer:
        writer.write(PREVIEW, photometric="rgb", subifds=1, subfiletype=1, extratags=tags)
        writer.write(SENSOR, photometric="cfa" if not dng else "minisblack", subfiletype=0)


@pytest.mark.parametrize("name", ["a.tif", "a.nef", "a.dng", "a.jpg"])
@pytest.mark.parametrize("dng", [False, True])
def test_a_raw_file_is_never_read_as_its_preview(tmp_path: Path, name: str, dng: bool) -> None:
    write_raw(tmp_path / name, dng=dng)
    for size_of in (lambda path: read_image(path).shape[:2], image_size):
        try:
            found = str(size_of(tmp_path / name))
        except ImageError as error:
            found = str(error)
        # Refused, or where rawpy is installed and reads it, the sensor's values at their full size.
        refused = "camera's raw file.*export it as TIFF, JPEG or PNG"
        assert found == str(SENSOR.shape) or re.search(refused, found)


@pytest.mark.parametrize(
    "head", [b"II*\0\x10\0\0\0CR\2\0", b"FUJIFILMCCD-RAW 0201", b"\0\0\0\x18ftypcrx ", b"IIU\0\x08"]
)
def test_raw_files_of_other_kinds_are_known_by_their_beginning(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "a.tif").write_bytes(head + bytes(100))
    with pytest.raises(ImageError, match="camera's raw file"):
        read_image(tmp_path / "a.tif")


def test_a_file_of_thumbnails_holds_no_picture(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", PREVIEW, photometric="rgb", subfiletype=1)
    with pytest.raises(ImageError, match="only a thumbnail"):
        read_image(tmp_path / "a.tif")


def test_a_picture_under_another_suffix_is_read_by_its_contents(tmp_path: Path) -> None:
    Image.fromarray(PREVIEW).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", PREVIEW, photometric="rgb")
    (tmp_path / "b.tif").rename(tmp_path / "b.jpg")
    for name in ("a.tif", "b.jpg"):
        np.testing.assert_allclose(read_image(tmp_path / name), PREVIEW / 255, atol=1e-6)


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\nshowpage\n"


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_postscript_starts_no_program(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(POSTSCRIPT)
    for read in (read_image, image_size, lambda path: read_reduced(path, 50)):
        with pytest.raises(ImageError, match="in none of the formats that are read"):
            read(tmp_path / name)


def png_of_zeros(side: int) -> bytes:
    """Return a PNG file of one bit per pixel, packed as well as it can be."""
    row = bytes(1 + side // 8 + (side % 8 > 0))
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", body))
    data = b"\x89PNG\r\n\x1a\n"
    for kind, content in (*chunks, (b"IEND", b"")):
        data += struct.pack(">I", len(content)) + kind + content
        data += struct.pack(">I", zlib.crc32(kind + content))
    return data


MEASURED = """
import resource, sys
from pathlib import Path
from napari_homolog import images
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for read in (images.read_image, lambda path: images.read_reduced(path, 500)):
    try:
        read(Path(sys.argv[1]))
    except images.limits.ImageError as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts memory otherwise")
@pytest.mark.parametrize("kind", ["png", "gif", "tif"])
def test_a_small_file_is_not_unpacked_to_gigabytes(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "png":
        path.write_bytes(png_of_zeros(13_300))
    elif kind == "gif":
        screen = struct.pack("<HHBBB", 13_000, 13_000, 0x80, 0, 0) + bytes(6)
        frame = b"," + struct.pack("<HHHHB", 0, 0, 13_000, 13_000, 0)
        path.write_bytes(b"GIF89a" + screen + frame + b"\x02\x02\x4c\x01\x00;")
    else:
        tifffile.imwrite(
            path, np.zeros((13_000, 13_000), np.uint8), compression="zlib", rowsperstrip=1000
        )
    assert path.stat().st_size < 200_000
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True
    )
    *errors, megabytes = run.stdout.splitlines()
    assert "13" in errors[0]
    assert "as no picture of a specimen has" in errors[0]
    assert int(megabytes) < 300
