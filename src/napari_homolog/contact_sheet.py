"""Contact sheets: images with their landmarks and attention, side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .files import atomic_write
from .images import as_rgb
from .landmarks import Landmarks

TILE = 256
"""Side of a tile in pixels."""

IMAGE = "attention_on_image"
"""Key, in the description of a map's file, of the image that it is of."""

READ_ERRORS = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)

CAPTION = 20
GAP = 6
TRUE_COLOUR = (255, 255, 255)
ATTENTION_COLOUR = np.array([1.0, 0.55, 0.1], dtype=np.float32)

MARKS = (
    (230, 25, 75), (60, 180, 75), (0, 130, 200), (245, 130, 48), (145, 30, 180), (70, 240, 240),
    (240, 50, 230), (210, 245, 60), (250, 190, 212), (0, 128, 128), (220, 190, 255), (170, 110, 40),
)  # fmt: skip
"""Colours of landmarks, cycled: distinct for most colour-blind readers."""


@dataclass(frozen=True, eq=False)
class Tile:
    """One image of a contact sheet.

    Attributes
    ----------
    image : ndarray
        Anything that `napari_homolog.images.as_rgb` accepts.
    found : Landmarks or None
        Drawn as filled dots.
    truth : Landmarks or None
        Drawn as rings connected to the dots.
    attention : ndarray, shape (rows, cols), or None
        Drawn as a glow, scaled by its maximum.
    caption : str
        Text below the image.
    """

    image: NDArray[Any]
    found: Landmarks | None = None
    truth: Landmarks | None = None
    attention: NDArray[np.float32] | None = None
    caption: str = ""


def write_contact_sheet(path: Path, tiles: Sequence[Tile], columns: int = 4) -> None:
    """Write tiles, row by row, atomically to a PNG file.

    Parameters
    ----------
    path : Path
        The file.
    tiles : sequence of Tile
        At least one.
    columns : int
        Tiles in a row.
    """
    rows = -(-len(tiles) // columns)
    columns = min(columns, len(tiles))
    step_down, step_right = TILE + CAPTION + GAP, TILE + GAP
    sheet = Image.new("RGB", (columns * step_right + GAP, rows * step_down + GAP), "white")
    for index, tile in enumerate(tiles):
        row, col = divmod(index, columns)
        corner = (GAP + col * step_right, GAP + row * step_down)
        sheet.paste(_draw_tile(tile), corner)
        place = (corner[0] + 2, corner[1] + TILE + 3)
        ImageDraw.Draw(sheet).text(place, tile.caption, "black", ImageFont.load_default(12))
    with atomic_write(path) as file:
        sheet.save(file, format="PNG")


def save_map(path: Path, attention: NDArray[np.float32], image: str) -> None:
    """Write an attention map as a 16-bit grey TIFF, atomically; 65535 is an attention of one.

    Parameters
    ----------
    path : Path
        The file.
    attention : ndarray of float32, shape (rows, cols)
        The map, in [0, 1].
    image : str
        What the map is of, which the file states.
    """
    import tifffile

    grey = np.rint(np.clip(attention, 0, 1) * 65535).astype(np.uint16)
    with atomic_write(path) as file:
        # In ASCII, as TIFF has it.
        tifffile.imwrite(file, grey, description=json.dumps({IMAGE: image}), metadata=None)


def image_of_map(path: Path) -> str | None:
    """Return what an attention map is of, as its file states it; None if it states nothing."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as tiff:
            stated = json.loads(tiff.pages.first.description)
    except (*READ_ERRORS, tifffile.TiffFileError):
        return None
    return stated.get(IMAGE) if isinstance(stated, dict) else None


def _draw_tile(tile: Tile) -> Image.Image:
    rgb = as_rgb(tile.image)
    height, width = rgb.shape[:2]
    zoom = TILE / max(height, width)
    shape = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    picture = Image.fromarray((rgb * 255).astype(np.uint8)).resize(shape, Image.Resampling.LANCZOS)
    if tile.attention is not None:
        picture = _glow(picture, tile.attention)
    draw = ImageDraw.Draw(picture)

    def place(point: NDArray[np.float64]) -> tuple[float, float]:
        row, col = (point + 0.5) * zoom - 0.5
        return float(col), float(row)

    found = () if tile.found is None else zip(tile.found.names, tile.found.points, strict=True)
    for index, (name, point) in enumerate(found):
        colour = MARKS[index % len(MARKS)]
        col, row = place(point)
        if tile.truth is not None and name in tile.truth.names:
            true_col, true_row = place(tile.truth[name])
            draw.line([(true_col, true_row), (col, row)], TRUE_COLOUR, 1)
            draw.ellipse(
                [true_col - 4, true_row - 4, true_col + 4, true_row + 4], outline=TRUE_COLOUR
            )
        draw.ellipse([col - 3, row - 3, col + 3, row + 3], fill=colour, outline="black")
    framed = Image.new("RGB", (TILE, TILE), (40, 40, 40))
    framed.paste(picture, ((TILE - shape[0]) // 2, (TILE - shape[1]) // 2))
    return framed


def _glow(picture: Image.Image, attention: NDArray[np.float32]) -> Image.Image:
    scaled = attention / max(float(attention.max()), 1e-12)
    glow = Image.fromarray(scaled.astype(np.float32)).resize(
        picture.size, Image.Resampling.BILINEAR
    )
    base = np.asarray(picture, dtype=np.float32) / 255
    strength = 0.75 * np.asarray(glow)[..., None]
    mixed = base * (1 - strength) + ATTENTION_COLOUR * strength
    return Image.fromarray((np.clip(mixed, 0, 1) * 255).astype(np.uint8))
