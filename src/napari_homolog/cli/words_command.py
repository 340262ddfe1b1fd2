"""``homolog words``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .map_files import MapFolder
from .options import (
    AsJson,
    Channel,
    Device,
    Model,
    Page,
    Precision,
    Seed,
    Unet,
    file_name,
    named_model,
)
from .terminal import load, progress_context, screen


def words(
    image: Annotated[Path, typer.Argument(help="The image to look at.")],
    text: Annotated[str, typer.Argument(help='A sentence, such as "a bird\'s left eye".')],
    out: Annotated[Path, typer.Option(help="Folder for the maps; created if needed.")],
    model: Model = "embedded",
    unet: Unet = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    page: Page = None,
    channel: Channel = None,
    as_json: AsJson = False,
) -> None:
    """Show where an image attends to each word of a sentence."""
    from ..contact_sheet import Tile, write_contact_sheet
    from ..correspondence import words as read_words
    from ..images import Plane, read_image

    picture = read_image(image, Plane.of(page, channel))
    folder = MapFolder(out)
    prefix = folder.prefix(image, image.stem)
    with progress_context(as_json, seed) as context:
        backbone = load(named_model(model, unet, None), device, precision, context)
        found = read_words(backbone, picture, text, context=context)
    files, tiles = [], []
    for index, (token, one) in enumerate(zip(found.tokens, found.maps, strict=True)):
        files.append(folder.write(prefix, image, f"{index + 1:02d}-{file_name(token)}", one))
        tiles.append(Tile(picture, attention=one, caption=token))
    sheet = out / f"{prefix}.words.png"
    write_contact_sheet(sheet, tiles, columns=6)
    if as_json:
        print(json.dumps({"tokens": list(found.tokens), "maps": [str(path) for path in files]}))
    else:
        screen.print(f"One map for each of {len(files)} tokens is in {out}; see {sheet}.")
