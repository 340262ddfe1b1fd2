"""What a picture is, and when a file, a layer and an array are the same picture."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import as_rgb
from .limits import refused
from .plane import Plane
from .reading import read_header, read_image

DIGEST_BYTES = 32
ROWS_AT_ONCE = 256


def pixel_hash(array: NDArray[Any]) -> str:
    """Return a hash of what a picture shows, whatever file or layer it is in.

    It is the BLAKE2b hash (RFC 7693, 32 bytes) of height and width, as two little-endian 64-bit
    integers, followed by the RGB values that `as_rgb` returns, as little-endian 32-bit floats with
    +0 for -0. Two arrays have the same hash if and only if `as_rgb` returns equal pixels: a grey
    image equals the RGB image of the same greys, and an 8-bit image its copy in another lossless
    file format.

    Parameters
    ----------
    array : ndarray
        Anything that `as_rgb` takes.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ImageError
        If the array is no single picture.
    """
    rgb = as_rgb(array)
    digest = hashlib.blake2b(np.array(rgb.shape[:2], "<i8").tobytes(), digest_size=DIGEST_BYTES)
    for row in range(0, len(rgb), ROWS_AT_ONCE):
        # Adding zero turns -0 into +0, which are equal but have different bits.
        digest.update((rgb[row : row + ROWS_AT_ONCE] + np.float32(0)).astype("<f4").data)
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; raise `ImageError` if it may not be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise refused(path, error) from error


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture in a file or in memory. Its digests are computed when first asked for.

    Use `from_file` or `from_array`.

    Attributes
    ----------
    size : (int, int)
        Height and width in pixels, after `orientation` was applied.
    path : Path or None
        The file; None for a picture in memory.
    page : int, Plane or None
        Which page of the file, from 0, or which of its channels too; None for the only picture.
    orientation : int
        The EXIF or TIFF orientation, 1 to 8, that `read_image` applies to the file's raster. 1
        means that the raster is upright.
    """

    size: tuple[int, int]
    path: Path | None = None
    page: int | Plane | None = None
    orientation: int = 1
    _array: NDArray[Any] | None = None

    @classmethod
    def from_file(cls, path: str | Path, page: int | Plane | None = None) -> Picture:
        """Return the picture of a file. Its pixels are not read yet.

        Raises
        ------
        ImageError
            If the file is missing, no image, or of several pages or channels of which none is
            chosen.
        """
        path = Path(path)
        size, orientation = read_header(path, page)
        return cls(size, path, page, orientation)

    @classmethod
    def from_array(cls, array: NDArray[Any]) -> Picture:
        """Return the picture of an array, such as the data of a napari layer.

        Parameters
        ----------
        array : ndarray
            Anything that `as_rgb` takes. It must not change as long as the picture is in use.
        """
        array = np.asarray(array)
        height, width = array.shape[:2] if array.ndim >= 2 else (0, 0)
        return cls((int(height), int(width)), _array=array)

    @cached_property
    def file_digest(self) -> str | None:
        """SHA-256 of the file in hexadecimal; None for a picture in memory."""
        return None if self.path is None else file_digest(self.path)

    @cached_property
    def pixel_hash(self) -> str:
        """`pixel_hash` of the pixels.

        Raises
        ------
        ImageError
            If the file cannot be read, or the array is no single picture.
        """
        if self._array is not None:
            return pixel_hash(self._array)
        assert self.path is not None
        return pixel_hash(read_image(self.path, self.page))

    def is_same_as(self, other: Picture) -> bool:
        """Return whether two pictures show the same.

        Equal files (by their SHA-256) show the same on the same page. For all others, the pixels
        decide. A viewer may show a file differently (without its orientation, another page): then
        the layer is not the same picture as the file.

        Parameters
        ----------
        other : Picture
            The other picture.

        Raises
        ------
        ImageError
            If pixels have to be compared and cannot be read.
        """
        if self.size != other.size:
            return False
        if self.path is not None and other.path is not None and self.page == other.page:
            if self.path.absolute() == other.path.absolute():
                return True
            # Reading the files is quicker than decoding them.
            if self.file_digest == other.file_digest:
                return True
        return self.pixel_hash == other.pixel_hash
