"""``homolog convert``."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..errors import FormatError
from ..files import check_writable
from .options import AsJson, AsStored, KeepOutside, Page
from .terminal import messages, screen


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The landmark file to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The landmark file to write.")],
    from_format: Annotated[
        str | None,
        typer.Option("--from", help="Format of IN; default: by its suffix and first line."),
    ] = None,
    to_format: Annotated[
        str | None,
        typer.Option("--to", help="Format of OUT; default: by its suffix, .csv being tidy."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Folder of the images, for their sizes; default: the folder of IN."),
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=1, help="Height of all images in pixels, without the images.")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="WIDTHxHEIGHT", help="Size of all images, without the images."),
    ] = None,
    keep_outside: KeepOutside = False,
    as_stored: AsStored = False,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """Convert a landmark file to another format.

    Formats: tps (.tps), tidy, napari and deeplabcut (.csv), deeplabcut-h5 (.h5), coco (.json),
    morphoj and stereomorph (.txt), imglab (.xml). Only read: ml-morph,
    wide and imagej-table (.csv), imagej (.roi, .zip), labelme (.json), sleap (.slp).
    """
    from .. import formats
    from ..image_names import comparable
    from ..images import ImageLookup, Plane

    check_writable(target)
    given = _given_size(height, size)
    if given is not None and as_stored:
        raise FormatError(
            "--as-stored needs the images, which state how they are turned; leave out --height and "
            "--size, and give their folder with --images."
        )
    upward = (
        formats.format_to_read(source, from_format).upward
        and formats.format_to_write(target, to_format).upward
    )
    lookup = ImageLookup(
        source.absolute().parent if images is None else images, Plane.of(page, None)
    )
    substituted = set[str]()

    def size_of(name: str) -> tuple[int, int] | None:
        path = lookup.find(name) if given is None else None
        if path is None and as_stored:
            raise FormatError(
                f"There is no image {name!r} that states how it is turned; give the folder of the "
                "images with --images, or leave out --as-stored."
            )
        if path is None:
            return given or (formats.UNPLACED if upward else None)
        if comparable(path.name) != comparable(formats.file_name_of(name)):
            substituted.add(f"{path.name} is used as the image {name}.")
        return lookup.size_of(name)

    specimens = formats.read_landmarks(
        source,
        format=from_format,
        image_size=size_of,
        keep_outside=keep_outside,
        orientation=lookup.orientation_of if given is None else None,
        as_stored=as_stored,
    )
    if height is not None and not upward:
        # The width is not known, and is not to be written.
        specimens = [replace(specimen, image_size=None) for specimen in specimens]
    for message in sorted(substituted):
        messages.print(message, markup=False)
    formats.write_landmarks(target, specimens, format=to_format)
    if as_json:
        print(json.dumps({"out": str(target), "specimens": len(specimens)}))
    else:
        screen.print(f"Wrote {len(specimens)} specimens to {target}.", markup=False)


def _given_size(height: int | None, size: str | None) -> tuple[int, int] | None:
    """Return the images' height and width as given on the command line; None if they are not."""
    from ..formats import ANY_SIZE

    if height is not None and size is not None:
        raise FormatError("--height and --size were given; give one of them.")
    if size is None:
        return None if height is None else (height, ANY_SIZE[1])
    match = re.fullmatch(r"([1-9][0-9]{0,6})x([1-9][0-9]{0,6})", size.strip().lower())
    if match is None:
        raise FormatError(
            f"--size is {size!r}; expected WIDTHxHEIGHT in pixels, such as 4000x3000."
        )
    return int(match[2]), int(match[1])
