"""A backbone from one ``.safetensors`` file in the layout of the original Stable Diffusion code.

Such a file holds only weights. The package therefore includes diffusers' configuration files of
Stable Diffusion 1, 2 and XL, and diffusers converts the names of the weights.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers.loaders.single_file_utils import (
    SingleFileComponentError,
    create_diffusers_clip_model_from_ldm,
)
from safetensors import SafetensorError, safe_open
from transformers import CLIPTextModel

from ..context import LOGGER
from ..errors import CheckpointError
from .architecture import check_architecture, check_finite, check_text_width, default_layers
from .backbone import Backbone, Components
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


PARTS = {
    "auto-encoder": ("first_stage_model.",),
    "text encoder": ("cond_stage_model.", "conditioner.embedders."),
}
"""Beginnings of the names of weights, but for the UNet's."""

TEXT_PREFIXES = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
"""Beginnings of the names of a text encoder's weights, in Stable Diffusion 1 and in XL."""

FIRST_OF_TEXT = "embeddings.position_embedding.weight"
"""A weight of the text encoder; ``text_model.`` precedes it but in the oldest files."""

OTHER_SCHEDULE = ("edm_mean", "edm_std", "edm_vpred.sigma_max", "edm_vpred.sigma_min")
"""Names that files have which were trained with the noise of EDM."""

ZERO_SNR = "ztsnr"
"""A name that files have whose schedule ends in pure noise."""

Shapes = dict[str, list[int]]
"""Shapes of tensors by name."""


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
    shapes = _shapes(path)
    family = _family(path, shapes)
    parts = _load_parts(path, CONFIGS / family, dtype, shapes)
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


def _shapes(path: Path) -> Shapes:
    """Return the shapes of a file's tensors by name."""
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is not a complete safetensors file ({error}); copy or download it again."
        ) from error


def _family(path: Path, shapes: Shapes) -> str:
    """Return the family to which the names and shapes of a file's tensors belong.

    Raises
    ------
    CheckpointError
        If they belong to none, or the file states another noise schedule.
    """
    other = next((key for key in OTHER_SCHEDULE if key in shapes), None)
    if other is not None:
        raise CheckpointError(
            f"{path} was trained with a noise schedule of another kind ({other}) than Stable "
            "Diffusion's; use Stable Diffusion 1, 2 or XL or a model of the same kind."
        )
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
    for part, prefixes in PARTS.items():
        if not any(key.startswith(prefixes) for key in shapes):
            raise CheckpointError(
                f"{path} lacks the {part}; give a complete checkpoint, not one of the UNet alone."
            )
    return family


def _load_parts(path: Path, config: Path, dtype: torch.dtype, shapes: Shapes) -> dict[str, Any]:
    """Return the UNet, auto-encoder, scheduler and text encoders of a file."""
    kind = StableDiffusionXLPipeline if config.name == "sdxl" else StableDiffusionPipeline
    given: dict[str, Any] = {"tokenizer": None, "feature_extractor": None}
    given["tokenizer_2" if config.name == "sdxl" else "safety_checker"] = None
    try:
        older = next((one for one in TEXT_PREFIXES if f"{one}{FIRST_OF_TEXT}" in shapes), None)
        if older is not None:
            given["text_encoder"] = _older_text_encoder(path, older, config, dtype)
        pipeline = kind.from_single_file(
            str(path), config=str(config), local_files_only=True, torch_dtype=dtype, **given
        )
    except (*LOADING_ERRORS, SingleFileComponentError) as error:
        # The libraries' reasons are about their code; the log keeps them.
        LOGGER.info("%s cannot be loaded", path, exc_info=True)
        raise CheckpointError(
            f"The weights in {path} cannot be loaded; some of the UNet, the auto-encoder or the text "
            "encoder are missing, of another size, or of another model: give a complete checkpoint of "
            "Stable Diffusion 1, 2 or XL."
        ) from error
    scheduler = pipeline.scheduler
    if ZERO_SNR in shapes:
        # Trained down to pure noise: the steps of noise are other ones.
        rescaled = DDIMScheduler.from_config(scheduler.config, rescale_betas_zero_snr=True)
        pipeline.register_modules(scheduler=rescaled)
    return {key: part for key, part in pipeline.components.items() if part is not None}


def _older_text_encoder(path: Path, prefix: str, config: Path, dtype: torch.dtype) -> CLIPTextModel:
    """Return the text encoder of a file whose names of its weights lack ``text_model.``."""
    with safe_open(path, framework="pt") as file:
        weights = {
            f"{prefix}text_model.{key.removeprefix(prefix)}": file.get_tensor(key)
            for key in file.keys()  # noqa: SIM118
            if key.startswith(prefix)
        }
    return create_diffusers_clip_model_from_ldm(
        CLIPTextModel,
        weights,
        subfolder="text_encoder",
        config=str(config),
        torch_dtype=dtype,
        local_files_only=True,
    )


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
