"""The embedded model's auto-encoder: 64 x 64 pixels to 16 x 16 latents of 8 channels.

Three stages. It learns to restore pictures. Its latent space is turned, without changing what it can
represent, so that the first two channels hold colour, and are faint. Then its encoder learns to give
the other channels from the picture's lightness alone. Noise hides colour then at once, shape hardly:
a denoiser has to take a part's colour from the words, for which it must know the part.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .data import RESOLUTION, Pictures

LATENT_CHANNELS = 8
COLOUR_CHANNELS = 2
COLOUR_STRENGTH = 0.02
"""Standard deviation of the colour channels; the others have about one.

At 0.125 enough colour shines through the noise that the denoiser matches it with the colour words
of the caption, wherever they belong, and learns no parts.
"""

CELL = 4
"""Pixels along a latent's side."""

KL_WEIGHT = 1e-6
"""Weight of a picture's summed divergence from the normal distribution."""

WHOLE_SHARE = 0.85
"""Share of the training done on quarters of the pictures, four times as fast, before whole ones."""

RGB_TO_CHROMA = torch.tensor([[-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
"""Blue and red difference (ITU-T T.871)."""


def new_autoencoder() -> AutoencoderKL:
    """Return an untrained auto-encoder."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 32, 64),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=RESOLUTION,
        scaling_factor=1.0,
        mid_block_add_attention=False,
    )


def train_autoencoder(
    pictures: Pictures, folder: Path, *, steps: int, batch: int = 32, seed: int = 0
) -> None:
    """Train on random pictures and write the auto-encoder, all stages done, to a folder.

    Parameters
    ----------
    pictures : Pictures
        What to learn from.
    folder : Path
        Where to write, in diffusers' layout.
    steps, batch : int
        Optimiser steps, and pictures in each.
    seed : int
        Seed of weights and order.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = new_autoencoder().to(memory_format=torch.channels_last)

    def sample(step: int) -> NDArray[np.uint8]:
        return _sample(pictures, rng, batch, whole=step >= WHOLE_SHARE * steps)

    learn_to_restore(model, sample, steps)
    turn_latents(model, pictures.images[:4000])
    separate_colour(model, pictures, steps=steps // 3, batch=batch, seed=seed)
    model.save_pretrained(folder)


def learn_to_restore(
    model: AutoencoderKL,
    sample: Callable[[int], NDArray[np.uint8]],
    steps: int,
    device: str = "cpu",
) -> None:
    """Train an auto-encoder to give back what it is shown.

    Parameters
    ----------
    model : AutoencoderKL
        On the device; changed in place.
    sample : callable
        Gives the pictures of a step, (n, side, side, 3) of uint8.
    steps : int
        Optimiser steps.
    device : str
        Where the model is.
    """
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, betas=(0.9, 0.99), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps, pct_start=0.05)
    for step in range(steps):
        images = to_input(sample(step)).to(device)
        posterior = model.encode(images).latent_dist
        restored = model.decode(posterior.sample()).sample
        reconstruction = functional.l1_loss(restored, images) + functional.mse_loss(
            restored, images
        )
        loss = reconstruction + KL_WEIGHT * posterior.kl().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(
                f"autoencoder {step}/{steps} reconstruction {reconstruction.item():.4f}", flush=True
            )


def separate_colour(
    model: AutoencoderKL, pictures: Pictures, *, steps: int, batch: int = 32, seed: int = 0
) -> None:
    """Teach the encoder to take shape from lightness alone, and the decoder to live with it.

    After turning, hues still leave traces in the shape channels, not linear ones but enough for a
    denoiser to read the colours off. The targets are the encoder's own: colour channels of the
    picture, and shape channels of its value (the largest of red, green and blue), centred.

    Parameters
    ----------
    model : AutoencoderKL
        Turned by `turn_latents`; changed in place.
    pictures : Pictures
        What to learn from.
    steps, batch : int
        Optimiser steps, and pictures in each.
    seed : int
        Seed of the order.
    """
    teacher = copy.deepcopy(model).requires_grad_(False)
    rng = np.random.default_rng(seed)
    centre = _shape_centre(teacher, pictures.images[:2000])
    strengths = torch.ones(LATENT_CHANNELS, 1, 1)
    strengths[:COLOUR_CHANNELS] = COLOUR_STRENGTH
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.99), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, steps, pct_start=0.05)
    for step in range(steps):
        chosen = _sample(pictures, rng, batch, whole=step >= WHOLE_SHARE * steps)
        target = separated_latents(teacher, chosen, centre)
        images = to_input(chosen)
        error = (model.encode(images).latent_dist.mean - target) / strengths
        restored = model.decode(target).sample
        reconstruction = functional.l1_loss(restored, images) + functional.mse_loss(
            restored, images
        )
        optimiser.zero_grad()
        (error.square().mean() + reconstruction).backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            share = error.detach().square().mean((0, 2, 3))
            print(f"separation {step}/{steps} error {share.mean():.4f} of one", flush=True)


@torch.no_grad()
def separated_latents(
    model: AutoencoderKL, images: NDArray[np.uint8], shape_centre: Tensor
) -> Tensor:
    """Return colour channels of pictures and shape channels of their value, (n, 8, rows, cols)."""
    value = np.repeat(images.max(-1, keepdims=True), 3, axis=-1)
    colour = model.encode(to_input(images)).latent_dist.mean[:, :COLOUR_CHANNELS]
    shape = model.encode(to_input(value)).latent_dist.mean[:, COLOUR_CHANNELS:]
    return torch.cat([colour, shape - shape_centre], 1)


def _shape_centre(model: AutoencoderKL, images: NDArray[np.uint8]) -> Tensor:
    zero = torch.zeros(1, 1, 1)
    parts = [
        separated_latents(model, images[start : start + 128], zero)[:, COLOUR_CHANNELS:]
        for start in range(0, len(images), 128)
    ]
    return torch.cat(parts).mean((0, 2, 3))[:, None, None]


def _sample(
    pictures: Pictures, rng: np.random.Generator, batch: int, whole: bool
) -> NDArray[np.uint8]:
    """Return random pictures, or a random quarter of each."""
    images = pictures.images[np.sort(rng.integers(0, len(pictures.images), batch))]
    if whole:
        return images
    side = RESOLUTION // 2
    corners = rng.integers(0, RESOLUTION - side + 1, (batch, 2))
    return np.stack(
        [image[r : r + side, c : c + side] for image, (r, c) in zip(images, corners, strict=True)]
    )


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """Return images as the auto-encoder takes them: (n, 3, side, side) in [-1, 1]."""
    scaled = torch.from_numpy(np.asarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return scaled.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def encode_all(
    model: AutoencoderKL, images: NDArray[np.uint8], batch: int = 128
) -> Iterator[Tensor]:
    """Yield the latent means of all images, (batch, channels, rows, cols) at a time."""
    for start in range(0, len(images), batch):
        part = to_input(images[start : start + batch]).to(model.device)
        yield model.encode(part).latent_dist.mean.cpu()


@torch.no_grad()
def turn_latents(model: AutoencoderKL, images: NDArray[np.uint8]) -> None:
    """Turn and scale the latent space inside the convolutions on its two sides.

    Colour, as far as it is a linear function of a latent cell, goes to the first channels with
    standard deviation `COLOUR_STRENGTH`; what is left is turned to its principal axes, halfway
    evened out in strength (edges are weaker than light and must still outlast noise), with a mean
    variance of one.
    """
    latents = (
        torch.cat(list(encode_all(model, images))).permute(0, 2, 3, 1).reshape(-1, LATENT_CHANNELS)
    )
    cells = functional.avg_pool2d(to_input(images), CELL).permute(0, 2, 3, 1).reshape(-1, 3)
    chroma = (cells @ RGB_TO_CHROMA.T).double()
    centre = latents.mean(0).double()
    centred = latents.double() - centre
    covariance = centred.T @ centred / len(centred)
    values, vectors = torch.linalg.eigh(covariance)
    whiten = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    white = centred @ whiten
    colour = torch.linalg.lstsq(white, chroma - chroma.mean(0)).solution
    basis, _ = torch.linalg.qr(torch.cat([colour, torch.eye(LATENT_CHANNELS).double()], 1))
    rest = torch.linalg.inv(whiten) @ basis[:, COLOUR_CHANNELS:]
    turned = rest.T @ rest
    rest_values, rest_vectors = torch.linalg.eigh(turned)
    strengths = rest_values.flip(0).sqrt().sqrt()
    strengths = strengths / strengths.square().mean().sqrt()
    forward = torch.cat(
        [
            COLOUR_STRENGTH * basis[:, :COLOUR_CHANNELS].T @ whiten,
            torch.diag(strengths) @ (basis[:, COLOUR_CHANNELS:] @ rest_vectors.flip(1)).T @ whiten,
        ]
    )
    explained = 1 - (chroma - chroma.mean(0) - white @ colour).var() / chroma.var()
    print(
        f"colour explained {explained:.3f}; strengths of the rest {strengths.tolist()}", flush=True
    )
    _fold(model, forward, centre)


def _fold(model: AutoencoderKL, forward: Tensor, centre: Tensor) -> None:
    """Write ``z -> forward @ (z - centre)`` into the encoder's end, its inverse into the decoder."""
    before, after = model.quant_conv, model.post_quant_conv
    weight, bias = before.weight.double(), before.bias.double()
    n = LATENT_CHANNELS
    # A turned diagonal Gaussian is not diagonal; only the mean is used, the spread is made constant.
    before.weight[:n] = torch.einsum("ij,jkhw->ikhw", forward, weight[:n]).float()
    before.bias[:n] = (forward @ (bias[:n] - centre)).float()
    before.weight[n:] = 0.0
    before.bias[n:] = -8.0
    inverse = torch.linalg.inv(forward)
    weight = after.weight.double()
    after.bias += torch.einsum("ijhw,j->i", weight, centre).float()
    after.weight.copy_(torch.einsum("ijhw,jk->ikhw", weight, inverse).float())
