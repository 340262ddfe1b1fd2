"""Image files and arrays of any common depth and number of channels, as RGB in [0, 1]."""

from __future__ import annotations

from ..image_names import IMAGE_SUFFIXES
from .arrays import as_rgb
from .folders import FolderImages, dialog_filter, images_in_folder, suffixes_with_libraries
from .limits import refused
from .lookup import ImageLookup
from .picture import Picture, file_digest, pixel_hash
from .pixel_size import PixelSize, pixel_size
from .plane import Plane
from .reading import image_size, read_header, read_image, read_reduced
from .reduced import ReducedImage

__all__ = [
    "IMAGE_SUFFIXES",
    "FolderImages",
    "ImageLookup",
    "Picture",
    "PixelSize",
    "Plane",
    "ReducedImage",
    "as_rgb",
    "dialog_filter",
    "file_digest",
    "image_size",
    "images_in_folder",
    "pixel_hash",
    "pixel_size",
    "read_header",
    "read_image",
    "read_reduced",
    "refused",
    "suffixes_with_libraries",
]
