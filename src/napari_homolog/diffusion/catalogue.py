"""The checkpoints that are known by name, and what a user should know before fetching one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CheckpointError

GIGABYTE = 10**9
EMBEDDED = Path(__file__).with_name("embedded")
"""The folder of the model that ships with the package."""

OWN_SETTINGS = "homolog.json"
"""A file that a model folder may hold, see `read_own_settings`."""

TIMESTEP = 140
"""Noise level for checkpoints that name none: the one at which Hedlin et al. 2023 learn."""

PAPER_LAYERS = (7, 8, 9, 10)
"""Stable Diffusion 1 and 2: three layers of 16 x 16 and one of 32 x 32, as in Hedlin et al. 2023
(who number only the layers of at most 32 x 32 positions, and so call them 5 to 8)."""


@dataclass(frozen=True)
class Checkpoint:
    """A known checkpoint.

    Attributes
    ----------
    name : str
        What a user types.
    source : str
        Hugging Face id, or ``"package"`` for the model that ships with the package.
    revision : str or None
        Pinned commit.
    licence, licence_url : str
        Whose terms apply, and where they stand.
    download : float
        Bytes fetched at first use: UNet, auto-encoder and text encoders in half precision.
    memory : float
        Bytes of memory needed about, half precision on a graphics card.
    resolution : int
        Side of the model's square in pixels.
    about : str
        One sentence.
    layers : tuple of int or None
        Cross-attention layers that are read; None: those that the model's own folder names.
    learn_timestep, locate_timestep : int
        Noise levels, 0 to 999.
    """

    name: str
    source: str
    revision: str | None
    licence: str
    licence_url: str
    download: float
    memory: float
    resolution: int
    about: str
    layers: tuple[int, ...] | None
    learn_timestep: int = TIMESTEP
    locate_timestep: int = TIMESTEP

    @property
    def terms(self) -> str:
        """Licence, download size and memory need in one sentence."""
        if self.source == "package":
            return f"{self.licence}; ships with the package, nothing is downloaded."
        return (
            f"{self.licence} ({self.licence_url}); download {self.download / GIGABYTE:.1f} GB from "
            f"the Hugging Face hub, about {self.memory / GIGABYTE:.0f} GB of memory."
        )


@dataclass(frozen=True)
class Defaults:
    """What a checkpoint is best used with.

    Attributes
    ----------
    layers : tuple of int
        Cross-attention layers that are read, counted down, middle, up from zero.
    learn_timestep, locate_timestep : int
        Noise levels, 0 to 999.
    """

    layers: tuple[int, ...]
    learn_timestep: int
    locate_timestep: int


CATALOGUE: dict[str, Checkpoint] = {
    checkpoint.name: checkpoint
    for checkpoint in (
        Checkpoint(
            name="embedded",
            source="package",
            revision=None,
            licence="BSD-3-Clause",
            licence_url="https://github.com/napari-homolog/napari-homolog/blob/main/LICENSE",
            download=0,
            memory=0.2 * GIGABYTE,
            resolution=64,
            about="Small model trained on drawn specimens: for trying out, not for photographs.",
            layers=None,
        ),
        Checkpoint(
            name="sd-1.4",
            source="CompVis/stable-diffusion-v1-4",
            revision="133a221b8aa7292a167afc5127cb63fb5005638b",
            licence="CreativeML OpenRAIL-M",
            licence_url="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
            download=2.1 * GIGABYTE,
            memory=4 * GIGABYTE,
            resolution=512,
            about="Stable Diffusion 1.4, the checkpoint of Hedlin et al. 2023.",
            layers=PAPER_LAYERS,
        ),
        Checkpoint(
            name="sd-1.5",
            source="stable-diffusion-v1-5/stable-diffusion-v1-5",
            revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
            licence="CreativeML OpenRAIL-M",
            licence_url="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
            download=2.1 * GIGABYTE,
            memory=4 * GIGABYTE,
            resolution=512,
            about="Stable Diffusion 1.5, from the mirror that is kept.",
            layers=PAPER_LAYERS,
        ),
        Checkpoint(
            name="sd-turbo",
            source="stabilityai/sd-turbo",
            revision="b261bac6fd2cf515557d5d0707481eafa0485ec2",
            licence="Stability AI Community License",
            licence_url="https://huggingface.co/stabilityai/sd-turbo/blob/main/LICENSE.md",
            download=2.6 * GIGABYTE,
            memory=5 * GIGABYTE,
            resolution=512,
            about="SD-Turbo, distilled from Stable Diffusion 2.1.",
            layers=PAPER_LAYERS,
        ),
        Checkpoint(
            name="sdxl",
            source="stabilityai/stable-diffusion-xl-base-1.0",
            revision="462165984030d82259a11f4367a4eed129e94a7b",
            licence="CreativeML Open RAIL++-M",
            licence_url="https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
            download=6.9 * GIGABYTE,
            memory=12 * GIGABYTE,
            resolution=1024,
            about="Stable Diffusion XL base 1.0: larger, two text encoders.",
            layers=(43, 53, 63),
        ),
        Checkpoint(
            name="sdxl-turbo",
            source="stabilityai/sdxl-turbo",
            revision="71153311d3dbb46851df1931d3ca6e939de83304",
            licence="Stability AI Community License",
            licence_url="https://huggingface.co/stabilityai/sdxl-turbo/blob/main/LICENSE.md",
            download=6.9 * GIGABYTE,
            memory=12 * GIGABYTE,
            resolution=512,
            about="SDXL-Turbo, distilled from Stable Diffusion XL.",
            layers=(43, 53, 63, 64),
        ),
    )
}
"""Known checkpoints by name; any other hub id, folder or file can be loaded too."""


@dataclass(frozen=True)
class OwnSettings:
    """What a model folder says about itself; None where it says nothing.

    Attributes
    ----------
    name, licence : str or None
        For the user.
    layers : tuple of int or None
        Cross-attention layers that are read, counted down, middle, up from zero.
    resolution : int or None
        Side of the model's square in pixels.
    learn_timestep, locate_timestep : int or None
        Noise levels, 0 to 999.
    """

    name: str | None = None
    licence: str | None = None
    layers: tuple[int, ...] | None = None
    resolution: int | None = None
    learn_timestep: int | None = None
    locate_timestep: int | None = None


def read_own_settings(folder: Path) -> OwnSettings:
    """Return what ``homolog.json`` in a model folder says; nothing where there is no such file.

    Raises
    ------
    CheckpointError
        If the file is damaged, or names something that is not known.
    """
    path = folder / OWN_SETTINGS
    if not path.is_file():
        return OwnSettings()
    known = ", ".join(OwnSettings.__dataclass_fields__)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return OwnSettings(**{key: _own_value(key, value) for key, value in found.items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is not understood ({error}); expected an object with some of {known}."
        ) from error


def _own_value(key: str, value: Any) -> Any:
    if key in ("name", "licence"):
        return str(value)
    if key == "layers":
        return tuple(_whole(layer) for layer in value)
    return _whole(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no whole number from 0 on")
    return value


def describe(model: str | Path) -> str:
    """Return what a user should know about a model before it is fetched or loaded.

    Parameters
    ----------
    model : str or Path
        As in `napari_homolog.load_backbone`.

    Returns
    -------
    str
        One or two sentences: what it is, its licence, the download and the memory it needs.

    Raises
    ------
    CheckpointError
        If the model's own ``homolog.json`` is damaged.
    """
    known = CATALOGUE.get(str(model))
    if known is not None:
        return f"{known.about} {known.terms}"
    path = Path(model).expanduser()
    if path.exists():
        own = read_own_settings(path) if path.is_dir() else OwnSettings()
        licence = own.licence or "licence not stated, see where you have it from"
        return f"{own.name or path.name}, on this machine: {licence}; nothing is downloaded."
    return (
        f"{model}, from the Hugging Face hub: its licence and size stand at "
        f"https://huggingface.co/{model}; only its safetensors are downloaded."
    )
