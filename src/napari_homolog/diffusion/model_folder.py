"""A backbone from a folder in diffusers' layout."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from safetensors import safe_open
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from ..errors import CheckpointError
from .architecture import check_architecture, check_finite, check_text_width, default_layers
from .backbone import Backbone, Components
from .component_configs import one_line, read_config, read_scheduler_config
from .fingerprint import Provenance, fingerprint, joined_fingerprint
from .model_catalogue import Checkpoint
from .model_defaults import TIMESTEP, Defaults, FolderSettings, read_folder_settings
from .text_encoders import TextEncoders
from .trial import try_networks

PICKLES = (".ckpt", ".bin", ".pt", ".pth", ".pkl")
AUTOENCODERS = {"AutoencoderKL": AutoencoderKL, "AutoencoderTiny": AutoencoderTiny}
"""Stable Diffusion's own auto-encoder, and a small one that imitates it, such as TAESD."""

LOADING_ERRORS = (Exception,)
"""What diffusers and transformers raise for files that are damaged or do not fit together: anything."""


def load_folder(
    folder: Path,
    name: str,
    device: torch.device,
    dtype: torch.dtype,
    *,
    revision: str | None = None,
    known: Checkpoint | None = None,
) -> Backbone:
    """Load a model from a folder in diffusers' layout.

    The folder holds ``unet``, ``vae`` (an AutoencoderTiny is taken, too), ``scheduler`` and, to encode
    text, ``text_encoder`` and ``tokenizer``, for SDXL also ``text_encoder_2`` and ``tokenizer_2``.

    Parameters
    ----------
    folder : Path
        The folder.
    name : str
        Name of the model as the user gave it.
    device : torch.device
        Device to run it on.
    dtype : torch.dtype
        Precision.
    revision : str, optional
        Commit of a hub model.
    known : Checkpoint, optional
        The model's entry in the catalogue; ``homolog.json`` in the folder takes precedence.

    Returns
    -------
    Backbone

    Raises
    ------
    CheckpointError
        If a component is missing, damaged, a pickle or of another architecture.
    """
    settings = read_folder_settings(folder)
    _, unet_files = _check_component(folder / "unet", "UNet2DConditionModel")
    encoder, vae_files = _check_component(folder / "vae", *AUTOENCODERS)
    unet = _load_component(UNet2DConditionModel, folder / "unet", dtype)
    vae = _load_component(AUTOENCODERS[encoder], folder / "vae", dtype)
    check_architecture(unet, vae, folder)
    read_scheduler_config(folder / "scheduler")
    try:
        scheduler = DDIMScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
        text_encoders = _load_text_encoders(folder)
    except CheckpointError:
        raise
    except LOADING_ERRORS as error:
        raise CheckpointError(
            f"The scheduler or the text encoder in {folder} cannot be loaded ({one_line(error)}); the "
            "folder seems incomplete, copy or download it again."
        ) from error
    if text_encoders is not None:
        check_text_width(unet, text_encoders.widths, folder)
    identity = fingerprint(folder / "unet" / "config.json", unet_files)
    if encoder == "AutoencoderTiny":
        # Its latents are similar to those of the model's own auto-encoder, not the same.
        identity = joined_fingerprint(identity, vae_files)
    components = Components(unet, vae, scheduler.alphas_cumprod, text_encoders)
    defaults = _defaults(settings, known, unet)
    provenance = Provenance(name, revision, identity)
    try_networks(components, defaults, provenance, folder)
    return Backbone(
        components, defaults=defaults, provenance=provenance, device=device, dtype=dtype
    )


def _defaults(
    settings: FolderSettings, known: Checkpoint | None, unet: UNet2DConditionModel
) -> Defaults:
    """Return the folder's own defaults, else the catalogue's, else those that suit any such UNet."""
    if known is None:
        layers, learn, locate = None, TIMESTEP, TIMESTEP
    else:
        layers, learn, locate = known.layers, known.learn_timestep, known.locate_timestep
    return Defaults(
        layers=settings.layers or layers or default_layers(unet),
        learn_timestep=learn if settings.learn_timestep is None else settings.learn_timestep,
        locate_timestep=locate if settings.locate_timestep is None else settings.locate_timestep,
        resolution=settings.resolution,
    )


def _check_component(folder: Path, *expected: str) -> tuple[str, list[Path]]:
    """Return a component's architecture, one of those expected, and its weight files.

    Raises
    ------
    CheckpointError
        If there are none, or if the component is of another architecture.
    """
    config = folder / "config.json"
    if not config.is_file():
        others = sorted(path.name for path in folder.parent.iterdir() if path.is_dir())
        raise CheckpointError(
            f"{folder.parent} has no {folder.name}/config.json (it has the folders: "
            f"{', '.join(others) or 'none'}), so it is not a Stable Diffusion model in diffusers' "
            "layout; give a folder with unet, vae, scheduler, text_encoder and tokenizer."
        )
    architecture = read_config(config).get("_class_name")
    if architecture not in expected:
        raise CheckpointError(
            f"{folder} holds a {architecture}, expected {' or '.join(expected)}; use Stable "
            "Diffusion 1, 2 or XL or a model of the same architecture."
        )
    return str(architecture), _weight_files(folder)


def _weight_files(folder: Path) -> list[Path]:
    """Return the weight files that are loaded: in full precision, else in half precision.

    Raises
    ------
    CheckpointError
        If there are none.
    """
    weights = sorted(path for path in folder.glob("*.safetensors") if "non_ema" not in path.name)
    if not weights:
        pickles = sorted(path.name for path in folder.glob("*") if path.suffix in PICKLES)
        content = f"only pickles ({', '.join(pickles)})" if pickles else "no weights"
        raise CheckpointError(
            f"{folder} holds {content}; .safetensors files are needed, because opening a pickle "
            "can run arbitrary code."
        )
    return [path for path in weights if ".fp16" not in path.name] or weights


def _variant(folder: Path) -> str | None:
    return "fp16" if ".fp16" in _weight_files(folder)[0].name else None


def _load_component(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """Load a network and check that its files held every weight, in the right shape."""
    try:
        model, report = kind.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            torch_dtype=dtype,
            variant=_variant(folder),
            output_loading_info=True,
        )
    except LOADING_ERRORS as error:
        raise CheckpointError(
            f"The weights in {folder} cannot be loaded ({one_line(error)}); they are damaged, "
            "incomplete or of another model, copy or download them again."
        ) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        examples = [*report["missing_keys"], *report["mismatched_keys"]][:3]
        raise CheckpointError(
            f"The weights in {folder} do not fit their configuration: {examples} and perhaps "
            "more are missing or have another shape; they belong to another model."
        )
    check_finite(model, folder)
    return model


def _check_size(kind: Any, folder: Path) -> None:
    """Raise `CheckpointError` if a text encoder's configuration asks for far more than its files hold.

    transformers takes the memory for all of it first and then finds that the weights do not fit.
    Where a few are missing, it names them.
    """
    with torch.device("meta"):
        network = kind(kind.config_class.from_pretrained(folder, local_files_only=True))
    wanted = sum(weight.numel() for weight in network.parameters())
    held = sum(_count_numbers(path) for path in _weight_files(folder))
    if wanted > 2 * held:
        raise CheckpointError(
            f"The configuration in {folder} describes {wanted:,} weights, its files hold {held:,}; "
            "they belong to another model, copy or download it again."
        )


def _count_numbers(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118


def _load_text_encoders(folder: Path) -> TextEncoders | None:
    """Return the text encoders of a folder, or None if it has none."""
    tokenizers, encoders = [], []
    for suffix in ("", "_2"):
        component = folder / f"text_encoder{suffix}"
        if not component.is_dir():
            continue
        config = read_config(component / "config.json")
        projected = "CLIPTextModelWithProjection" in (config.get("architectures") or ())
        kind = CLIPTextModelWithProjection if projected else CLIPTextModel
        _check_size(kind, component)
        encoders.append(_load_component(kind, component, torch.float32))
        tokenizer = folder / f"tokenizer{suffix}"
        tokenizers.append(CLIPTokenizer.from_pretrained(tokenizer, local_files_only=True))
    if not encoders:
        return None
    together = TextEncoders(tokenizers, encoders)
    # Configurations that contradict each other build encoders that fail when they are used.
    _ = together.empty
    return together
