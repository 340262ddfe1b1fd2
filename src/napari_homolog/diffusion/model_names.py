"""One text that names a model with all that is laid over it, as commands and files write it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

UNET = " with unet "
VISION = " with vision "


@dataclass(frozen=True)
class ModelName:
    """The name of a model: its checkpoint, and what replaces or joins parts of it.

    Landmark sets, projects and workers carry it as one text.

    Attributes
    ----------
    base : str
        A name of the catalogue, a folder, a file, or a Hugging Face id.
    unet : str or None
        A ``.safetensors`` file whose UNet replaces the checkpoint's own.
    vision : str or None
        A vision transformer whose image features are further evidence: a name of `VISION_MODELS`, a
        folder, or a Hugging Face id.

    Examples
    --------
    >>> str(ModelName("sd-1.5", unet="clean.safetensors"))
    'sd-1.5 with unet clean.safetensors'
    >>> ModelName.parse("sd-1.5 with unet clean.safetensors with vision dinov2-small").vision
    'dinov2-small'
    """

    base: str
    unet: str | None = None
    vision: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a text names; one that is a file or folder as it stands is no more than that."""
        if Path(text).expanduser().exists():
            return cls(text)
        rest, _, vision = text.partition(VISION)
        base, _, unet = rest.partition(UNET)
        return cls(base.strip(), unet.strip() or None, vision.strip() or None)

    def over(self, unet: Path | None, vision: str | None) -> ModelName:
        """Return the name with another UNet file or vision transformer, where one is given.

        Parameters
        ----------
        unet : Path or None
            A file; its absolute path is kept.
        vision : str or None
            A vision transformer.
        """
        file = self.unet if unet is None else str(unet.expanduser().absolute())
        return ModelName(self.base, file, vision or self.vision)

    def __str__(self) -> str:
        text = self.base
        if self.unet is not None:
            text += UNET + self.unet
        return text if self.vision is None else text + VISION + self.vision
