"""Pictures that are small files and large images, as `damaged_files.py` reads them.

Half of them are sound: one colour of any kind of pixels, packed as far as the format packs it. The
other half states a size for which there is no data. They are made in another process, so that the
memory that this takes does not count.
"""

from __future__ import annotations

import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from napari_homolog import images
from napari_homolog.errors import ImageError

MEGABYTE = 2**20
KINDS = {
    ".png": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    ".gif": ("L", "P"),
    ".jpg": ("L", "RGB", "CMYK"),
    ".webp": ("RGB", "RGBA"),
    ".tif": ("1", "L", "RGB", "RGBA", "CMYK", "I;16", "F"),
}
LARGEST, LARGEST_STATED = 40_000_000, 4_000_000_000
"""Pixels of sound pictures, and of those that state their size only."""

MOST_BYTES = 18_000
"""Of a file: what is larger may be a real drawing of the size that it states."""


def made(suffix: str, path: Path, chance: random.Random) -> None:
    """Write a sound picture of one colour."""
    pixels = 10 ** chance.uniform(6, np.log10(LARGEST))
    mode, share = chance.choice(KINDS[suffix]), chance.uniform(0.4, 0.6)
    turned = Image.Exif()
    turned[0x0112] = chance.choice((1, 3, 6))
    options: dict[str, Any] = {} if suffix == ".gif" else {"exif": turned}
    if suffix == ".tif":
        options["compression"] = chance.choice(("tiff_lzw", "tiff_adobe_deflate"))
    while not path.exists() or path.stat().st_size > MOST_BYTES:
        width = int(np.clip(pixels**share, 20, 16_000))
        height = int(np.clip(pixels / width, 20, 16_000))
        Image.new(mode, (width, height)).save(path, **options)
        pixels *= 0.8


def stated(suffix: str, path: Path, chance: random.Random) -> None:
    """Write a picture that states a size for which it has no data."""
    made_small = Image.new(chance.choice(KINDS[suffix]), (40, 30))
    made_small.save(path)
    data, (width, height) = bytearray(path.read_bytes()), _sides(chance)
    if suffix == ".png":
        data[16:24] = struct.pack(">II", width, height)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif suffix == ".gif":
        data[6:10] = struct.pack("<HH", width, height)
    elif suffix == ".jpg":
        kinds = (bytes((0xFF, kind)) for kind in (0xC0, 0xC2))
        frame = max(map(data.find, kinds))
        data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    elif suffix == ".tif":
        for tag, side in ((256, width), (257, height)):
            entry = data.find(struct.pack("<H", tag), 8)
            data[entry : entry + 12] = struct.pack("<HHII", tag, 4, 1, side)
    path.write_bytes(data)


def _sides(chance: random.Random) -> tuple[int, int]:
    pixels = 10 ** chance.uniform(6, np.log10(LARGEST_STATED))
    width = min(65_000, int(pixels ** chance.uniform(0.4, 0.6)))
    return width, min(65_000, max(1, int(pixels / width)))


def write_all(folder: Path, count: int, seed: int) -> None:
    """Write so many pictures of all kinds."""
    chance = random.Random(f"hostile pictures {seed}")
    for number in range(count):
        suffix = list(KINDS)[number % len(KINDS)]
        way = made if chance.random() < 0.5 or suffix == ".webp" else stated
        way(suffix, folder / f"{number:04d}{suffix}", chance)


WAYS = {
    "read": images.read_image,
    "reduced": lambda path: images.read_reduced(path, 1024, 0),
    "size": images.image_size,
}


def hostile_pictures(count: int, seed: int) -> dict[str, Any]:
    """Read such pictures in each way and tell how that ended; the time is that of one way."""
    warnings.simplefilter("ignore")
    ends: Counter[str] = Counter()
    slowest, wrong = 0.0, list[str]()
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, __file__, place, str(count), str(seed)], check=True)
        Image.init()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path in sorted(Path(place).iterdir()):
            for name, way in WAYS.items():
                start = time.process_time()
                try:
                    way(path)
                    ends[f"{name}: read"] += 1
                except ImageError:
                    ends[f"{name}: refused"] += 1
                except Exception as error:
                    # What should never be raised is just what is looked for here.
                    ends["other"] += 1
                    wrong.append(f"{path.name}: {type(error).__name__}: {error}"[:300])
                slowest = max(slowest, time.process_time() - start)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "files": count,
        **ends,
        "slowest_seconds": round(slowest, 4),
        "process_megabytes": round(memory * 1024 / MEGABYTE, 1),
        "more_megabytes": round((memory - before) * 1024 / MEGABYTE, 1),
        "wrong": wrong[:10],
    }


if __name__ == "__main__":
    write_all(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
