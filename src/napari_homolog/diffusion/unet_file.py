"""A UNet of its own file, such as a fine-tuned one, in place of a checkpoint's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import CheckpointError

ORIGINAL = "model.diffusion_model."
"""Beginning of the names of a UNet's weights in the layout of the original Stable Diffusion code."""

PREFIXES = (ORIGINAL, "diffusion_model.", "unet.")
"""Beginnings that programs put before the names."""

FIRST_ORIGINAL = "input_blocks.0.0.weight"
FIRST_DIFFUSERS = "conv_in.weight"
ADAPTERS = ("lora_", ".lora", "hada_", "lokr_")
"""Parts of the names of weights that are differences to a UNet, not a UNet."""


def lay_over(unet: UNet2DConditionModel, path: Path, name: str) -> None:
    """Replace all weights of a UNet by those of a file, in diffusers' or the original layout.

    Parameters
    ----------
    unet : UNet2DConditionModel
        Changed in place; it keeps its precision.
    path : Path
        A ``.safetensors`` file; other networks in it are left alone.
    name : str
        The model's name, for messages.

    Raises
    ------
    CheckpointError
        If there is no such file, or it is damaged, a pickle, or the UNet of another model; nothing is
        changed then, unless a weight is not finite.
    """
    with _opened(path) as file:
        names = _names_of_weights(path, list(file.keys()))
        weights = {ours: file.get_tensor(theirs) for ours, theirs in names.items()}
    if FIRST_ORIGINAL in weights:
        weights = _converted(weights, unet, path, name)
    own = unet.state_dict()
    _check_fit(own, weights, path, name)
    with torch.no_grad():
        for key, weight in own.items():
            weight.copy_(weights.pop(key).to(weight))
            if not bool(weight.isfinite().all()):
                raise CheckpointError(
                    f"The weights in {path} are damaged: {key} has values that are not finite; copy "
                    "or download them again."
                )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise CheckpointError(f"There is no UNet file {path}; give a .safetensors file.")
    if path.suffix.lower() != ".safetensors":
        raise CheckpointError(
            f"{path} is no .safetensors file; other files of weights are pickles, and opening a pickle "
            "can run arbitrary code."
        )
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is not a complete safetensors file ({error}); copy or download it again."
        ) from error


def _names_of_weights(path: Path, names: list[str]) -> dict[str, str]:
    """Return the file's names of a UNet's weights by their names without what precedes them all."""
    if any(part in key for key in names for part in ADAPTERS):
        raise CheckpointError(
            f"{path} holds an adapter (LoRA) and no whole UNet; merge it into its model and give "
            "the merged file."
        )
    for prefix in (*PREFIXES, ""):
        inner = {key.removeprefix(prefix): key for key in names if key.startswith(prefix)}
        if FIRST_ORIGINAL in inner or FIRST_DIFFUSERS in inner:
            return inner
    raise CheckpointError(
        f"{path} holds no UNet of Stable Diffusion (its first tensors are "
        f"{', '.join(sorted(names)[:2]) or 'missing'}); give one in diffusers' or the original layout."
    )


def _converted(
    weights: Mapping[str, Tensor], unet: UNet2DConditionModel, path: Path, name: str
) -> dict[str, Tensor]:
    original = {ORIGINAL + key: weight for key, weight in weights.items()}
    try:
        converted: dict[str, Tensor] = convert_ldm_unet_checkpoint(original, dict(unet.config))
    except (KeyError, IndexError, ValueError) as error:
        raise _misfit(path, name, f"it lacks {error}") from error
    return converted


def _check_fit(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], path: Path, name: str
) -> None:
    """Raise `CheckpointError` unless the file has each weight, in its shape, and no other."""
    missing = sorted(own.keys() - weights.keys())
    unknown = sorted(weights.keys() - own.keys())
    reshaped = [key for key in own if key in weights and weights[key].shape != own[key].shape]
    findings = [
        f"{len(keys)} weights {what} ({keys[0]}, for example)"
        for keys, what in (
            (missing, "are missing"),
            (reshaped, "have another shape"),
            (unknown, "are unknown to it"),
        )
        if keys
    ]
    if findings:
        raise _misfit(path, name, "; ".join(findings))


def _misfit(path: Path, name: str, why: str) -> CheckpointError:
    return CheckpointError(
        f"{path} does not fit the UNet of {name}: {why}; choose the checkpoint that it was made from."
    )
