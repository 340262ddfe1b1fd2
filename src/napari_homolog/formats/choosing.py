"""Which specimen of a landmark file belongs to an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import FormatError
from ..image_names import ImageNames, file_name_of
from .file_specimen import ANY_SIZE, Specimen
from .registry import read_landmarks

MOST_NAMES = 5
"""An error lists no more names of images than these."""


def specimens_of_image(specimens: Sequence[Specimen], image: str) -> list[Specimen]:
    """Return the specimens of a landmark file that belong to an image.

    Names are compared by the rules of `napari_homolog.image_names.ImageNames`. A specimen without
    an image name goes by its identifier. The only specimen of a file belongs to any image if it has
    no image name.

    Parameters
    ----------
    specimens : sequence of Specimen
        All specimens of the file.
    image : str
        The image's name. Its whole path lets folders decide between equal file names.

    Returns
    -------
    list of Specimen
        Several if the image was digitised several times, or if the names do not decide.
    """
    names = [specimen.image or specimen.identifier or "" for specimen in specimens]
    if len(specimens) == 1 and not specimens[0].image:
        return list(specimens)
    return [specimens[place] for place in ImageNames(names).find_all(image)]


def specimen_for_image(
    specimens: Sequence[Specimen], image: str, *, file: str | Path = "The landmark file"
) -> Specimen:
    """Return the one specimen of a landmark file that belongs to an image.

    Parameters
    ----------
    specimens : sequence of Specimen
        All specimens of the file.
    image : str
        The image's name or whole path, as for `specimens_of_image`.
    file : str or Path
        The landmark file, for messages.

    Returns
    -------
    Specimen

    Raises
    ------
    FormatError
        If none or several belong to it.

    Examples
    --------
    >>> from napari_homolog import Landmarks
    >>> marks = Landmarks({"1": (10, 20)})
    >>> wings = [Specimen("male/001.jpg", marks), Specimen("female/001.jpg", marks)]
    >>> specimen_for_image(wings, "/data/female/001.tif").image
    'female/001.jpg'
    """
    matching = specimens_of_image(specimens, image)
    if len(matching) == 1:
        return matching[0]
    name = file_name_of(image)
    if matching:
        names = [
            f"{specimen.image or 'an unnamed image'} ({specimen.identifier})"
            if specimen.identifier
            else specimen.image
            for specimen in matching
        ]
        raise FormatError(
            f"{file} has {len(matching)} specimens for {image}: {_list(names)}; write the folder into "
            "the names of images in the file, or keep the one that belongs to this image."
        )
    raise FormatError(
        f"{file} has landmarks of {_list(_names(specimens))}, not of {name}; give the file with the "
        "landmarks of this image."
    )


def read_specimen(
    path: str | Path,
    image: str,
    image_size: tuple[int, int],
    *,
    format: str | None = None,
    orientation: int = 1,
    as_stored: bool = False,
) -> Specimen:
    """Read the specimen of a landmark file that belongs to one image.

    The sizes of the other images in the file need not be known.

    Parameters
    ----------
    path : str or Path
        The landmark file.
    image : str
        The image's name or whole path, as for `specimens_of_image`.
    image_size : (int, int)
        Height and width of that image in pixels.
    format : str, optional
        Name of the format, as for `napari_homolog.read_landmarks`.
    orientation : int
        EXIF or TIFF orientation of that image, 1 to 8, by which it was turned to `image_size`.
    as_stored : bool
        Whether the landmarks were placed on the image without that turn.

    Returns
    -------
    Specimen

    Raises
    ------
    FormatError
        If the file cannot be read, or none or several of its specimens belong to the image.
    """
    wanted = ImageNames([image])

    def size_of(name: str) -> tuple[int, int]:
        return image_size if not name or wanted.find_all(name) else ANY_SIZE

    def orientation_of(name: str) -> int:
        return orientation if not name or wanted.find_all(name) else 1

    specimens = read_landmarks(
        path,
        format=format,
        image_size=size_of,
        orientation=orientation_of,
        as_stored=as_stored,
    )
    return specimen_for_image(specimens, image, file=path)


def _names(specimens: Sequence[Specimen]) -> list[str]:
    """Return what messages call the specimens, without repetitions."""
    names = (specimen.image or specimen.identifier or "an unnamed image" for specimen in specimens)
    return list(dict.fromkeys(names))


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
