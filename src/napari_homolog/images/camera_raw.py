"""Camera raw files, developed by LibRaw where rawpy is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from .arrays import as_rgb
from .channels import check_channels, of_channels
from .foreign import RAW_ADVICE
from .header import Header
from .limits import check_density, check_page, check_size
from .plane import RGB, Plane

TURNED = (5, 6)
"""LibRaw's orientations by a quarter."""


def read_raw(path: Path, plane: Plane) -> NDArray[np.float32]:
    """Return the picture of a raw file, in the camera's white balance, as RGB in [0, 1].

    Parameters
    ----------
    path : Path
        The file.
    plane : Plane
        Its page can only be 0.

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        All pixels that the sensor recorded of the picture, upright; never the preview in the file.

    Raises
    ------
    ImageError
        If rawpy is not installed, or cannot read the file.
    """
    with _opened(path) as raw:
        _checked(raw, path, plane)
        rgb = raw.postprocess(use_camera_wb=True)
    return of_channels(as_rgb(rgb), plane.channels, path)


def raw_header(path: Path, plane: Plane) -> Header:
    """Return the size of the picture that `read_raw` returns; raise `ImageError` as it does."""
    with _opened(path) as raw:
        return Header(_checked(raw, path, plane), 1)


def _checked(raw: Any, path: Path, plane: Plane) -> tuple[int, int]:
    check_page(1, plane.page, path)
    check_channels(plane.channels, len(RGB), path)
    # LibRaw knows the size before it decodes, without the orientation.
    height, width = int(raw.sizes.height), int(raw.sizes.width)
    if raw.sizes.flip in TURNED:
        height, width = width, height
    check_size(height, width, str(path))
    check_density(path, height, width)
    return height, width


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        import rawpy
    except ImportError as error:
        raise ImageError(
            f"{path} is a camera's raw file, of which only a small preview could be shown; install "
            f'"napari-homolog[raw]" to read it, or {RAW_ADVICE}'
        ) from error
    try:
        with rawpy.imread(str(path)) as raw:
            yield raw
    except rawpy.LibRawError as error:
        raise ImageError(
            f"{path} is a camera's raw file that cannot be read, or is damaged; {RAW_ADVICE}"
        ) from error
