"""Images in, as RGB in [0, 1]: files and arrays of any common depth and number of channels."""

from __future__ import annotations

from .arrays import as_rgb
from .finding import find_image
from .pixel_size import PixelSize, pixel_size
from .reading import image_size, read_image, read_reduced
from .reduced import ReducedImage

__all__ = [
    "PixelSize",
    "ReducedImage",
    "as_rgb",
    "find_image",
    "image_size",
    "pixel_size",
    "read_image",
    "read_reduced",
]
