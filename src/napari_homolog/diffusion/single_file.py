"""A backbone from one ``.safetensors`` file in the layout of the original Stable Diffusion code.

The file holds weights only. The architectures of Stable Diffusion 1, 2 and XL therefore ship with
this package, as diffusers' configuration files, and diffusers converts the weights' names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers.loaders.single_file_utils import SingleFileComponentError
from safetensors import SafetensorError, safe_open

from ..errors import CheckpointError
from .backbone import Backbone
from .catalogue import TIMESTEP, Defaults
from .fingerprint import Provenance, fingerprint
from .folder import LOADING_ERRORS, check_fit, default_layers
from .text import CLIP_END, EmptyTextTokenizer, Words

CONFIGS = Path(__file__).with_name("configs")
"""diffusers' configuration files of the known families."""

UNET = "model.diffusion_model."
FAMILIES = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Families by the width of a prompt token."""

PADDINGS = {"sd1": (CLIP_END,), "sd2": (0,), "sdxl": (CLIP_END, 0)}
"""The token with which each of a family's text encoders was trained to fill prompts."""


def load_single_file(path: Path, name: str, device: torch.device, dtype: torch.dtype) -> Backbone:
    """Load a single-file checkpoint of Stable Diffusion 1, 2 or XL.

    Parameters
    ----------
    path : Path
        The ``.safetensors`` file.
    name : str
        How the user called it.
    device : torch.device
        Where to run it.
    dtype : torch.dtype
        Precision.

    Returns
    -------
    Backbone
        It knows the empty text only: the file holds no vocabulary.

    Raises
    ------
    CheckpointError
        If the file is no safetensors file, damaged, or of another architecture.
    """
    family = _family(path)
    parts = _load_parts(path, CONFIGS / family, dtype)
    for part in parts.values():
        _require_complete(part, path)
    encoders = [parts[key] for key in ("text_encoder", "text_encoder_2") if key in parts]
    unet = parts["unet"]
    check_fit(unet, parts["vae"], path)
    config = json.loads((CONFIGS / family / "unet" / "config.json").read_text(encoding="utf-8"))
    return Backbone(
        unet,
        parts["vae"],
        parts["scheduler"].alphas_cumprod,
        Words([EmptyTextTokenizer(padding) for padding in PADDINGS[family]], encoders),
        defaults=Defaults(default_layers(unet), TIMESTEP, TIMESTEP),
        provenance=Provenance(name, None, fingerprint(config, [path])),
        device=device,
        dtype=dtype,
    )


def _family(path: Path) -> str:
    """Return the architecture that a file's tensors have the names and shapes of.

    Raises
    ------
    CheckpointError
        If it is none of those known.
    """
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is no complete safetensors file ({error}); copy or download it again."
        ) from error
    widths = {
        shape[-1]
        for key, shape in shapes.items()
        if key.startswith(UNET) and key.endswith("attn2.to_k.weight")
    }
    family = FAMILIES.get(widths.pop()) if len(widths) == 1 else None
    if family is None:
        raise CheckpointError(
            f"{path} is no checkpoint of Stable Diffusion 1, 2 or XL (its tensors are called "
            f"{', '.join(sorted(shapes)[:2]) or 'nothing'} and so on); give a complete one, or a "
            "folder in diffusers' layout."
        )
    channels = shapes.get(f"{UNET}input_blocks.0.0.weight", [0, 0])[1]
    if channels != 4:
        raise CheckpointError(
            f"{path} has a UNet of {channels} input channels, expected 4: it is made for "
            "inpainting, upscaling or the like; use a plain text-to-image checkpoint."
        )
    return family


def _load_parts(path: Path, config: Path, dtype: torch.dtype) -> dict[str, Any]:
    """Return unet, vae, scheduler and text encoders of a file."""
    kind = StableDiffusionXLPipeline if config.name == "sdxl" else StableDiffusionPipeline
    without: dict[str, None] = {"tokenizer": None, "feature_extractor": None}
    without["tokenizer_2" if config.name == "sdxl" else "safety_checker"] = None
    try:
        pipeline = kind.from_single_file(
            str(path), config=str(config), local_files_only=True, torch_dtype=dtype, **without
        )
    except (*LOADING_ERRORS, SingleFileComponentError) as error:
        raise CheckpointError(
            f"The weights in {path} cannot be loaded ({error}); the file lacks a part (UNet, "
            "auto-encoder and text encoder are needed) or is of another model."
        ) from error
    return {key: part for key, part in pipeline.components.items() if part is not None}


def _require_complete(part: Any, path: Path) -> None:
    """Raise `CheckpointError` if some weights of a part were not in the file."""
    if not isinstance(part, torch.nn.Module):
        return
    missing = [name for name, weight in part.named_parameters() if weight.is_meta]
    if missing:
        raise CheckpointError(
            f"{path} lacks {len(missing)} weights of its {type(part).__name__} ({missing[0]} and "
            "so on); give a complete checkpoint."
        )
