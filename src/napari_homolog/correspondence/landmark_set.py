"""What learning yields: prompt embeddings with names and provenance, kept in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save
from torch import Tensor

from ..diffusion import Backbone
from ..errors import LandmarkSetError
from ..files import atomic_write
from .cycle import Home
from .embeddings import Embeddings
from .settings import Preset, describe_errors

KIND = "napari-homolog landmark set"
FORMAT = f"{KIND} 3"
"""Written into every file; another one is refused."""


@dataclass(frozen=True, eq=False)
class LandmarkSet:
    """Learned landmarks.

    Attributes
    ----------
    names : tuple of str
        The landmarks.
    whole : Embeddings
        Learned on views of the whole specimen.
    repeats : tuple of int
        How often each distinct token stands in the prompt.
    arrangement : ndarray of float64, shape (n, 2)
        Mean shape of the references, (row, col) in pixels of the first; NaN where unknown.
    own_background : ndarray of float64, shape (n,)
        Share of background around each landmark on the references, their mean; see `background`.
    backbone : dict
        Provenance of the model: name, revision, fingerprint, and more.
    preset : Preset
        How the embeddings were learned and, unless told otherwise, how they are located.
    seed : int
        Seed of everything random.
    close_up : Embeddings, optional
        Learned on close-ups of the landmarks' neighbourhoods.
    home : Home, optional
        The first reference, to which points found elsewhere should lead back.
    references : tuple of str
        What the landmarks were learned on, as told by the caller.
    """

    names: tuple[str, ...]
    whole: Embeddings
    repeats: tuple[int, ...]
    arrangement: NDArray[np.float64]
    own_background: NDArray[np.float64]
    backbone: dict[str, Any]
    preset: Preset
    seed: int
    close_up: Embeddings | None = None
    home: Home | None = None
    references: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def rounds(self) -> int:
        """Embeddings per landmark."""
        return int(self.whole.tokens.shape[0])

    def prompts(self, embeddings: Embeddings) -> Tensor:
        """Return prompt embeddings in full, shape (rounds, n, prompt_tokens, prompt_dim)."""
        return embeddings.tokens.repeat_interleave(torch.tensor(self.repeats), dim=2)

    def taken(self, names: Sequence[str]) -> LandmarkSet:
        """Return the set with only some of its landmarks."""
        chosen = [self.names.index(name) for name in names]
        return replace(
            self,
            names=tuple(names),
            whole=self.whole.taken(chosen),
            close_up=None if self.close_up is None else self.close_up.taken(chosen),
            arrangement=self.arrangement[chosen],
            own_background=self.own_background[chosen],
            home=None if self.home is None else self.home.reordered(self.names, names),
        )

    def check_backbone(self, backbone: Backbone) -> None:
        """Raise `LandmarkSetError` unless the set was learned on this model."""
        if backbone.fingerprint != self.backbone["fingerprint"]:
            raise LandmarkSetError(
                f"These landmarks were learned on the model {self.backbone['name']!r} (fingerprint "
                f"{self.backbone['fingerprint'][:12]}), not on {backbone.name!r} "
                f"({backbone.fingerprint[:12]}); load that model or learn again on this one."
            )

    def to_bytes(self) -> bytes:
        """Return the set as what a ``.safetensors`` file holds."""
        header = {
            "format": FORMAT,
            "names": list(self.names),
            "repeats": list(self.repeats),
            "backbone": self.backbone,
            "preset": self.preset.model_dump(mode="json"),
            "seed": self.seed,
            "references": list(self.references),
        }
        tensors = self.whole.to_tensors("whole")
        if self.close_up is not None:
            tensors |= self.close_up.to_tensors("close_up")
        if self.home is not None:
            tensors |= self.home.to_tensors()
        tensors["arrangement"] = torch.from_numpy(self.arrangement)
        tensors["own_background"] = torch.from_numpy(self.own_background)
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        return save(whole, {"homolog": json.dumps(header)})

    def save(self, path: str | Path) -> None:
        """Write the set to a ``.safetensors`` file, whole or not at all."""
        data = self.to_bytes()
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
            data = path.read_bytes()
        except OSError as error:
            raise _damaged(str(path), error) from error
        return cls.from_bytes(data, str(path))

    @classmethod
    def from_bytes(cls, data: bytes, origin: str) -> LandmarkSet:
        """Return the set that `to_bytes` wrote.

        Parameters
        ----------
        data : bytes
            What a ``.safetensors`` file holds.
        origin : str
            Where it comes from, for error messages.

        Raises
        ------
        LandmarkSetError
            If it is damaged or something else.
        """
        try:
            tensors = load_tensors(data)
            header = json.loads(_metadata(data).get("homolog", "null"))
        except (SafetensorError, json.JSONDecodeError) as error:
            raise _damaged(origin, error) from error
        kind = header.get("format", "") if isinstance(header, dict) else ""
        if kind != FORMAT and kind.startswith(KIND):
            raise LandmarkSetError(
                f"{origin} was learned by another version of napari-homolog; learn it again with "
                "this one."
            )
        if "whole.tokens" not in tensors or kind != FORMAT:
            raise LandmarkSetError(
                f"{origin} holds tensors but no landmark set; give a file that `homolog learn` wrote."
            )
        return cls._from_header(header, tensors, origin)

    @classmethod
    def _from_header(
        cls, header: dict[str, Any], tensors: dict[str, Tensor], origin: str
    ) -> LandmarkSet:
        try:
            preset = Preset.model_validate(header["preset"])
        except ValidationError as error:
            raise LandmarkSetError(
                f"{origin} was learned with settings that this version does not know "
                f"({describe_errors(error)}); learn it again."
            ) from error
        return cls(
            names=tuple(header["names"]),
            whole=Embeddings.from_tensors("whole", tensors),
            repeats=tuple(header["repeats"]),
            arrangement=tensors["arrangement"].numpy(),
            own_background=tensors["own_background"].numpy(),
            backbone=header["backbone"],
            preset=preset,
            seed=header["seed"],
            close_up=Embeddings.from_tensors("close_up", tensors)
            if "close_up.tokens" in tensors
            else None,
            home=Home.from_tensors(tensors) if "home.size" in tensors else None,
            references=tuple(header["references"]),
        )


def _metadata(data: bytes) -> dict[str, str]:
    """Return the texts beside the tensors: the file starts with the length of a JSON header."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]).get("__metadata__", {})


def _damaged(origin: str, error: Exception) -> LandmarkSetError:
    return LandmarkSetError(
        f"{origin} is no landmark set, or a damaged one ({error}); give a .safetensors file that "
        "`homolog learn` wrote."
    )
