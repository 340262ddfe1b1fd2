"""Where a job gets a specimen's image from: a file, or the pixels of a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import HomologError, ImageError, ProjectError
from ..files import is_file
from ..images import as_rgb, read_image
from ..project import Project
from ..project.image_files import Fingerprint


class ImageSupplier(Protocol):
    """Returns an image in the thread or process that computes."""

    def __call__(self) -> NDArray[np.float32]:
        """Return RGB in [0, 1], shape (height, width, 3), or raise `ImageError`."""
        ...


@dataclass(frozen=True)
class ImageFile:
    """An image file of a project.

    Attributes
    ----------
    path : Path
        The file, absolute.
    fingerprint : Fingerprint
        What the file was like when it was added.
    """

    path: Path
    fingerprint: Fingerprint

    def __call__(self) -> NDArray[np.float32]:
        """Return the image, unless it has changed since it was added."""
        # By its contents: some programs keep the time of change, and the size may be the same.
        if is_file(self.path) and not self.fingerprint.matches(self.path, thoroughly=True):
            raise ImageError(
                f"{self.path} has changed since it was added; put the earlier image back, or confirm "
                "the present one with `homolog project images --update`."
            )
        return read_image(self.path, self.fingerprint.plane)


@dataclass(frozen=True, eq=False)
class ImageArray:
    """Pixels that are in memory, such as those of a layer without a file.

    Attributes
    ----------
    pixels : ndarray
        Anything that `napari_homolog.images.as_rgb` accepts.
    """

    pixels: NDArray[Any]

    def __call__(self) -> NDArray[np.float32]:
        """Return the image."""
        return as_rgb(self.pixels)


@dataclass(frozen=True)
class MissingImage:
    """The place of an image that cannot be had.

    Attributes
    ----------
    reason : str
        Why, for the user.
    """

    reason: str

    def __call__(self) -> NDArray[np.float32]:
        """Raise the reason as `ImageError`."""
        raise ImageError(self.reason)


Suppliers = Callable[[int], ImageSupplier]
"""Returns the supplier of a specimen's image, given its number; raises `ProjectError` without one."""


def supplied(images: Suppliers, specimen_id: int) -> ImageSupplier:
    """Return the supplier of a specimen's image, or one that tells why there is none."""
    try:
        return images(specimen_id)
    except HomologError as error:
        return MissingImage(str(error))


def image_files(project: Project) -> Suppliers:
    """Return the suppliers of a project's image files."""

    def supplier(specimen_id: int) -> ImageSupplier:
        specimen = project.specimen(specimen_id)
        if specimen.path is None:
            raise ProjectError(
                f"{specimen.name!r} has no image file; save its image as a file and add that."
            )
        return ImageFile(specimen.path, project.fingerprint_of(specimen_id))

    return supplier
