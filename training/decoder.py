"""The auto-encoder's decoder: nothing in the method uses it, but a model that draws needs one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from .block_autoencoder import new_autoencoder
from .block_transform import encode
from .feed import make_picture

SEED = 20261127
"""Of the pictures."""

PICTURES = 4000
SIDE = 64


def train_decoder(folder: Path, steps: int, batch: int = 16) -> float:
    """Train the decoder to give pictures back and write the auto-encoder to a folder.

    Parameters
    ----------
    folder : Path
        Where to write, in diffusers' layout.
    steps, batch : int
        Optimiser steps, and pictures in each.

    Returns
    -------
    float
        Mean absolute error of the last hundred steps, for pixels in [-1, 1].
    """
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    model = new_autoencoder()
    model.encoder.requires_grad_(False)
    model.quant_conv.requires_grad_(False)
    learned = [value for value in model.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(learned, 3e-3, betas=(0.9, 0.99), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps, pct_start=0.05)
    images = np.stack([make_picture(SEED, number, SIDE)[0] for number in range(PICTURES)])
    errors = []
    for step in range(steps):
        chosen = images[rng.integers(0, PICTURES, batch)]
        shown = torch.from_numpy(chosen).permute(0, 3, 1, 2).float() / 127.5 - 1
        restored = model.decode(torch.from_numpy(encode(chosen))).sample
        error = functional.l1_loss(restored, shown)
        optimiser.zero_grad()
        (error + functional.mse_loss(restored, shown)).backward()
        optimiser.step()
        schedule.step()
        errors.append(error.item())
        if (step + 1) % 100 == 0:
            print(f"decoder {step + 1}/{steps} error {np.mean(errors[-100:]):.4f}", flush=True)
    model.save_pretrained(folder)
    return float(np.mean(errors[-100:]))
