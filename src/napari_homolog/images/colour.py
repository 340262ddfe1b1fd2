"""Conversion of colour profiles, CMYK, palettes and opacity to RGB over white."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .arrays import as_rgb


def from_pillow(picture: Image.Image, path: Path) -> NDArray[np.float32]:
    """Return an image opened by Pillow as RGB in [0, 1], its colour profile applied."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Pillow reads 16-bit grey as 32-bit signed integers in some formats.
        return as_rgb(np.asarray(picture).astype(np.uint16))
    if picture.mode == "F":
        return as_rgb(np.asarray(picture))
    profile = picture.info.get("icc_profile")
    if picture.mode in ("P", "PA", "LA", "La", "RGBa") or (
        picture.mode in ("L", "RGB") and "transparency" in picture.info
    ):
        picture = picture.convert("RGBA")
    if picture.mode not in ("1", "L", "RGB", "RGBA", "CMYK"):
        picture = picture.convert("RGB")
    if profile and picture.mode != "1":
        picture = _in_srgb(picture, profile, path)
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    return as_rgb(np.asarray(picture))


def in_srgb(array: NDArray[np.uint8], profile: bytes, path: Path, mode: str) -> NDArray[np.float32]:
    """Return 8-bit pixels (height, width, channels) with a colour profile as RGB in [0, 1].

    Parameters
    ----------
    array : ndarray of uint8, shape (height, width, channels)
        The pixels.
    profile : bytes
        The ICC profile; empty if there is none.
    path : Path
        The file, for warnings.
    mode : str
        Pillow's name of the colour space, such as ``"CMYK"``.
    """
    picture = Image.fromarray(array.squeeze(), mode)
    picture.info["icc_profile"] = profile
    return from_pillow(picture, path)


def _in_srgb(picture: Image.Image, profile: bytes, path: Path) -> Image.Image:
    """Return an image converted from its colour profile to sRGB."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        opacity = picture.getchannel("A") if picture.mode == "RGBA" else None
        inks = picture.convert("RGB") if opacity is not None else picture
        if inks.mode == "RGB" and source.profile.xcolor_space.strip() == "GRAY":
            inks = inks.convert("L")
        converted = ImageCms.profileToProfile(
            inks, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        warnings.warn(
            f"The colour profile of {path} cannot be applied ({error}); its colours are used "
            "without conversion.",
            stacklevel=2,
        )
        return picture
    if converted is None:
        return picture
    if opacity is not None:
        converted.putalpha(opacity)
    return converted
