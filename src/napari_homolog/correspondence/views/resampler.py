"""Resampling of rectangles of an image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .rectangle import Rectangle


class Resampler:
    """Resamples rectangles of one image without aliasing; edge pixels are repeated outside it.

    Parameters
    ----------
    image : ndarray of float32, shape (height, width, 3)
        RGB in [0, 1].
    rectangles : sequence of Rectangle
        All that will be asked for; the image is padded once to contain them.
    """

    def __init__(self, image: NDArray[np.float32], rectangles: Sequence[Rectangle]) -> None:
        height, width = image.shape[:2]
        before = [
            max(0, math.ceil(-0.5 - min(r.top for r in rectangles))),
            max(0, math.ceil(-0.5 - min(r.left for r in rectangles))),
        ]
        after = [
            max(0, math.ceil(max(r.top + r.height for r in rectangles) + 0.5 - height)),
            max(0, math.ceil(max(r.left + r.width for r in rectangles) + 0.5 - width)),
        ]
        padding = ((before[0], after[0]), (before[1], after[1]), (0, 0))
        self._offset = (before[0] + 0.5, before[1] + 0.5)
        padded = np.pad(image, padding, mode="edge")
        self._channels = [Image.fromarray(np.ascontiguousarray(padded[..., c])) for c in range(3)]

    def resample(self, rectangle: Rectangle, side: int) -> NDArray[np.float32]:
        """Return a rectangle as a square picture, (side, side, 3) float32."""
        top, left = rectangle.top + self._offset[0], rectangle.left + self._offset[1]
        box = (left, top, left + rectangle.width, top + rectangle.height)
        resized = [c.resize((side, side), Image.Resampling.BILINEAR, box) for c in self._channels]
        return np.stack([np.asarray(channel) for channel in resized], axis=-1)
