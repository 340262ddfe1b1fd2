"""The pictures and captions that the embedded model learns from: nothing else is kept of a specimen."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_homolog.synthetic import KINDS, render

RESOLUTION = 64
"""Side of the pictures in pixels."""

REACH = (0.6, 1.12)
"""Share of the frame that a specimen takes; above 1 the frame cuts some of it off."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Captioned pictures.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, 64, 64, 3)
        RGB; memory-mapped.
    captions : list of str
        One for each picture.
    """

    images: NDArray[np.uint8]
    captions: list[str]


def draw_pictures(folder: Path, count: int, seed: int, processes: int = 2) -> None:
    """Draw captioned pictures, the kinds in turn, to ``images.npy`` and ``captions.json``.

    Parameters
    ----------
    folder : Path
        Where to write.
    count : int
        Number of pictures.
    seed : int
        First of the seeds; they run far above those of `napari_homolog.synthetic.draw`.
    processes : int
        Pictures drawn at a time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = (count, RESOLUTION, RESOLUTION, 3)
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, shape)
    captions = []
    with multiprocessing.Pool(processes) as pool:
        jobs = ((seed, index) for index in range(count))
        for index, (image, text) in enumerate(pool.imap(_draw_one, jobs, chunksize=256)):
            images[index] = image
            captions.append(text)
    images.flush()
    (folder / "captions.json").write_text(json.dumps(captions))


def load_pictures(folder: Path) -> Pictures:
    """Return the pictures that `draw_pictures` wrote."""
    captions = json.loads((folder / "captions.json").read_text())
    return Pictures(np.load(folder / "images.npy", mmap_mode="r"), captions)


def _draw_one(job: tuple[int, int]) -> tuple[NDArray[np.uint8], str]:
    seed, index = job
    kind = KINDS[index % len(KINDS)]
    rng = np.random.default_rng((seed, index))
    picture = render(kind, rng, (RESOLUTION, RESOLUTION), reach=REACH, supersampling=3)
    return picture.image, picture.caption
