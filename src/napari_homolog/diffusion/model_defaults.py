"""What a model is used with by default: from its own folder, the catalogue, or the paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError

from ..errors import CheckpointError

SETTINGS_FILE = "homolog.json"
"""A file in which a model folder may state its own defaults, see `FolderSettings`."""

MOST_PIXELS = 4096
"""Side of the largest square input; that of Stable Diffusion XL has 1024."""

TIMESTEP = 140
"""Noise level of checkpoints that state none: the one at which Hedlin et al. 2023 learn."""

SMALL_LATENTS = 32
"""Models whose latents have at most this side are small: they compute in one thread, and their default
preset is not that of Stable Diffusion's size."""

Facet = Literal["input", "queries", "values"]
"""Image features: the layers' input, their queries, or the values of the self-attention before them."""

PAPER_LAYERS = (7, 8, 9, 10)
"""Layers of Stable Diffusion 1 and 2 that Hedlin et al. 2023 read: three of 16 x 16, one of 32 x 32.

The paper numbers only the layers of at most 32 x 32 positions and therefore calls them 5 to 8."""


@dataclass(frozen=True)
class Defaults:
    """What a backbone is used with unless the caller chooses otherwise.

    Attributes
    ----------
    layers : tuple of int
        Cross-attention layers to read, numbered from zero through the down, middle and up blocks.
    learn_timestep, locate_timestep : int
        Noise levels, 0 to 999.
    resolution : int or None
        Side of the model's square input in pixels; None: that of the UNet's configuration.
    """

    layers: tuple[int, ...]
    learn_timestep: int = TIMESTEP
    locate_timestep: int = TIMESTEP
    resolution: int | None = None


class FolderSettings(BaseModel):
    """What ``homolog.json`` in a model folder states; None for what it leaves out.

    Attributes
    ----------
    name, licence : str or None
        For the user to read.
    layers : tuple of int or None
        Cross-attention layers to read, numbered from zero through the down, middle and up blocks.
    resolution : int or None
        Side of the model's square input in pixels.
    learn_timestep, locate_timestep : int or None
        Noise levels, 0 to 999.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str | None = None
    licence: str | None = None
    layers: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)] | None = None
    resolution: Annotated[PositiveInt, Field(le=MOST_PIXELS)] | None = None
    learn_timestep: NonNegativeInt | None = None
    locate_timestep: NonNegativeInt | None = None


def read_folder_settings(folder: Path) -> FolderSettings:
    """Return what ``homolog.json`` in a model folder states; all None if there is no such file.

    Raises
    ------
    CheckpointError
        If the file is damaged or has unknown or unsuitable entries.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return FolderSettings()
    try:
        return FolderSettings.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problems = "; ".join(
            ": ".join([".".join(map(str, problem["loc"])), problem["msg"]]).removeprefix(": ")
            for problem in error.errors()
        )
        raise CheckpointError(
            f"{path} is not understood ({problems}); expected an object with some of "
            f"{', '.join(FolderSettings.model_fields)}."
        ) from error
