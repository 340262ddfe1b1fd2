"""An auto-encoder that carries out the block transform exactly, in diffusers' layout."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import nn

from .block_transform import (
    COLOUR_CHANNELS,
    COLOUR_GAIN,
    LATENT_CHANNELS,
    RGB_TO_YCC,
    basis,
)

CONSTANT = 32.0
"""What stands beside the latents where the encoder normalises: so much larger than they are that the
normalisation divides every picture by the same number."""


def new_autoencoder() -> AutoencoderKL:
    """Return an auto-encoder whose encoder is the block transform; its decoder is untrained."""
    model = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 16, 48),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=1.0,
        mid_block_add_attention=False,
    )
    _write_encoder(model)
    return model


@torch.no_grad()
def _write_encoder(model: AutoencoderKL) -> None:
    """Write the block transform into the encoder's weights.

    The residual blocks add nothing. Two strided convolutions gather the blocks. The last
    normalisation sees every channel beside its negative and two large constants, and so divides by
    nearly the same number everywhere; SiLU is undone by ``silu(x) - silu(-x) = x``.
    """
    encoder = model.encoder
    for module in encoder.modules():
        if hasattr(module, "conv2"):
            module.conv2.weight.zero_()
            module.conv2.bias.zero_()
    _clear(encoder.conv_in)
    encoder.conv_in.weight[:3, :, 1, 1] = torch.from_numpy(RGB_TO_YCC)
    first, second = (block.downsamplers[0].conv for block in encoder.down_blocks[:2])
    _clear(first)
    for index in range(4):
        first.weight[index, 0, index // 2, index % 2] = 1.0
    for index in (1, 2):
        first.weight[3 + index, index, :2, :2] = 0.25
    _pass_on(encoder.down_blocks[1].resnets[0].conv_shortcut, 6)
    _clear(second)
    for channel in range(COLOUR_CHANNELS):
        second.weight[channel, 4 + channel, :2, :2] = COLOUR_GAIN / 4
    lightness = torch.from_numpy(basis()[COLOUR_CHANNELS:].sum(1))
    for channel in range(COLOUR_CHANNELS, LATENT_CHANNELS):
        for index in range(4):
            block = lightness[channel - COLOUR_CHANNELS]
            second.weight[channel, index, :2, :2] = block[index // 2 :: 2, index % 2 :: 2]
    _write_ending(encoder, model.quant_conv)


def _write_ending(encoder: nn.Module, after: nn.Conv2d) -> None:
    """Write channels in threes, beside their negatives and constants, and how they are read."""
    _clear(encoder.down_blocks[2].resnets[0].conv_shortcut)
    _clear(encoder.conv_out)
    spread = encoder.down_blocks[2].resnets[0].conv_shortcut
    # Half of a group's twelve numbers are constants of either sign, the others are small.
    share = CONSTANT / 2**0.5
    for channel in range(LATENT_CHANNELS):
        place = 12 * (channel // 3) + channel % 3
        spread.weight[place, channel] = 1.0
        spread.weight[place + 3, channel] = -1.0
        spread.bias[place + 6], spread.bias[place + 9] = CONSTANT, -CONSTANT
        encoder.conv_out.weight[channel, place, 1, 1] = share
        encoder.conv_out.weight[channel, place + 3, 1, 1] = -share
    _clear(after)
    for channel in range(LATENT_CHANNELS):
        after.weight[channel, channel] = 1.0
    after.bias[LATENT_CHANNELS:] = -8.0


def _clear(layer: nn.Conv2d) -> None:
    layer.weight.zero_()
    layer.bias.zero_()


def _pass_on(layer: nn.Conv2d, channels: int) -> None:
    _clear(layer)
    for channel in range(channels):
        layer.weight[channel, channel] = 1.0
