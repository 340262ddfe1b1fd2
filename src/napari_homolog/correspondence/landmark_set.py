"""What learning yields: prompt embeddings with names and provenance, kept in one file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkSetError
from ..files import atomic_write
from .settings import Preset, describe_errors

FORMAT = "napari-homolog landmark set 1"
"""Written into every file; another one is refused."""


@dataclass(frozen=True, eq=False)
class LandmarkSet:
    """Learned landmarks.

    Attributes
    ----------
    names : tuple of str
        The landmarks.
    tokens : Tensor of float32, shape (rounds, n, distinct, prompt_dim)
        Prompt embeddings, each distinct token written once; token 1 is the landmark's.
    repeats : tuple of int
        How often each distinct token stands in the prompt.
    backbone : dict
        Provenance of the model: name, revision, fingerprint, and more.
    preset : Preset
        How the embeddings were learned and, unless told otherwise, how they are located.
    seed : int
        Seed of everything random.
    features : tuple of Tensor of float32, shape (n, channels)
        The image features at the landmarks, one for each layer; none with the paper's views.
    references : tuple of str
        What the landmarks were learned on, as told by the caller.
    """

    names: tuple[str, ...]
    tokens: Tensor
    repeats: tuple[int, ...]
    backbone: dict[str, Any]
    preset: Preset
    seed: int
    features: tuple[Tensor, ...] = ()
    references: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def rounds(self) -> int:
        """Embeddings per landmark."""
        return int(self.tokens.shape[0])

    @property
    def prompts(self) -> Tensor:
        """The prompt embeddings in full, shape (rounds, n, prompt_tokens, prompt_dim)."""
        return self.tokens.repeat_interleave(torch.tensor(self.repeats), dim=2)

    def check_backbone(self, backbone: Backbone) -> None:
        """Raise `LandmarkSetError` unless the set was learned on this model."""
        if backbone.fingerprint != self.backbone["fingerprint"]:
            raise LandmarkSetError(
                f"These landmarks were learned on the model {self.backbone['name']!r} (fingerprint "
                f"{self.backbone['fingerprint'][:12]}), not on {backbone.name!r} "
                f"({backbone.fingerprint[:12]}); load that model or learn again on this one."
            )

    def save(self, path: str | Path) -> None:
        """Write the set to a ``.safetensors`` file, whole or not at all."""
        header = {
            "format": FORMAT,
            "names": list(self.names),
            "repeats": list(self.repeats),
            "backbone": self.backbone,
            "preset": self.preset.model_dump(mode="json"),
            "seed": self.seed,
            "references": list(self.references),
        }
        tensors = {f"features.{index}": one for index, one in enumerate(self.features)}
        tensors["tokens"] = self.tokens
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        data = save(whole, {"homolog": json.dumps(header)})
        with atomic_write(Path(path)) as file:
            file.write(data)

    @classmethod
    def load(cls, path: str | Path) -> LandmarkSet:
        """Read a set that `save` wrote.

        Raises
        ------
        LandmarkSetError
            If the file is missing, damaged or something else.
        """
        path = Path(path)
        if not path.is_file():
            raise LandmarkSetError(
                f"There is no file {path}; give a landmark set that `homolog learn` wrote."
            )
        try:
            with safe_open(path, framework="pt") as file:
                header = json.loads((file.metadata() or {}).get("homolog", "null"))
                names = file.keys()
                tensors = {name: file.get_tensor(name) for name in names} if header else {}
        except (SafetensorError, json.JSONDecodeError, OSError) as error:
            raise LandmarkSetError(
                f"{path} is no landmark set, or a damaged one ({error}); give a .safetensors file "
                "that `homolog learn` wrote."
            ) from error
        if (
            "tokens" not in tensors
            or not isinstance(header, dict)
            or header.get("format") != FORMAT
        ):
            raise LandmarkSetError(
                f"{path} holds tensors but no landmark set; give a file that `homolog learn` wrote."
            )
        return cls._from_header(header, tensors, path)

    @classmethod
    def _from_header(
        cls, header: dict[str, Any], tensors: dict[str, Tensor], path: Path
    ) -> LandmarkSet:
        try:
            preset = Preset.model_validate(header["preset"])
        except ValidationError as error:
            raise LandmarkSetError(
                f"{path} was learned with settings that this version does not know "
                f"({describe_errors(error)}); learn it again."
            ) from error
        return cls(
            names=tuple(header["names"]),
            tokens=tensors["tokens"],
            repeats=tuple(header["repeats"]),
            backbone=header["backbone"],
            preset=preset,
            seed=header["seed"],
            features=tuple(tensors[f"features.{index}"] for index in range(len(tensors) - 1)),
            references=tuple(header["references"]),
        )
