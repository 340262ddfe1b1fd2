"""The checkpoints known by name, with what a user should know before downloading one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .model_defaults import PAPER_LAYERS, TIMESTEP, FolderSettings, read_folder_settings
from .model_names import ModelName

GIGABYTE = 10**9
EMBEDDED = Path(__file__).with_name("embedded")
"""Folder of the model that is part of the package."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of the catalogue.

    Attributes
    ----------
    name : str
        Name by which it is loaded.
    source : str
        Hugging Face id, or ``"package"`` for the model that is part of the package.
    revision : str or None
        Commit that is downloaded.
    licence, licence_url : str
        The licence's name and where to read it.
    download : float
        Bytes downloaded at first use: UNet, auto-encoder and text encoders in half precision.
    memory : float
        Approximate memory in bytes that it needs in half precision on a graphics card.
    resolution : int
        Side of the model's square input in pixels.
    about : str
        One sentence on what it is.
    layers : tuple of int or None
        Cross-attention layers to read; None: those that the model's folder states.
    learn_timestep, locate_timestep : int
        Noise levels, 0 to 999.
    reduction : int
        Pixels along a side for each of the auto-encoder's latents.
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
    reduction: int = 8

    @property
    def latent_side(self) -> int:
        """Side of the model's latents, see `Backbone.latent_side`."""
        return self.resolution // self.reduction

    @property
    def terms(self) -> str:
        """Licence, download size and memory in one sentence."""
        if self.source == "package":
            return f"{self.licence}; part of the package, nothing is downloaded."
        return (
            f"{self.licence} ({self.licence_url}); download {self.download / GIGABYTE:.1f} GB from "
            f"the Hugging Face hub, about {self.memory / GIGABYTE:.0f} GB of memory."
        )


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
            reduction=4,
            about="Small model trained on synthetic specimens: for trying out, not for photographs.",
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
            about="Stable Diffusion 1.5, from its maintained mirror.",
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
"""Checkpoints by name. Any other hub id, folder or file can be loaded too."""


@dataclass(frozen=True)
class VisionModel:
    """A vision transformer whose image features can be joined as further evidence.

    Attributes
    ----------
    source, revision : str
        Hugging Face id, and the commit that is downloaded.
    licence : str
        The licence's name.
    download : float
        Bytes downloaded at first use.
    """

    source: str
    revision: str
    licence: str
    download: float

    @property
    def terms(self) -> str:
        """Source, licence and download size in one sentence."""
        return (
            f"Further evidence from {self.source}: {self.licence} (https://huggingface.co/"
            f"{self.source}); download {self.download / GIGABYTE:.2f} GB from the Hugging Face hub."
        )


VISION_MODELS: dict[str, VisionModel] = {
    "dinov2-small": VisionModel(
        "facebook/dinov2-small",
        "ed25f3a31f01632728cabb09d1542f84ab7b0056",
        "Apache-2.0",
        0.09 * GIGABYTE,
    ),
    "dinov2-base": VisionModel(
        "facebook/dinov2-base",
        "f9e44c814b77203eaa57a6bdbbd535f21ede1415",
        "Apache-2.0",
        0.35 * GIGABYTE,
    ),
}
"""Vision transformers by name. A folder or another hub id of a DINOv2 model can be given too."""


def describe(model: str | Path) -> str:
    """Return what a user should know about a model before it is downloaded or loaded.

    Parameters
    ----------
    model : str or Path
        As in `napari_homolog.load_backbone`.

    Returns
    -------
    str
        One or two sentences: what it is, its licence, and the download and memory it needs.

    Raises
    ------
    CheckpointError
        If the model folder's ``homolog.json`` is damaged.

    Examples
    --------
    >>> describe("sd-1.4").startswith("Stable Diffusion 1.4, the checkpoint of Hedlin et al. 2023.")
    True
    >>> CATALOGUE["sd-1.4"].licence
    'CreativeML OpenRAIL-M'
    """
    named = ModelName.parse(str(model))
    sentences = [_describe_base(named.base)]
    if named.unet is not None:
        sentences.append(f"Its UNet is that of {named.unet}, whose licence is not known here.")
    if named.vision is not None:
        sentences.append(_describe_vision(named.vision))
    return " ".join(sentences)


def _describe_vision(name: str) -> str:
    if name in VISION_MODELS:
        return VISION_MODELS[name].terms
    if Path(name).expanduser().exists():
        return f"Further evidence from the vision transformer {name}, on this machine."
    return (
        f"Further evidence from {name}, from the Hugging Face hub: for its licence and size see "
        f"https://huggingface.co/{name}."
    )


def _describe_base(model: str) -> str:
    checkpoint = CATALOGUE.get(model)
    if checkpoint is not None:
        return f"{checkpoint.about} {checkpoint.terms}"
    path = Path(model).expanduser()
    if path.exists():
        settings = read_folder_settings(path) if path.is_dir() else FolderSettings()
        licence = settings.licence or "its licence is not stated, see where it was obtained"
        return f"{settings.name or path.name}, on this machine: {licence}; nothing is downloaded."
    return (
        f"{model}, from the Hugging Face hub: for its licence and size see "
        f"https://huggingface.co/{model}; only its safetensors files are downloaded."
    )
