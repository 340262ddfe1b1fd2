"""Arrays of any common depth and number of channels, as RGB in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from .limits import check_size

VALUES_AT_ONCE = 500_000

DEPTHS = (8, 10, 12, 14, 16, 24, 32, 64)
"""Bits of cameras and scanners; their values are often stored in a wider type."""


def as_rgb(array: NDArray[Any]) -> NDArray[np.float32]:
    """Convert an image array to RGB in [0, 1].

    Parameters
    ----------
    array : ndarray, shape (height, width), (height, width, 1), (height, width, 3) or (height, width, 4)
        Booleans, unsigned integers (divided by the maximum of the bits that are used: 8, 10, 12, 14,
        16 ..), or floats and signed integers. The latter are kept if they lie in [0, 1], and scaled
        by their own range otherwise.

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        RGB in [0, 1]. A fourth channel is opacity; the image is laid over white.

    Raises
    ------
    ImageError
        If the array has another shape or type, a value is not finite, or the image is too small or
        too large.

    Examples
    --------
    >>> import numpy as np
    >>> as_rgb(np.full((16, 20), 255, np.uint8)).shape
    (16, 20, 3)
    >>> as_rgb(np.full((16, 20), 255, np.uint8))[0, 0].tolist()
    [1.0, 1.0, 1.0]
    """
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4):
        raise ImageError(
            f"An array of shape {array.shape} is no single picture; expected (height, width), or "
            "(height, width, channels) with 1, 3 or 4 channels: choose one plane of a stack."
        )
    check_size(array.shape[0], array.shape[1], "The image")
    colours = _to_unit_range(array[..., :3])
    # Opacity may use all bits where colours do not.
    opacity = _to_unit_range(array[..., 3:]) if array.shape[-1] == 4 else None
    rgb = np.empty((*array.shape[:2], 3), np.float32)
    for rows in _bands(array):
        values = colours(array[rows, :, :3])
        if opacity is not None:
            share = opacity(array[rows, :, 3:])
            values = values * share + (1 - share)
        # One channel is that of all three.
        rgb[rows] = values
    return rgb


def used_maximum(highest: int, dtype: np.dtype[Any]) -> int:
    """Return the maximum of the bits that are used, for the highest value of an unsigned type.

    Examples
    --------
    >>> used_maximum(4032, np.dtype(np.uint16))
    4095
    """
    depths = (depth for depth in DEPTHS if highest < 2**depth)
    return min(2 ** next(depths) - 1, int(np.iinfo(dtype).max))


def _to_unit_range(array: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
    """Return what converts parts of an array to [0, 1], as the range of the whole array decides."""
    if array.dtype == bool:
        return lambda part: part.astype(np.float32)
    if np.issubdtype(array.dtype, np.unsignedinteger):
        most = np.float32(used_maximum(int(array.max()), array.dtype))
        return lambda part: (part / most).astype(np.float32)
    if not (
        np.issubdtype(array.dtype, np.floating) or np.issubdtype(array.dtype, np.signedinteger)
    ):
        raise ImageError(
            f"Pixels of type {array.dtype} are no grey values; expected booleans, integers or floats: "
            "convert the array first."
        )
    low, high = _range(array)
    if low >= 0 and high <= 1:
        return lambda part: part.astype(np.float32)
    return lambda part: (part.astype(np.float32) - low) / max(high - low, 1e-12)


def _range(array: NDArray[Any]) -> tuple[float, float]:
    """Return the lowest and the highest value; raise `ImageError` if one is not finite."""
    lows, highs = [], []
    for rows in _bands(array):
        values = array[rows].astype(np.float32)
        if not np.isfinite(values).all():
            raise ImageError(
                "The image holds values that are not finite; replace NaN and infinity first."
            )
        lows.append(float(values.min()))
        highs.append(float(values.max()))
    return min(lows), max(highs)


def _bands(array: NDArray[Any]) -> Iterator[slice]:
    """Yield rows, few at once: what is computed on the way takes several times their memory."""
    rows = max(1, VALUES_AT_ONCE // max(1, array[0].size))
    for first in range(0, len(array), rows):
        yield slice(first, first + rows)
