"""Which pages and samples of a TIFF file make up the picture that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray

from ..errors import ImageError
from .limits import check_page
from .plane import RGB, Plane

OPACITIES = (1, 2)
"""Kinds of extra samples that are opacity, premultiplied or not; 0 says nothing."""


class Chosen(NamedTuple):
    """The pages of a picture, and its samples.

    Attributes
    ----------
    pages : tuple of (int, page)
        One page, or one for each channel, with its index in the file.
    samples : tuple of int or None
        Which samples of these pages, one page behind the other; None for all of them.
    """

    pages: tuple[tuple[int, Any], ...]
    samples: tuple[int, ...] | None = None

    @property
    def first(self) -> Any:
        """The page that tells the size and the orientation."""
        return self.pages[0][1]


def choose(tiff: Any, pictures: list[int], plane: Plane, path: Path) -> Chosen:
    """Return what makes up a picture of a TIFF file.

    Parameters
    ----------
    tiff : tifffile.TiffFile
        The file.
    pictures : list of int
        Indices of the pages that are pictures.
    plane : Plane
        Which of them is meant.
    path : Path
        The file, for messages.

    Raises
    ------
    ImageError
        If there is no such page or channel, or several of which none is chosen.
    """
    groups = _channel_groups(tiff, pictures) if len(pictures) > 1 else []
    if plane.channels is None:
        if plane.page is None and groups:
            raise _undecided(path, pictures, groups)
        if plane.page is None and _may_be_rgb(tiff, pictures):
            raise ImageError(
                f"{path} holds 3 frames or pages where one picture is expected; read them as RGB with "
                "`--channel rgb` if they are its channels, or say which page with `--page`, 0 to 2."
            )
        page = _numbered(tiff, pictures, check_page(len(pictures), plane.page, path))
        _check_samples(page[1], path)
        return Chosen((page,))
    if plane.page is not None:
        index = pictures[check_page(len(pictures), plane.page, path)]
        group = next((group for group in groups if index in group), [index])
    elif len(groups) > 1:
        raise _undecided(path, pictures, groups)
    else:
        # Pages of which nothing is stated are channels if that is what is asked for.
        group = groups[0] if groups else pictures
    if len(group) == 1:
        page = _numbered(tiff, group, 0)
        check_channels(plane.channels, int(page[1].samplesperpixel), path)
        return Chosen((page,), plane.channels)
    check_channels(plane.channels, len(group), path)
    pages = tuple(_numbered(tiff, group, channel) for channel in plane.channels)
    sizes = {(page.imagelength, page.imagewidth, page.samplesperpixel) for _, page in pages}
    if len(sizes) > 1 or next(iter(sizes))[2] != 1:
        raise ImageError(
            f"{path} has pages that are not channels of one picture: they differ in size, or have "
            "several channels each; say which page."
        )
    return Chosen(pages)


def of_channels(
    rgb: NDArray[np.float32], channels: tuple[int, ...] | None, path: Path
) -> NDArray[np.float32]:
    """Return some channels of an RGB image as an RGB image; one is grey.

    Parameters
    ----------
    rgb : ndarray of float32, shape (height, width, 3)
        The image.
    channels : tuple of int or None
        One or three; None for the image as it is.
    path : Path
        The file, for the message.

    Raises
    ------
    ImageError
        If there is no such channel.
    """
    if channels is None:
        return rgb
    check_channels(channels, len(RGB), path)
    return np.ascontiguousarray(
        rgb[..., list(channels if len(channels) == len(RGB) else channels * 3)]
    )


def check_channels(channels: tuple[int, ...] | None, count: int, path: Path) -> None:
    """Raise `ImageError` if a file has no such channel.

    Parameters
    ----------
    channels : tuple of int or None
        What was asked for, counted from 0; None for the picture as it is.
    count : int
        How many channels the file holds.
    path : Path
        The file, for the message.
    """
    if channels is not None and max(channels) >= count:
        raise ImageError(
            f"{path} has no channel {max(channels)}; it holds {count}, counted from 0: choose among "
            "them."
        )


def opacity_is_stated(page: Any) -> bool:
    """Return whether the last sample of a page is opacity."""
    extra = page.extrasamples
    return bool(extra) and int(extra[-1]) in OPACITIES


def _check_samples(page: Any, path: Path) -> None:
    """Raise `ImageError` if a page holds channels that are no colours."""
    count = int(page.samplesperpixel)
    plain = page.photometric in (tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.MINISWHITE)
    if count > 4 or (plain and count in (2, 4) and not opacity_is_stated(page)):
        raise ImageError(
            f"{path} holds {count} channels where one picture is expected; {_offer(count)}"
        )


def _may_be_rgb(tiff: Any, pictures: list[int]) -> bool:
    """Return whether there are three grey pages of one size, of which nothing is stated."""
    if len(pictures) != len(RGB):
        return False
    pages = [_numbered(tiff, pictures, place)[1] for place in range(len(RGB))]
    return len(
        {(page.imagelength, page.imagewidth, page.samplesperpixel) for page in pages}
    ) == 1 and (pages[0].samplesperpixel == 1)


def _undecided(path: Path, pictures: list[int], groups: list[list[int]]) -> ImageError:
    """Return the error for pages that are channels, of which none is chosen."""
    count = len(groups[0])
    if len(groups) == 1:
        return ImageError(f"{path} holds {count} channels as separate pages; {_offer(count)}")
    return ImageError(
        f"{path} holds {len(groups)} pictures of {count} channels in {len(pictures)} pages; say "
        f"which page with `--page`, 0 to {len(pictures) - 1}, and with `--channel` which channels of "
        "its picture."
    )


def _offer(count: int) -> str:
    rgb = "read the first three as RGB with `--channel rgb`, or " if count >= 3 else ""
    return f"{rgb}choose one with `--channel`, 0 to {count - 1}."


def _numbered(tiff: Any, pages: list[int], place: int) -> tuple[int, Any]:
    return pages[place], tiff.pages[pages[place]].aspage()


def _channel_groups(tiff: Any, pictures: list[int]) -> list[list[int]]:
    """Return the pages of each picture whose channels are pages, as the file states it.

    OME-TIFF and ImageJ state which axis is that of channels.
    """
    groups: list[list[int]] = []
    for series in tiff.series:
        axes, shape = series.axes[: -series.keyframe.ndim], series.shape[: -series.keyframe.ndim]
        if "C" not in axes:
            continue
        pages = _indices(tiff, series)
        if len(pages) != int(np.prod(shape)) or not set(pages.tolist()) <= set(pictures):
            continue
        by_channel = np.moveaxis(pages.reshape(shape), axes.index("C"), -1)
        groups += by_channel.reshape(-1, by_channel.shape[-1]).tolist()
    return [group for group in groups if len(group) > 1]


def _indices(tiff: Any, series: Any) -> NDArray[np.intp]:
    """Return the indices of a series' pages; none if not all of them are in this file."""
    pages = [page for page in series.pages if page is not None and page.parent is tiff]
    return np.array([page.index for page in pages], np.intp)
