"""The file of a landmark set: tensors with a JSON header, as safetensors; earlier versions too."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from ...errors import LandmarkSetError, SettingsError
from ..presets import Preset
from ..settings import SharedSettings
from .landmark_set_tensors import problem_with

KIND = "napari-homolog landmark set"
FORMAT = f"{KIND} 4"
"""Written into every file."""

FORMAT_OF_0_1 = f"{KIND} 3"
"""Written by version 0.1."""

TENSORS_OF_0_1 = {
    "whole.": "coarse.",
    "home.shares": "cycle.normalised",
    "home.": "cycle.",
    "own_attention": "reference_attention",
    "own_similarity": "reference_similarity",
    "arrangement": "mean_shape",
    "own_background": "reference_background",
}
"""Parts of tensor names that version 0.1 wrote, and what they are called now."""

SETTINGS_OF_0_1 = {"rounds": "restarts", "arrangement": "shape_prior", "turns": "rotations"}
"""Settings that version 0.1 wrote, and what they are called now."""


MOST_LANDMARKS = 100_000
MOST_TOKENS = 1000
"""Tokens of a prompt, at most; the text encoders have 77."""

DAMAGES = (
    SafetensorError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    RecursionError,
    OverflowError,
)
"""What safetensors, torch and json raise for damaged files."""


class BackboneHeader(BaseModel):
    """The model that landmarks were learned on; it may state more."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    fingerprint: str


class Header(BaseModel):
    """What a file says beside its tensors; see `LandmarkSet` for most of it.

    Attributes
    ----------
    repeats : tuple of int
        How often each distinct token occurs in the prompt.
    preset : dict
        Settings, as `Preset` writes them.
    """

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...] = Field(min_length=1, max_length=MOST_LANDMARKS)
    repeats: tuple[Annotated[int, Field(ge=1, le=MOST_TOKENS)], ...] = Field(
        min_length=2, max_length=MOST_TOKENS
    )
    backbone: BackboneHeader
    preset: dict[str, Any]
    seed: int = Field(ge=0, lt=2**63)
    references: tuple[str, ...]
    drawings: tuple[str, ...] = ()

    @field_validator("names")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names) or not all(names):
            raise ValueError("names have to be distinct and not empty")
        return names


class PresetOf01(BaseModel):
    """A preset that version 0.1 wrote."""

    name: str
    learn: dict[str, Any]
    locate: dict[str, Any]


def encode(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> bytes:
    """Return a header and tensors as the contents of a file."""
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    return save_tensors(contiguous, {"homolog": json.dumps({"format": FORMAT, **header})})


def decode(data: bytes, origin: str) -> tuple[Header, dict[str, Tensor]]:
    """Return header and tensors of a file's contents, both as the present version names them.

    Parameters
    ----------
    data : bytes
        The contents of a ``.safetensors`` file.
    origin : str
        Where they come from, for error messages.

    Raises
    ------
    LandmarkSetError
        If they are damaged or something else.
    """
    try:
        tensors = load_tensors(data)
        header = json.loads(_metadata(data).get("homolog", "null"))
    except DAMAGES as error:
        raise damaged(origin, error) from error
    kind = str(header.get("format", "")) if isinstance(header, dict) else ""
    if kind not in (FORMAT, FORMAT_OF_0_1) and kind.startswith(KIND):
        raise LandmarkSetError(
            f"{origin} was learned by another version of napari-homolog; learn it again with "
            "this one."
        )
    if kind not in (FORMAT, FORMAT_OF_0_1):
        raise LandmarkSetError(
            f"{origin} holds tensors but no landmark set; give a file that `homolog learn` wrote."
        )
    try:
        if kind == FORMAT_OF_0_1:
            tensors = {_present_name(name): tensor for name, tensor in tensors.items()}
            written = PresetOf01.model_validate(header.get("preset"))
            header["preset"] = preset_of_0_1(written, origin)
        checked = Header.model_validate(header)
    except ValidationError as error:
        places = {".".join(map(str, found["loc"])) or "preset" for found in error.errors()}
        raise damaged(origin, f"its header has no valid {', '.join(sorted(places))}") from error
    problem = problem_with(tensors, len(checked.names), len(checked.repeats), len(checked.drawings))
    if problem is not None:
        raise damaged(origin, problem)
    return checked, tensors


def preset_of(header: Header, origin: str) -> Preset:
    """Return the preset that a header holds.

    Raises
    ------
    LandmarkSetError
        If this version does not know its settings.
    """
    try:
        return Preset.model_validate(header.preset)
    except (SettingsError, ValidationError) as error:
        raise LandmarkSetError(
            f"{origin} was learned with settings that this version does not know ({error}); learn "
            "it again."
        ) from error


def preset_of_0_1(preset: PresetOf01, origin: str) -> dict[str, Any]:
    """Return a preset that version 0.1 wrote in the present form.

    That version stored what learning and locating share twice. Where the two differ, what was
    learned counts, and a warning says so.
    """
    learn, locate = (
        {SETTINGS_OF_0_1.get(name, name): value for name, value in part.items()}
        for part in (preset.learn, preset.locate)
    )
    names = SharedSettings.model_fields
    shared = {name: learn.pop(name) for name in names if name in learn}
    differing = [name for name in names if locate.pop(name, shared.get(name)) != shared.get(name)]
    if differing:
        warnings.warn(
            f"{origin} was to be located with other values of {', '.join(differing)} than it was "
            "learned with; the values of learning are used.",
            stacklevel=2,
        )
    return {"name": preset.name, "shared": shared, "learn": learn, "locate": locate}


def as_tensors(**arrays: NDArray[np.float64]) -> dict[str, Tensor]:
    """Return arrays as tensors of the same names."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def damaged(origin: str, error: Exception | str) -> LandmarkSetError:
    """Return the error for contents that are no landmark set, or a damaged one."""
    return LandmarkSetError(
        f"{origin} is no landmark set, or a damaged one ({error}); give a .safetensors file that "
        "`homolog learn` wrote."
    )


def _present_name(name: str) -> str:
    for before, now in TENSORS_OF_0_1.items():
        name = name.replace(before, now)
    return name


def _metadata(data: bytes) -> dict[str, str]:
    """Return the texts beside the tensors: the file starts with the length of a JSON header."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]).get("__metadata__", {})
