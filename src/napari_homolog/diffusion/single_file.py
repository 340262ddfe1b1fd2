"""A backbone from one ``.safetensors`` file in the layout of the original Stable Diffusion code.

Such a file holds only weights. The package therefore includes diffusers' configuration files of
Stable Diffusion 1, 2 and XL, and diffusers converts the names of the weights.
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
from .architecture import check_architecture, check_finite, check_text_width, default_layers
from .backbone import Backbone, Components
from .component_configs import one_line
from .fingerprint import Provenance, fingerprint
from .model_defaults import Defaults
from .model_folder import LOADING_ERRORS
from .text_encoders import CLIP_END, EmptyTextTokenizer, TextEncoders

CONFIGS = Path(__file__).with_name("configs")
"""diffusers' configuration files of the families."""

UNET = "model.diffusion_model."
FAMILIES = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Families by the width of a prompt token's embedding."""

PADDINGS = {"sd1": (CLIP_END,), "sd2": (0,), "sdxl": (CLIP_END, 0)}
"""The token with which each of a family's text encoders was trained to fill prompts."""


def load_single_file(path: Path, name: str, device: torch.device, dtype: torch.dtype) -> Backbone:
    """Load a single-file checkpoint of Stable Diffusion 1, 2 or XL.

    Parameters
    ----------
    path : Path
        The ``.safetensors`` file.
    name : str
        Name of the model as the user gave it.
    device : torch.device
        Device to run it on.
    dtype : torch.dtype
        Precision.

    Returns
    -------
    Backbone
        It can encode only the empty text: the file holds no vocabulary.

    Raises
    ------
    CheckpointError
        If the file is no safetensors file, damaged, or of another architecture.
    """
    family = _family(path)
    parts = _load_parts(path, CONFIGS / family, dtype)
    for part in parts.values():
        _require_complete(part, path)
        if isinstance(part, torch.nn.Module):
            check_finite(part, path)
    unet, vae = parts["unet"], parts["vae"]
    check_architecture(unet, vae, path)
    text_encoders = TextEncoders(
        [EmptyTextTokenizer(padding) for padding in PADDINGS[family]],
        [parts[key] for key in ("text_encoder", "text_encoder_2") if key in parts],
    )
    check_text_width(unet, text_encoders.widths, path)
    config = json.loads((CONFIGS / family / "unet" / "config.json").read_text(encoding="utf-8"))
    return Backbone(
        Components(unet, vae, parts["scheduler"].alphas_cumprod, text_encoders),
        defaults=Defaults(default_layers(unet)),
        provenance=Provenance(name, None, fingerprint(config, [path])),
        device=device,
        dtype=dtype,
    )


def _family(path: Path) -> str:
    """Return the family to which the names and shapes of a file's tensors belong.

    Raises
    ------
    CheckpointError
        If they belong to none.
    """
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is not a complete safetensors file ({error}); copy or download it again."
        ) from error
    widths = {
        shape[-1]
        for key, shape in shapes.items()
        if key.startswith(UNET) and key.endswith("attn2.to_k.weight")
    }
    family = FAMILIES.get(widths.pop()) if len(widths) == 1 else None
    if family is None:
        raise CheckpointError(
            f"{path} is not a checkpoint of Stable Diffusion 1, 2 or XL (its first tensors are "
            f"{', '.join(sorted(shapes)[:2]) or 'missing'}); give a complete one, or a folder in "
            "diffusers' layout."
        )
    channels = shapes.get(f"{UNET}input_blocks.0.0.weight", [0, 0])[1]
    if channels != 4:
        raise CheckpointError(
            f"{path} has a UNet of {channels} input channels, expected 4, as those for inpainting "
            "and upscaling have; use a text-to-image checkpoint."
        )
    return family


def _load_parts(path: Path, config: Path, dtype: torch.dtype) -> dict[str, Any]:
    """Return the UNet, auto-encoder, scheduler and text encoders of a file."""
    kind = StableDiffusionXLPipeline if config.name == "sdxl" else StableDiffusionPipeline
    without: dict[str, None] = {"tokenizer": None, "feature_extractor": None}
    without["tokenizer_2" if config.name == "sdxl" else "safety_checker"] = None
    try:
        pipeline = kind.from_single_file(
            str(path), config=str(config), local_files_only=True, torch_dtype=dtype, **without
        )
    except (*LOADING_ERRORS, SingleFileComponentError) as error:
        raise CheckpointError(
            f"The weights in {path} cannot be loaded ({one_line(error)}); the file lacks the UNet, the "
            "auto-encoder or the text encoder, or belongs to another model."
        ) from error
    return {key: part for key, part in pipeline.components.items() if part is not None}


def _require_complete(part: Any, path: Path) -> None:
    """Raise `CheckpointError` if the file lacked some weights of a network."""
    if not isinstance(part, torch.nn.Module):
        return
    missing = [name for name, weight in part.named_parameters() if weight.is_meta]
    if missing:
        raise CheckpointError(
            f"{path} lacks {len(missing)} weights of its {type(part).__name__} ({missing[0]}, "
            "for example); give a complete checkpoint."
        )
