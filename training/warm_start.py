"""The start of the training on the wide world: the earlier embedded model, fitted to new latents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from .block_transform import COLOUR_CHANNELS, COLOUR_STRENGTH, LATENT_CHANNELS, encode
from .denoiser import new_denoiser, scale_colour
from .feed import make_picture
from .state import TrainingState, new_state
from .text import new_text_encoder, new_tokenizer
from .vocabulary import words

RESOLUTION = 64
"""Side, in pixels, of the pictures that the model is used at."""

PICTURES = 600
"""Pictures that the two kinds of latents are compared on."""

SEED = 77
"""Of those pictures."""


def warm_start(model: Path) -> TrainingState:
    """Return a state whose networks know what an earlier model of other latents and words knows.

    Parameters
    ----------
    model : Path
        Folder of a model whose UNet has the same levels and whose text encoder has the same width.
    """
    tokenizer = new_tokenizer(list(words()))
    encoder = new_text_encoder(tokenizer)
    _take_words(encoder, tokenizer, model)
    earlier = UNet2DConditionModel.from_pretrained(model / "unet").float()
    unet = new_denoiser(RESOLUTION // 4, LATENT_CHANNELS)
    kept = {
        name: value
        for name, value in earlier.state_dict().items()
        if not name.startswith(("conv_in.", "conv_out."))
    }
    unet.load_state_dict(kept, strict=False)
    _fit_ends(unet, earlier, AutoencoderKL.from_pretrained(model / "vae").float().eval())
    scale_colour(unet, 1 / COLOUR_STRENGTH, COLOUR_CHANNELS)
    return new_state(unet, encoder, tokenizer)


def cold_start() -> TrainingState:
    """Return a state of untrained networks."""
    tokenizer = new_tokenizer(list(words()))
    unet = new_denoiser(RESOLUTION // 4, LATENT_CHANNELS)
    return new_state(unet, new_text_encoder(tokenizer), tokenizer)


@torch.no_grad()
def _take_words(encoder: CLIPTextModel, tokenizer: CLIPTokenizer, model: Path) -> None:
    """Copy the earlier text encoder, each word's embedding to the word's new number."""
    earlier = CLIPTextModel.from_pretrained(model / "text_encoder").float().state_dict()
    old_numbers = CLIPTokenizer.from_pretrained(model / "tokenizer").get_vocab()
    new_numbers = tokenizer.get_vocab()
    own = encoder.state_dict()
    for name, value in earlier.items():
        if name.endswith("token_embedding.weight"):
            for token in old_numbers.keys() & new_numbers.keys():
                own[name][new_numbers[token]] = value[old_numbers[token]]
        elif not name.endswith("position_ids"):
            own[name].copy_(value)


@torch.no_grad()
def _fit_ends(
    unet: UNet2DConditionModel, earlier: UNet2DConditionModel, vae: AutoencoderKL
) -> None:
    """Fit the first and last convolution so that they take and give the new latents.

    Each kind of latent is, as well as it can be, a linear function of the other; the maps are put
    behind and before the earlier convolutions.
    """
    images = np.stack([make_picture(SEED, number, RESOLUTION)[0] for number in range(PICTURES)])
    new = _cells(torch.from_numpy(encode(images)))
    shown = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    old = torch.cat([_cells(vae.encode(part).latent_dist.mean) for part in shown.split(100)])
    to_old, old_offset, share_in = _linear_map(new, old)
    to_new, new_offset, share_out = _linear_map(old, new)
    print(f"variance explained: new to old {share_in:.2f}, old to new {share_out:.2f}")
    first, last = earlier.conv_in, earlier.conv_out
    unet.conv_in.weight.copy_(torch.einsum("oikl,ij->ojkl", first.weight, to_old))
    unet.conv_in.bias.copy_(first.bias + torch.einsum("oikl,i->o", first.weight, old_offset))
    unet.conv_out.weight.copy_(torch.einsum("ij,jokl->iokl", to_new, last.weight))
    unet.conv_out.bias.copy_(to_new @ last.bias + new_offset)


def _cells(latents: Tensor) -> Tensor:
    return latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])


def _linear_map(given: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor, float]:
    """Return matrix and offset of the best linear map, and the share of variance it explains."""
    centre, goal = given.mean(0), wanted.mean(0)
    spread = given.std(0)
    scaled = (given - centre) / spread
    solution = torch.linalg.lstsq(scaled, wanted - goal).solution
    left = wanted - goal - scaled @ solution
    matrix = (solution / spread[:, None]).T
    share = 1 - float((left / wanted.std(0)).square().mean())
    return matrix, goal - matrix @ centre, share
