"""``homolog convert``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..files import check_writable
from .options import AsJson
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
    as_json: AsJson = False,
) -> None:
    """Convert a landmark file to another format.

    Formats: tps (.tps), tidy, napari and deeplabcut (.csv), deeplabcut-h5 (.h5), coco (.json),
    morphoj and stereomorph (.txt); ml-morph (.csv) is only read.
    """
    from .. import formats
    from ..image_names import comparable
    from ..images import ImageLookup

    check_writable(target)
    lookup = ImageLookup(source.absolute().parent if images is None else images)
    substituted = set[str]()

    def size_of(name: str) -> tuple[int, int] | None:
        path = lookup.find(name)
        if path is None:
            return None
        if comparable(path.name) != comparable(formats.file_name_of(name)):
            substituted.add(f"{path.name} is used as the image {name}.")
        return lookup.size_of(name)

    specimens = formats.read_landmarks(source, format=from_format, image_size=size_of)
    for message in sorted(substituted):
        messages.print(message, markup=False)
    formats.write_landmarks(target, specimens, format=to_format)
    if as_json:
        print(json.dumps({"out": str(target), "specimens": len(specimens)}))
    else:
        screen.print(f"Wrote {len(specimens)} specimens to {target}.", markup=False)
