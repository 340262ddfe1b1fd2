"""Checks that a UNet and an auto-encoder are Stable Diffusion's, and which layers to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel

from ..errors import CheckpointError
from .attention import CrossAttention

LARGEST_LATENTS = 512
"""Side of the largest latents; those of Stable Diffusion XL have 128."""

LARGEST_SIDE = 32
"""Rows and columns of the largest attention maps that are read by default."""


def check_architecture(
    unet: UNet2DConditionModel, vae: AutoencoderKL | AutoencoderTiny, path: Path
) -> None:
    """Raise `CheckpointError` unless UNet and auto-encoder form a text-to-image model.

    Parameters
    ----------
    unet : UNet2DConditionModel
        The UNet.
    vae : AutoencoderKL or AutoencoderTiny
        The auto-encoder.
    path : Path
        Where they were loaded from, for the message.
    """
    config = unet.config
    text_to_image = (
        config.in_channels == vae.config.latent_channels
        and isinstance(config.cross_attention_dim, int)
        and config.encoder_hid_dim is None
        and config.addition_embed_type in (None, "text_time")
        and config.class_embed_type is None
    )
    if not text_to_image:
        raise CheckpointError(
            f"{path} holds a UNet of {config.in_channels} channels for an auto-encoder of "
            f"{vae.config.latent_channels}, or a UNet that is conditioned on more than text, as "
            "those for inpainting and upscaling are; use a text-to-image model."
        )
    side = config.sample_size
    if type(side) is not int or not 1 <= side <= LARGEST_LATENTS:
        raise CheckpointError(
            f"The UNet in {path} states latents of side {side!r} (sample_size), expected a whole "
            f"number from 1 to {LARGEST_LATENTS}, such as 64 in Stable Diffusion 1; copy or download "
            "the model again."
        )


def check_text_width(unet: UNet2DConditionModel, widths: Sequence[int], path: Path) -> None:
    """Raise `CheckpointError` unless the text encoders are those that a UNet was trained with.

    Parameters
    ----------
    unet : UNet2DConditionModel
        The UNet.
    widths : sequence of int
        Widths of the text encoders' embeddings.
    path : Path
        Where they were loaded from, for the message.
    """
    wanted, found = int(unet.config.cross_attention_dim), sum(widths)
    if found == wanted:
        return
    if len(widths) == 1 and found < wanted:
        raise CheckpointError(
            f"{path} lacks a text encoder: its UNet takes prompts of width {wanted}, its only encoder "
            f"gives {found}; copy or download text_encoder and text_encoder_2 with their tokenizers."
        )
    raise CheckpointError(
        f"The text encoders in {path} give prompts of width {found}, its UNet takes {wanted}; they "
        "belong to another model."
    )


def check_finite(network: torch.nn.Module, path: Path) -> None:
    """Raise `CheckpointError` if a network has weights that are not finite.

    Parameters
    ----------
    network : torch.nn.Module
        Its weights are loaded.
    path : Path
        Where from, for the message.
    """
    for name, weight in network.named_parameters():
        if weight.is_meta or bool(weight.detach().sum(dtype=torch.float64).isfinite()):
            continue
        if not bool(weight.detach().isfinite().all()):
            raise CheckpointError(
                f"The weights in {path} are damaged: {name} has values that are not finite; copy or "
                "download them again."
            )


def default_layers(unet: UNet2DConditionModel) -> tuple[int, ...]:
    """Return the cross-attention layers to read in a UNet for which none are stated.

    These are the last layer of each transformer in the first up block with cross-attention, and
    the first layer of the next block if its maps have at most 32 x 32 positions. For Stable
    Diffusion 1 and 2 they are the layers of Hedlin et al. 2023, for SDXL three of 32 x 32.

    Raises
    ------
    CheckpointError
        If no up block has cross-attention.
    """
    layers = CrossAttention.names(unet)
    levels = len(unet.config.block_out_channels)
    blocks = sorted({int(name.split(".")[1]) for name in layers if name.startswith("up_blocks.")})
    if not blocks:
        raise CheckpointError(
            "This UNet has no cross-attention in its up blocks, from which landmarks are read; use "
            "Stable Diffusion 1, 2 or XL or a model of the same architecture."
        )
    first = [name for name in layers if name.startswith(f"up_blocks.{blocks[0]}.")]
    last_of = {name.rsplit(".transformer_blocks.", 1)[0]: layers.index(name) for name in first}
    chosen = tuple(last_of.values())
    for block in blocks[1:2]:
        if unet.config.sample_size / 2 ** (levels - 1 - block) <= LARGEST_SIDE:
            chosen += (layers.index(first[-1]) + 1,)
    return chosen
