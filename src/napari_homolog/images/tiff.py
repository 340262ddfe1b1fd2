"""Reading TIFF files of any depth, with pages, tiles, strips and pyramids."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from ..errors import ImageError
from .arrays import as_rgb
from .channels import Chosen, choose, of_channels
from .colour import from_pillow, in_srgb
from .foreign import RawFileError
from .header import QUARTER_TURNED, Header
from .limits import MOST_BYTES, MOST_REDUCED_PIXELS, check_density, check_size
from .plane import Plane
from .reduced import ReducedImage, coarse_factor, reduced_size, resize_array

_T = TypeVar("_T", bound=np.generic)

DAMAGES = (
    tifffile.TiffFileError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    EOFError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
"""Exceptions that tifffile raises for damaged files."""

ORIENTATION, COLOUR_PROFILE, DNG_VERSION = 274, 34675, 50706
RAW_PHOTOMETRICS = (32803, 34892)
"""Values of a sensor behind colour filters, and values of a sensor without."""

MINISWHITE = tifffile.PHOTOMETRIC.MINISWHITE

MOST_SEGMENT_BYTES = 500_000_000
"""Files with larger strips or tiles, when decoded, are not read at a reduced size."""

ROWS_AT_ONCE = 64


def read_tiff(path: Path, plane: Plane) -> NDArray[np.float32]:
    """Return a picture of a TIFF file as RGB in [0, 1], shape (height, width, 3)."""
    with _opened(path) as tiff:
        chosen = _chosen(tiff, plane, path)
        page = chosen.first
        check_size(page.imagelength, page.imagewidth, str(path))
        check_density(path, page.imagelength, page.imagewidth)
        needed = page.nbytes * len(chosen.pages)
        if needed > MOST_BYTES:
            raise ImageError(f"{path} would take {needed:,} bytes; scale it down first.")
        if _needs_pillow(page):
            return _upright(_by_pillow(path, chosen), page)
        samples = [_samples_last(one.asarray(), one) for _, one in chosen.pages]
        # Before the conversion to floats, which take more memory.
        return _colours(_upright(_joined(samples), page), chosen, path)


def tiff_header(path: Path, plane: Plane) -> Header:
    """Return the size of a picture after its orientation was applied, and the orientation."""
    with _opened(path) as tiff:
        return _header(_chosen(tiff, plane, path).first)


def read_reduced_tiff(path: Path, longest: int, plane: Plane) -> ReducedImage:
    """Return a picture reduced to a number of pixels along its longer side.

    Parameters
    ----------
    path : Path
        The file.
    longest : int
        Pixels along the longer side, at most.
    plane : Plane
        Which picture of the file.
    """
    with _opened(path) as tiff:
        chosen = _chosen(tiff, plane, path)
        page = chosen.first
        full = (int(page.imagelength), int(page.imagewidth))
        check_size(*full, str(path), MOST_REDUCED_PIXELS)
        size = reduced_size(full, longest)
        if _needs_pillow(page):
            check_size(*full, str(path))
            check_density(path, *full)
            rgb = resize_array(_by_pillow(path, chosen), full, size)
            return ReducedImage(_upright(rgb, page), _header(page).size)
        samples = [_reduced(tiff, one, size, path) for _, one in chosen.pages]
        rgb = _colours(_upright(_joined(samples), page), chosen, path)
        return ReducedImage(rgb, _header(page).size)


def _opened(path: Path) -> Any:
    # A file must not name others that are read in its place.
    return tifffile.TiffFile(path, _multifile=False)


def _chosen(tiff: Any, plane: Plane, path: Path) -> Chosen:
    """Return what makes up the picture that is meant; thumbnails and masks do not count."""
    if any(_is_raw(one) for one in _first_pages(tiff)):
        raise RawFileError(str(path))
    pictures = [
        index
        for index, page_of_file in enumerate(tiff.pages)
        if not (page_of_file.aspage().is_reduced or page_of_file.aspage().is_mask)
    ]
    if not pictures:
        raise ImageError(
            f"{path} holds only a thumbnail or a mask, and no picture that can be read; export the "
            "picture itself as TIFF, JPEG or PNG."
        )
    return choose(tiff, pictures, plane, path)


def _reduced(tiff: Any, page: Any, size: tuple[int, int], path: Path) -> NDArray[Any]:
    """Return a page's samples (height, width, samples) at a smaller size, in the page's type."""
    level = _level(tiff, page, size)
    shown = (int(level.imagelength), int(level.imagewidth))
    step = coarse_factor(shown, max(size))
    mean = resize_array(_mean(level, path, step), (shown[0] / step, shown[1] / step), size)
    # The type before averaging, on which the scaling of values depends.
    if np.issubdtype(level.dtype, np.integer):
        return mean.round().astype(level.dtype)
    return (mean > 0.5).astype(bool) if level.dtype == bool else mean


def _first_pages(tiff: Any) -> Iterator[Any]:
    """Yield the first page, and those that it holds in its turn, where cameras keep raw data."""
    yield tiff.pages.first
    if tiff.pages.first.subifds:
        for page in tiff.pages.first.pages or ():
            yield page.aspage()


def _is_raw(page: Any) -> bool:
    return page.photometric in RAW_PHOTOMETRICS or DNG_VERSION in page.tags


def _level(tiff: Any, page: Any, size: tuple[int, int]) -> Any:
    """Return the smallest stored reduction of a page that is no smaller than a size."""
    reductions = [level.aspage() for level in page.pages or ()] if page.subifds else []
    if page.index == 0:
        reductions += [level.aspage() for level in tiff.pages if level.aspage().is_reduced]
    best = page
    for level in reductions:
        height, width = int(level.imagelength), int(level.imagewidth)
        factor = page.imagelength / height
        same_shape = abs(page.imagewidth / factor - width) <= 1
        same_type = level.samplesperpixel == page.samplesperpixel and level.dtype == page.dtype
        if (
            same_shape
            and same_type
            and size[0] <= height < best.imagelength
            and size[1] <= width
            and not _needs_pillow(level)
        ):
            best = level
    return best


def _needs_pillow(page: Any) -> bool:
    """Return whether tifffile cannot decode a page, in which case Pillow may."""
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        return True
    try:
        tifffile.TIFF.DECOMPRESSORS[page.compression]
        if page.predictor != 1:
            tifffile.TIFF.UNPREDICTORS[page.predictor]
    except KeyError:
        return True
    return page.photometric == tifffile.PHOTOMETRIC.YCBCR


def _by_pillow(path: Path, chosen: Chosen) -> NDArray[np.float32]:
    with Image.open(path, formats=("TIFF",)) as picture:
        pages = []
        for index, _ in chosen.pages:
            picture.seek(index)
            pages.append(from_pillow(picture, path))
    if chosen.samples is not None:
        return of_channels(pages[0], chosen.samples, path)
    # Channels that are pages are grey.
    return pages[0] if len(pages) == 1 else np.stack([page[..., 0] for page in pages], axis=-1)


def _mean(page: Any, path: Path, step: int) -> NDArray[np.float32]:
    """Return the mean over squares of `step` pixels, (rows, columns, samples); smaller at the edge."""
    height, width = int(page.imagelength), int(page.imagewidth)
    shape = (-(-height // step), -(-width // step))
    total = np.zeros((*shape, page.samplesperpixel), np.float64)
    for row, col, sample, part in _parts(page, path):
        part = part[: height - row, : width - col]
        bands = np.split(part, _starts(row, part.shape[0], step)[1:])
        by_row = np.stack([band.sum(axis=0, dtype=np.float64) for band in bands])
        sums = np.add.reduceat(by_row, _starts(col, part.shape[1], step), axis=1)
        into = total[row // step :, col // step :, sample : sample + part.shape[2]]
        into[: sums.shape[0], : sums.shape[1]] += sums
    tall = np.minimum(step, height - step * np.arange(shape[0]))
    wide = np.minimum(step, width - step * np.arange(shape[1]))
    return (total / (tall[:, None] * wide)[..., None]).astype(np.float32)


def _starts(first: int, count: int, step: int) -> NDArray[np.intp]:
    """Return the offsets, among `count` pixels from a first one, at which squares of `step` start."""
    return np.flatnonzero(np.diff(np.arange(first, first + count) // step, prepend=-1))


def _parts(page: Any, path: Path) -> Iterator[tuple[int, int, int, NDArray[Any]]]:
    """Yield (row, col, sample, pixels (rows, columns, samples)) of a page, piece by piece."""
    if page.is_memmappable:
        yield from _rows(page)
        return
    if int(np.prod(page.chunks)) * page.dtype.itemsize > MOST_SEGMENT_BYTES:
        raise ImageError(
            f"{path} is stored in one piece of {' x '.join(map(str, page.chunks))} values; save it "
            "in tiles."
        )
    check_density(path, *map(int, page.chunks[:2]))
    for pixels, (sample, _, row, col, _), _ in page.segments(maxworkers=1):
        if pixels is not None:
            yield row, col, sample, pixels[0]


def _rows(page: Any) -> Iterator[tuple[int, int, int, NDArray[Any]]]:
    """Yield the pixels of a page that is stored in one uncompressed piece."""
    stored = page.dtype.newbyteorder(page.parent.byteorder)
    height, width, samples = page.imagelength, page.imagewidth, page.samplesperpixel
    planar = page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
    file, inner = page.parent.filehandle, 1 if planar else samples
    file.seek(page.dataoffsets[0])
    for sample in range(samples if planar else 1):
        for row in range(0, height, ROWS_AT_ONCE):
            rows = min(ROWS_AT_ONCE, height - row)
            pixels = file.read_array(stored, rows * width * inner)
            yield row, 0, sample, pixels.reshape(rows, width, inner)


def _samples_last(array: NDArray[Any], page: Any) -> NDArray[Any]:
    """Return a page's pixels as (height, width, samples)."""
    if array.ndim == 2:
        return array[..., None]
    planar = page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
    return np.moveaxis(array, 0, -1) if array.ndim == 3 and planar else array


def _joined(samples: list[NDArray[Any]]) -> NDArray[Any]:
    return samples[0] if len(samples) == 1 else np.concatenate(samples, axis=-1)


def _colours(array: NDArray[Any], chosen: Chosen, path: Path) -> NDArray[np.float32]:
    """Return samples (height, width, samples) as RGB."""
    page = chosen.first
    if chosen.samples is not None or len(chosen.pages) > 1:
        # Profiles and inks tell the colours of all channels together.
        rgb = as_rgb(array if chosen.samples is None else array[..., list(chosen.samples)])
        return _as_shown(rgb, page)
    inks = page.photometric == tifffile.PHOTOMETRIC.SEPARATED
    profile = page.tags.valueof(COLOUR_PROFILE)
    samples = array.shape[-1]
    if array.dtype == np.uint16 and (inks or profile) and samples in (1, 3, 4):
        # Colour profiles can only be applied to 8 bits.
        array = (array / 257).round().astype(np.uint8)
    if array.dtype == np.uint8 and samples in (1, 3, 4) and (inks or profile):
        mode = "CMYK" if inks else {1: "L", 3: "RGB", 4: "RGBA"}[samples]
        rgb = in_srgb(array, profile or b"", path, mode)
    elif samples == 2:
        # Grey and its opacity.
        rgb = as_rgb(array[..., [0, 0, 0, 1]])
    else:
        rgb = as_rgb(array)
    return _as_shown(rgb, page)


def _as_shown(rgb: NDArray[np.float32], page: Any) -> NDArray[np.float32]:
    """Return an image, inverted in place if the file counts from white."""
    return np.subtract(1, rgb, out=rgb) if page.photometric == MINISWHITE else rgb


def _header(page: Any) -> Header:
    return Header.of_raster(int(page.imagelength), int(page.imagewidth), _orientation(page))


def _upright(rgb: NDArray[_T], page: Any) -> NDArray[_T]:
    """Return an image turned upright."""
    orientation = _orientation(page)
    if orientation in QUARTER_TURNED:
        rgb = np.swapaxes(rgb, 0, 1)
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(rgb)


def _orientation(page: Any) -> int:
    orientation = int(page.tags.valueof(ORIENTATION, default=1))
    return orientation if 1 <= orientation <= 8 else 1
