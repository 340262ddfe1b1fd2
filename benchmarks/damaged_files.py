"""What damaged files do to each reader of landmarks, images, landmark sets, projects and models.

Sound files are damaged at random, thousands for each format, and read. Each must end in a result or
in an error of the package: no other exception, no crash, no hang, no memory beyond measure. Each
format is read in a process of its own, so that a crash of a library would be seen too.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import logging
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from napari_homolog import Landmarks, formats, images
from napari_homolog.errors import FormatError, ImageError
from napari_homolog.formats import FORMATS, Specimen
from sound_samples import WRITERS, write_sample

IMAGES = (".jpg", ".png", ".tif")
SIZE = (480, 640)
MEGABYTE = 2**20
HANG_SECONDS = 60
MOST_SECONDS, MOST_MEGABYTES = 1.0, 300.0
OTHER_KINDS = {
    "hostile pictures": 200,
    "landmark sets": 5_000,
    "projects": 5_000,
    "model folders": 1_000,
}
"""Files beside those of landmarks and images, and how many are damaged by default."""

TOKENS = (
    b"\0 \n \r \t , ; = - ' \" [ ] { } : \xff \xef\xbb\xbf \xff\xfe nan NaN inf -1 0 2 1e999 1e308 "
    b"999999999999 99999999999999999999 LM= LM=3 CURVES=9 POINTS=2 SCALE=0 OUTLINES=1 IMAGE=../a "
    b"null true scorer individuals bodyparts coords x y axis-0 z1 keypoints id homolog"
).split(b" ")


def specimens(chance: random.Random, gaps: bool) -> list[Specimen]:
    """Return specimens in which all is present that formats may carry."""
    count = chance.randint(1, 6)
    made = []
    for number in range(chance.randint(1, 4)):
        points = np.array([[chance.uniform(0, side - 1) for side in SIZE] for _ in range(count)])
        if gaps and number:
            points[chance.randrange(count)] = np.nan
        made.append(
            Specimen(
                f"wing_{number}.png",
                Landmarks.from_arrays([f"mark {n}" for n in range(count)], points),
                f"wing {number}",
                scale=0.0125,
                comment="leg. Meyer",
                confidence=np.array([chance.random() for _ in range(count)]),
                spread=np.array([chance.random() for _ in range(count)]),
                status=("predicted",) * count,
                image_size=SIZE,
                occluded=np.array([chance.random() < 0.3 for _ in range(count)]),
                curves=(np.array([(3.0, 4.0), (5.0, 6.5)]),),
            )
        )
    return made


def damaged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return a file with a few bytes lost, doubled, changed or taken from another one.

    Half of the files keep their length, so that the offsets in binary files still hold.
    """
    in_place = chance.random() < 0.5
    for _ in range(chance.choice((1, 1, 2, 3, 5, 10))):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 1, 1, 2, 4, 8, 40)))
        piece = chance.randint(0, len(other))
        insert = chance.choice(
            (
                b"",
                data[start:end] * 2,
                data[start:end] * 50,
                bytes(chance.randrange(256) for _ in range(end - start)),
                bytes(byte ^ 1 << chance.randrange(8) for byte in data[start:end]),
                chance.choice(TOKENS),
                chance.choice(TOKENS),
                other[piece : piece + 60],
            )
        )
        if in_place:
            insert = insert[: len(data) - start]
            end = start + len(insert)
        data = data[:start] + insert + data[end:]
    return data[: chance.randint(0, len(data))] if chance.random() < 0.1 else data


def sound_landmark_files(name: str, chance: random.Random, path: Path) -> list[bytes]:
    """Return files of a landmark format, as this package writes them."""
    writer = "morphoj" if name == "ml-morph" else name
    made = []
    for _ in range(20):
        rows = specimens(chance, gaps=writer != "morphoj")
        if writer in WRITERS:
            write_sample(writer, rows, path, chance)
        elif writer == "stereomorph":
            formats.write_landmarks(path, rows[:1], format=writer)
        else:
            formats.write_landmarks(path, rows, format=writer)
        formats.read_landmarks(path, format=name, image_size=SIZE)
        made.append(path.read_bytes())
    return made


def sound_images(suffix: str, path: Path) -> list[bytes]:
    """Return image files of one kind, of several depths and ways of storing."""
    rgb = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    tiffs: list[tuple[np.ndarray, dict[str, Any]]] = [
        (rgb, {"photometric": "rgb"}),
        (rgb, {"photometric": "rgb", "tile": (16, 16), "compression": "zlib", "predictor": True}),
        (np.zeros((3, 40, 50), np.uint16), {"ome": True, "photometric": "minisblack"}),
        (rgb[..., 0], {"imagej": True, "resolution": (2, 2), "metadata": {"unit": "um"}}),
    ]
    made = []
    for array, options in tiffs if suffix == ".tif" else []:
        tifffile.imwrite(path, array, **options)
        made.append(path.read_bytes())
    for picture in (Image.fromarray(rgb), Image.fromarray(rgb).convert("L")):
        picture.save(path, compression="tiff_lzw")
        made.append(path.read_bytes())
    return made


def read_landmarks(name: str, path: Path) -> str:
    """Read a landmark file and tell how that ended."""
    try:
        return "read" if formats.read_landmarks(path, format=name, image_size=SIZE) else "nothing"
    except FormatError:
        return "refused"


def read_images(path: Path) -> str:
    """Read an image file in every way and tell how that ended."""
    end = "read"
    for way in (images.read_image, images.image_size, images.pixel_size, first_page, reduced):
        try:
            way(path)
        except ImageError:
            end = "refused"
    return end


def first_page(path: Path) -> object:
    """Read the first page of an image."""
    return images.read_image(path, 0)


def reduced(path: Path) -> object:
    """Read the first page of an image at half its size."""
    return images.read_reduced(path, 25, 0)


def measured(name: str, count: int, seed: int) -> dict[str, Any]:
    """Return the figures of one kind."""
    if name == "hostile pictures":
        from hostile_pictures import hostile_pictures

        return hostile_pictures(count, seed)
    if name in OTHER_KINDS:
        from damaged_structures import KINDS

        return KINDS[name](count, seed)
    return read_damaged(name, count, seed)


def read_damaged(name: str, count: int, seed: int) -> dict[str, Any]:
    """Read damaged files of one format and tell how that ended."""
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    chance = random.Random(f"{name} {seed}")
    warnings.simplefilter("ignore")
    logging.disable()
    ends: Counter[str] = Counter()
    slowest, wrong = 0.0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{name if name in IMAGES else ''}"
        image = name in IMAGES
        good = sound_images(name, path) if image else sound_landmark_files(name, chance, path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(count):
            data = damaged(chance.choice(good), chance.choice(good), chance)
            path.write_bytes(data)
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            start = time.process_time()
            try:
                ends[read_images(path) if image else read_landmarks(name, path)] += 1
            except Exception as error:
                # What the readers should never raise is just what is looked for here.
                ends["other"] += 1
                wrong.append(f"file {number}: {type(error).__name__}: {error}")
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


def in_its_own_process(name: str, count: int, seed: int) -> dict[str, Any]:
    """Return the figures of one format, read in a process that may crash."""
    call = [sys.executable, __file__, "--only", name, "--files", str(count), "--seed", str(seed)]
    run = subprocess.run(call, capture_output=True, text=True, check=False)
    if run.returncode:
        # Without the folders of this computer.
        told = re.sub(r'File "[^"]*[/\\]', 'File "', run.stderr)
        return {"files": count, "wrong": [f"crashed ({run.returncode}): {told[:500]}"]}
    return dict(json.loads(run.stdout))


def main() -> None:
    """Damage, read, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="damaged files for each format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--others", type=float, default=1.0, help="share of the other kinds' default numbers"
    )
    parser.add_argument(
        "--kinds", nargs="+", help="some of them, whose stored figures are replaced"
    )
    parser.add_argument("--only", help="one format; its figures are printed and not stored")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measured(options.only, options.files, options.seed)))
        return
    counts = {name: options.files for name in (*(one.name for one in FORMATS), *IMAGES)}
    counts |= {name: round(options.others * count) for name, count in OTHER_KINDS.items()}
    faulty = []
    for name in options.kinds or counts:
        found = in_its_own_process(name, counts[name], options.seed)
        print(name, json.dumps(found), flush=True)
        # Imported last: torch's memory would count as that of the processes started here.
        from stored_results import store_part

        # Kind by kind, so that a long run that is stopped has stored what it did.
        store_part("damaged_files", name, found)
        if (
            found["wrong"]
            or found["slowest_seconds"] > MOST_SECONDS
            or found["more_megabytes"] > MOST_MEGABYTES
        ):
            faulty.append(name)
    if faulty:
        sys.exit(f"Not as it should be: {', '.join(faulty)}.")


if __name__ == "__main__":
    main()
