"""Contents, sizes and tags of the images that these tests write."""

from __future__ import annotations

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 20, 30


def exif(turn: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = turn
    return tags


def smooth(height: int, width: int) -> np.ndarray:
    """Return red along the rows and green along the columns, each from 0 to 255."""
    rows, cols = np.mgrid[:height, :width]
    return np.stack(
        [255 * rows / (height - 1), 255 * cols / (width - 1), np.full(rows.shape, 40.0)], -1
    )
