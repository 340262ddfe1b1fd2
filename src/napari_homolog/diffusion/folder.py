"""A backbone from a folder in diffusers' layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors import SafetensorError
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from ..errors import CheckpointError
from .attention import CrossAttention
from .backbone import Backbone
from .catalogue import TIMESTEP, Checkpoint, Defaults, OwnSettings, read_own_settings
from .fingerprint import Provenance, fingerprint
from .text import Words

PICKLES = (".ckpt", ".bin", ".pt", ".pth", ".pkl")
LARGEST_SIDE = 32
"""Rows and columns of the largest maps that are read by default."""

LOADING_ERRORS = (OSError, ValueError, KeyError, RuntimeError, SafetensorError, TypeError)
"""What diffusers and transformers raise when they meet files that are damaged or do not fit."""


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

    The folder holds ``unet``, ``vae``, ``scheduler`` and, for words, ``text_encoder`` and
    ``tokenizer`` (for SDXL ``text_encoder_2`` and ``tokenizer_2`` too).

    Parameters
    ----------
    folder : Path
        The folder.
    name : str
        How the user called the model.
    device : torch.device
        Where to run it.
    dtype : torch.dtype
        Precision.
    revision : str, optional
        Commit of a hub model.
    known : Checkpoint, optional
        What the catalogue says; ``homolog.json`` in the folder goes before it.

    Returns
    -------
    Backbone

    Raises
    ------
    CheckpointError
        If a part is missing, damaged, a pickle or of another architecture.
    """
    own = read_own_settings(folder)
    unet_files = _check_part(folder / "unet", "UNet2DConditionModel")
    _check_part(folder / "vae", "AutoencoderKL")
    unet = _load_part(UNet2DConditionModel, folder / "unet", dtype)
    vae = _load_part(AutoencoderKL, folder / "vae", dtype)
    check_fit(unet, vae, folder)
    try:
        scheduler = DDIMScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
        words = _load_words(folder)
    except LOADING_ERRORS as error:
        raise CheckpointError(
            f"The scheduler or the text encoder in {folder} cannot be loaded ({error}); the folder "
            "seems incomplete, copy or download it again."
        ) from error
    return Backbone(
        unet,
        vae,
        scheduler.alphas_cumprod,
        words,
        defaults=_defaults(own, known, unet),
        provenance=Provenance(
            name, revision, fingerprint(folder / "unet" / "config.json", unet_files)
        ),
        device=device,
        dtype=dtype,
        resolution=own.resolution,
    )


def default_layers(unet: UNet2DConditionModel) -> tuple[int, ...]:
    """Return the cross-attention layers to read in a UNet that says nothing of its own.

    The last layer of each transformer in the first upward block that attends to words, and the
    first layer of the next block, as far as their maps have at most 32 x 32 positions: for Stable
    Diffusion 1 and 2 the layers of Hedlin et al. 2023, for SDXL three layers of 32 x 32.
    """
    layers = CrossAttention.names(unet)
    levels = len(unet.config.block_out_channels)
    blocks = sorted({int(name.split(".")[1]) for name in layers if name.startswith("up_blocks.")})
    if not blocks:
        raise CheckpointError(
            "This UNet's upward blocks do not attend to words, so that landmarks cannot be read "
            "from it; use Stable Diffusion 1, 2 or XL or a model like them."
        )
    first = [name for name in layers if name.startswith(f"up_blocks.{blocks[0]}.")]
    last_of = {name.rsplit(".transformer_blocks.", 1)[0]: layers.index(name) for name in first}
    chosen = tuple(last_of.values())
    for block in blocks[1:2]:
        if unet.config.sample_size / 2 ** (levels - 1 - block) <= LARGEST_SIDE:
            chosen += (layers.index(first[-1]) + 1,)
    return chosen


def check_fit(unet: UNet2DConditionModel, vae: AutoencoderKL, place: Path) -> None:
    """Raise `CheckpointError` unless UNet and auto-encoder belong to a Stable Diffusion model."""
    config = unet.config
    plain = (
        config.in_channels == vae.config.latent_channels
        and isinstance(config.cross_attention_dim, int)
        and config.encoder_hid_dim is None
        and config.addition_embed_type in (None, "text_time")
        and config.class_embed_type is None
    )
    if not plain:
        raise CheckpointError(
            f"{place} holds a UNet of {config.in_channels} channels for an auto-encoder of "
            f"{vae.config.latent_channels}, or one that is guided by more than words: it is made "
            "for inpainting, upscaling or the like; use a plain text-to-image model."
        )


def _defaults(own: OwnSettings, known: Checkpoint | None, unet: UNet2DConditionModel) -> Defaults:
    """Return the folder's own word, else the catalogue's, else what suits any such UNet."""
    if known is None:
        layers, learn, locate = None, TIMESTEP, TIMESTEP
    else:
        layers, learn, locate = known.layers, known.learn_timestep, known.locate_timestep
    return Defaults(
        layers=own.layers or layers or default_layers(unet),
        learn_timestep=learn if own.learn_timestep is None else own.learn_timestep,
        locate_timestep=locate if own.locate_timestep is None else own.locate_timestep,
    )


def _check_part(folder: Path, expected: str) -> list[Path]:
    """Return the weight files of a part of the expected architecture.

    Raises
    ------
    CheckpointError
        If there are none, or if it is of another architecture.
    """
    config = folder / "config.json"
    if not config.is_file():
        others = sorted(path.name for path in folder.parent.iterdir() if path.is_dir())
        raise CheckpointError(
            f"{folder.parent} has no {folder.name}/config.json (it has the folders: "
            f"{', '.join(others) or 'none'}), so that it is no Stable Diffusion model in "
            "diffusers' layout; give a folder with unet, vae, scheduler, text_encoder and "
            "tokenizer."
        )
    try:
        found = json.loads(config.read_text(encoding="utf-8")).get("_class_name")
    except (ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{config} is damaged ({error}); copy or download it again."
        ) from error
    if found != expected:
        raise CheckpointError(
            f"{folder} holds a {found}, expected a {expected}: only Stable Diffusion 1, 2 and XL "
            "and models like them can be used."
        )
    return _weight_files(folder)


def _weight_files(folder: Path) -> list[Path]:
    """Return the safetensors that will be loaded: the whole ones, else those of half precision.

    Raises
    ------
    CheckpointError
        If there are none.
    """
    found = sorted(path for path in folder.glob("*.safetensors") if "non_ema" not in path.name)
    if not found:
        pickles = sorted(path.name for path in folder.glob("*") if path.suffix in PICKLES)
        what = f"only pickles ({', '.join(pickles)})" if pickles else "no weights"
        raise CheckpointError(
            f"{folder} holds {what}; .safetensors files are needed, because a pickle could run any "
            "program when it is opened."
        )
    return [path for path in found if ".fp16" not in path.name] or found


def _variant(folder: Path) -> str | None:
    return "fp16" if ".fp16" in _weight_files(folder)[0].name else None


def _load_part(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
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
            f"The weights in {folder} cannot be loaded ({error}); they are damaged, incomplete or "
            "of another model, copy or download them again."
        ) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        some = [*report["missing_keys"], *report["mismatched_keys"]][:3]
        raise CheckpointError(
            f"The weights in {folder} do not fit their configuration: {some} and perhaps more are "
            "missing or of another shape; they belong to another model."
        )
    return model


def _load_words(folder: Path) -> Words | None:
    """Return the text encoders of a folder, or None where it has none."""
    tokenizers, encoders = [], []
    for suffix in ("", "_2"):
        part = folder / f"text_encoder{suffix}"
        if not part.is_dir():
            continue
        config = json.loads((part / "config.json").read_text(encoding="utf-8"))
        projected = "CLIPTextModelWithProjection" in config["architectures"]
        kind = CLIPTextModelWithProjection if projected else CLIPTextModel
        encoders.append(
            kind.from_pretrained(
                part, use_safetensors=True, local_files_only=True, variant=_variant(part)
            )
        )
        tokenizer = folder / f"tokenizer{suffix}"
        tokenizers.append(CLIPTokenizer.from_pretrained(tokenizer, local_files_only=True))
    return Words(tokenizers, encoders) if encoders else None
