"""The checkpoints that are known by name, and what a user should know before fetching one."""

from __future__ import annotations

from dataclasses import dataclass

GIGABYTE = 10**9


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
        Bytes fetched at first use, half-precision files.
    memory : float
        Bytes of memory needed about, half precision on a graphics card.
    resolution : int
        Side of the model's square in pixels.
    about : str
        One sentence.
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

    @property
    def terms(self) -> str:
        """Licence, download size and memory need in one sentence."""
        if self.source == "package":
            return f"{self.licence}; ships with the package, nothing is downloaded."
        return (
            f"{self.licence} ({self.licence_url}); download {self.download / GIGABYTE:.1f} GB from "
            f"the Hugging Face hub, about {self.memory / GIGABYTE:.0f} GB of memory."
        )


OPENRAIL_M = ("CreativeML OpenRAIL-M", "https://huggingface.co/spaces/CompVis/stable-diffusion-license")

CATALOGUE: dict[str, Checkpoint] = {
    checkpoint.name: checkpoint
    for checkpoint in (
        Checkpoint(
            "embedded",
            "package",
            None,
            "BSD-3-Clause",
            "https://github.com/napari-homolog/napari-homolog/blob/main/LICENSE",
            0,
            0.2 * GIGABYTE,
            64,
            "Small model trained on drawn specimens: for trying out, not for photographs.",
        ),
        Checkpoint(
            "sd-1.4",
            "CompVis/stable-diffusion-v1-4",
            "133a221b8aa7292a167afc5127cb63fb5005638b",
            *OPENRAIL_M,
            2.1 * GIGABYTE,
            4 * GIGABYTE,
            512,
            "Stable Diffusion 1.4, the checkpoint of Hedlin et al. 2023.",
        ),
        Checkpoint(
            "sd-1.5",
            "stable-diffusion-v1-5/stable-diffusion-v1-5",
            "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
            *OPENRAIL_M,
            2.1 * GIGABYTE,
            4 * GIGABYTE,
            512,
            "Stable Diffusion 1.5, from the mirror that is kept.",
        ),
        Checkpoint(
            "sd-turbo",
            "stabilityai/sd-turbo",
            "b261bac6fd2cf515557d5d0707481eafa0485ec2",
            "Stability AI Community License",
            "https://huggingface.co/stabilityai/sd-turbo/blob/main/LICENSE.md",
            2.6 * GIGABYTE,
            5 * GIGABYTE,
            512,
            "SD-Turbo, distilled from Stable Diffusion 2.1.",
        ),
        Checkpoint(
            "sdxl",
            "stabilityai/stable-diffusion-xl-base-1.0",
            "462165984030d82259a11f4367a4eed129e94a7b",
            "CreativeML Open RAIL++-M",
            "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
            6.9 * GIGABYTE,
            12 * GIGABYTE,
            1024,
            "Stable Diffusion XL base 1.0: larger, two text encoders.",
        ),
        Checkpoint(
            "sdxl-turbo",
            "stabilityai/sdxl-turbo",
            "71153311d3dbb46851df1931d3ca6e939de83304",
            "Stability AI Non-Commercial Research Community License",
            "https://huggingface.co/stabilityai/sdxl-turbo/blob/main/LICENSE.md",
            6.9 * GIGABYTE,
            12 * GIGABYTE,
            512,
            "SDXL-Turbo, distilled from Stable Diffusion XL.",
        ),
    )
}
"""Known checkpoints by name; any other hub id, folder or file can be loaded too."""
