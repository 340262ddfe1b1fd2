"""The embedded model's denoiser and text encoder, trained together on latents and captions."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from .autoencoder import COLOUR_CHANNELS, COLOUR_STRENGTH, encode_all
from .data import Pictures
from .text import MAX_TOKENS, WIDTH, new_text_encoder, new_tokenizer

WORDLESS_SHARE = 0.1
"""Share of the pictures shown with the empty caption, so that a forward pass without words works."""

SHAPE_WEIGHT = 0.1
"""Weight of the shape channels in the loss; each colour channel weighs one at unit strength."""

CLEAR = (60, 400)
"""Timesteps of nine pictures in ten: shape is well visible there, colour is not."""


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of.

    Attributes
    ----------
    steps, batch : int
        Optimiser steps, and pictures in each.
    learning_rate : float
        Peak, after a linear warm-up and before a cosine decay.
    warm_up : int
        Steps of the warm-up.
    seed : int
        Of weights, order and noise.
    checkpoint_every : int
        Steps between two files that `evaluate` can read.
    resume : bool
        Start from the networks in the folder, with a new optimiser and schedule.
    clear : tuple of int
        Timesteps of nine pictures in ten, first and end.
    colour_channels : int
        How many of the latents' channels, the first ones, are faint and hold colour.
    colour_strength : float
        Standard deviation of those channels.
    channels : tuple of int
        Width of the UNet's levels.
    layers : int
        Residual blocks and transformers in each level on the way down.
    device : str
        Where to train; on ``cuda`` in bfloat16 where torch finds it safe.
    """

    steps: int
    batch: int = 48
    learning_rate: float = 1.5e-3
    warm_up: int = 300
    seed: int = 0
    checkpoint_every: int = 500
    resume: bool = False
    clear: tuple[int, int] = CLEAR
    colour_channels: int = COLOUR_CHANNELS
    colour_strength: float = COLOUR_STRENGTH
    channels: tuple[int, ...] = (64, 128)
    layers: int = 1
    device: str = "cpu"


def new_scheduler() -> DDIMScheduler:
    """Return Stable Diffusion's noise schedule, for a network that predicts the clean latent."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=0,
        prediction_type="sample",
    )


def new_denoiser(
    latent_side: int,
    latent_channels: int,
    channels: tuple[int, ...] = (64, 128),
    layers: int = 1,
) -> UNet2DConditionModel:
    """Return an untrained UNet that attends to words in all levels but the first one downwards.

    With its default widths it has two levels, 16 x 16 and 8 x 8, and 4.2 million parameters.

    Parameters
    ----------
    latent_side, latent_channels : int
        Shape of the latents: rows, which are as many as columns, and channels.
    channels : tuple of int
        Width of the levels, from the finest on.
    layers : int
        Residual blocks in each level on the way down.
    """
    deeper = len(channels) - 1
    return UNet2DConditionModel(
        sample_size=latent_side,
        in_channels=latent_channels,
        out_channels=latent_channels,
        block_out_channels=channels,
        down_block_types=("DownBlock2D", *["CrossAttnDownBlock2D"] * deeper),
        up_block_types=("CrossAttnUpBlock2D",) * (deeper + 1),
        layers_per_block=layers,
        attention_head_dim=4,
        cross_attention_dim=WIDTH,
        norm_num_groups=16,
    )


def prepare(pictures: Pictures, folder: Path) -> None:
    """Encode all pictures and captions once, to ``latents.safetensors`` in the folder."""
    vae = AutoencoderKL.from_pretrained(folder / "vae").to(memory_format=torch.channels_last)
    latents = torch.cat([means.half() for means in encode_all(vae, pictures.images)])
    write_latents(latents, pictures.captions, folder)


def write_latents(latents: Tensor, captions: list[str], folder: Path) -> None:
    """Write latents and captions for `train_denoiser`, with the tokenizer and the schedule.

    Parameters
    ----------
    latents : Tensor, shape (n, channels, side, side)
        16-bit, as the denoiser is to see them.
    captions : list of str
        One for each latent.
    folder : Path
        Where to write.

    Raises
    ------
    ValueError
        If a caption has more tokens than a prompt.
    """
    tokenizer = new_tokenizer(captions)
    tokenizer.save_pretrained(folder / "tokenizer")
    tokens = tokenizer(
        ["", *captions], padding="max_length", max_length=MAX_TOKENS, return_tensors="pt"
    ).input_ids
    if tokens.shape[1] != MAX_TOKENS:
        raise ValueError(
            f"A caption has {tokens.shape[1]} tokens; at most {MAX_TOKENS} are possible."
        )
    save_file(
        {
            "latents": latents.contiguous(),
            "tokens": tokens.short(),
            "blank": tokens[0].short().clone(),
        },
        folder / "latents.safetensors",
    )
    new_scheduler().save_pretrained(folder / "scheduler")


def train_denoiser(folder: Path, recipe: Recipe) -> None:
    """Train denoiser and text encoder on what `prepare` wrote.

    The loss is the squared error of the predicted clean latent over the noise variance (that of
    v-prediction, Salimans and Ho 2022), colour channels brought to the strength of the others.

    Parameters
    ----------
    folder : Path
        Holds ``latents.safetensors`` and ``tokenizer``; gets ``unet``, ``text_encoder`` and
        ``training.json``.
    recipe : Recipe
        The settings.
    """
    torch.manual_seed(recipe.seed)
    data = load_file(folder / "latents.safetensors")
    latents, tokens, blank = data["latents"], data["tokens"][1:].long(), data["blank"].long()
    networks = _resumed(folder, recipe) if recipe.resume else _new(folder, latents.shape, recipe)
    networks.to(recipe.device)
    average = copy.deepcopy(networks).requires_grad_(False)
    optimiser = torch.optim.AdamW(
        networks.parameters(),
        recipe.learning_rate,
        betas=(0.9, 0.99),
        weight_decay=0.01,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe))
    signal = new_scheduler().alphas_cumprod
    history, start = [], time.monotonic()
    generator = torch.Generator().manual_seed(recipe.seed)
    for step in range(recipe.steps):
        chosen = torch.randint(len(latents), (recipe.batch,), generator=generator)
        words = tokens[chosen]
        words[torch.rand(recipe.batch, generator=generator) < WORDLESS_SHARE] = blank
        parts = losses(networks, latents[chosen].float(), words, signal, generator, recipe)
        optimiser.zero_grad()
        sum(parts).backward()
        nn.utils.clip_grad_norm_(networks.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        follow(average, networks, min(0.999, (step + 1) / (step + 10)))
        history.append([loss.item() for loss in parts])
        if (step + 1) % 50 == 0:
            colour, shape = np.mean(history[-50:], axis=0)
            speed = (step + 1) * recipe.batch / (time.monotonic() - start)
            print(
                f"{step + 1}/{recipe.steps} colour {colour:.4f} shape {shape:.4f} {speed:.0f}/s",
                flush=True,
            )
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            _save(average, folder, recipe, step + 1, time.monotonic() - start)


def _new(folder: Path, shape: torch.Size, recipe: Recipe) -> nn.ModuleDict:
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    unet = new_denoiser(shape[-1], shape[1], recipe.channels, recipe.layers)
    unet = unet.to(memory_format=torch.channels_last)
    return nn.ModuleDict({"unet": unet, "text_encoder": new_text_encoder(tokenizer)})


def _resumed(folder: Path, recipe: Recipe) -> nn.ModuleDict:
    unet = UNet2DConditionModel.from_pretrained(folder / "unet").to(
        memory_format=torch.channels_last
    )
    scale_colour(unet, 1 / COLOUR_STRENGTH, recipe.colour_channels)
    encoder = CLIPTextModel.from_pretrained(folder / "text_encoder")
    return nn.ModuleDict({"unet": unet.train(), "text_encoder": encoder.train()})


@torch.no_grad()
def scale_colour(unet: UNet2DConditionModel, factor: float, colour_channels: int) -> None:
    """Scale what the last layer gives for the colour channels."""
    unet.conv_out.weight[:colour_channels] *= factor
    unet.conv_out.bias[:colour_channels] *= factor


def losses(
    networks: nn.ModuleDict,
    clean: Tensor,
    words: Tensor,
    signal: Tensor,
    generator: torch.Generator,
    recipe: Recipe,
) -> tuple[Tensor, Tensor]:
    """Return the losses of the colour channels and of the shape channels, see `train_denoiser`.

    Parameters
    ----------
    networks : nn.ModuleDict
        ``unet`` and ``text_encoder``.
    clean : Tensor, shape (n, channels, side, side)
        Clean latents.
    words : Tensor, shape (n, tokens)
        The captions' tokens.
    signal : Tensor, shape (timesteps,)
        Share of the signal's variance left at each timestep.
    generator : torch.Generator
        Source of timesteps and noise.
    recipe : Recipe
        Which timesteps, which channels hold colour, which device.
    """
    count = len(clean)
    timesteps = torch.randint(*recipe.clear, (count,), generator=generator)
    late = torch.rand(count, generator=generator) < 0.1
    timesteps[late] = torch.randint(recipe.clear[1], 1000, (int(late.sum()),), generator=generator)
    kept = signal[timesteps][:, None, None, None]
    noise = torch.randn(clean.shape, generator=generator)
    noisy = (kept.sqrt() * clean + (1 - kept).sqrt() * noise).contiguous(
        memory_format=torch.channels_last
    )
    device, colour = recipe.device, recipe.colour_channels
    with torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
        prompt = networks["text_encoder"](words.to(device)).last_hidden_state
        restored = networks["unet"](noisy.to(device), timesteps.to(device), prompt).sample
    strength = torch.ones(clean.shape[1], 1, 1)
    strength[:colour] = recipe.colour_strength
    error = (restored.float() - (clean / strength).to(device)).square()
    error = error / (1 - kept).clamp(min=0.1).to(device)
    # The sum over no channels is zero where a mean would be undefined.
    faint = error[:, :colour].sum() / max(1, error[:, :colour].numel())
    return faint, SHAPE_WEIGHT * error[:, colour:].mean()


def _rate(step: int, recipe: Recipe) -> float:
    """Return the learning rate's share of its peak: linear warm-up, then half a cosine."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return 0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * done)))


@torch.no_grad()
def follow(average: nn.Module, current: nn.Module, inertia: float) -> None:
    """Move the averaged weights towards the current ones."""
    torch._foreach_lerp_(list(average.parameters()), list(current.parameters()), 1 - inertia)


def _save(average: nn.ModuleDict, folder: Path, recipe: Recipe, step: int, seconds: float) -> None:
    """Write the averaged networks, the last layer scaled back to the latents' own strength."""
    unet = copy.deepcopy(average["unet"])
    scale_colour(unet, COLOUR_STRENGTH, recipe.colour_channels)
    unet.save_pretrained(folder / "unet")
    average["text_encoder"].save_pretrained(folder / "text_encoder")
    report = {
        "step": step,
        "pictures_seen": step * recipe.batch,
        "hours": seconds / 3600,
        "recipe": recipe.__dict__,
        "parameters": sum(p.numel() for p in average.parameters()),
    }
    (folder / "training.json").write_text(json.dumps(report, indent=2))
