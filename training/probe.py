"""Whether a model has bound colour words to parts, without any landmark: a number for the log.

Fresh pictures are shown with their captions, with captions in which the parts' colours have changed
places, and with none. A model that only knows which colours are in a picture errs as much with the
second as with the first; one that knows parts errs less with the first.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from .block_transform import COLOUR_CHANNELS, COLOUR_STRENGTH, encode
from .denoiser import new_scheduler
from .feed import make_picture
from .state import TrainingState
from .vocabulary import Tokens

SEED = 20261128
PICTURES = 128
SIDE = 64
TIMESTEP = 100
"""Noise level at which the errors are measured."""


def exchange_colours(caption: str, rng: np.random.Generator) -> str:
    """Return a caption whose parts have each other's colours; the background keeps its own."""
    head, _, background = caption.rpartition(" on ")
    kind, *clauses = head.split(" , ")
    parts, colours = zip(*(clause.rsplit(" ", 1) for clause in clauses), strict=True)
    order = np.roll(rng.permutation(len(colours)), 1)
    shuffled = [f"{part} {colours[place]}" for part, place in zip(parts, order, strict=True)]
    return " , ".join([kind, *shuffled]) + f" on {background}"


@torch.no_grad()
def probe(state: TrainingState) -> dict[str, float]:
    """Return the averaged networks' squared error in the colour channels, by kind of caption.

    Returns
    -------
    dict
        ``"caption"``, ``"colours exchanged"`` and ``"no caption"``; the variance is one.
    """
    latents, captions, exchanged, noise = _pictures()
    tokens = Tokens(state.tokenizer.get_vocab())
    blank = ["" for _ in captions]
    errors = {}
    for name, texts in (
        ("caption", captions),
        ("colours exchanged", exchanged),
        ("no caption", blank),
    ):
        prompt_tokens = torch.from_numpy(tokens(texts)).long()
        parts = [
            _colour_error(state, *some)
            for some in zip(
                latents.split(32), noise.split(32), prompt_tokens.split(32), strict=True
            )
        ]
        errors[name] = round(float(np.mean(parts)), 4)
    return errors


def _colour_error(state: TrainingState, clean: Tensor, noise: Tensor, tokens: Tensor) -> float:
    kept = new_scheduler().alphas_cumprod[TIMESTEP]
    noisy = kept.sqrt() * clean + (1 - kept).sqrt() * noise
    prompt = state.average["text_encoder"](tokens).last_hidden_state
    restored = state.average["unet"](noisy, TIMESTEP, prompt).sample[:, :COLOUR_CHANNELS]
    return float((restored - clean[:, :COLOUR_CHANNELS] / COLOUR_STRENGTH).square().mean())


@cache
def _pictures() -> tuple[Tensor, list[str], list[str], Tensor]:
    made = [make_picture(SEED, number, SIDE) for number in range(PICTURES)]
    # Captions without parts have no colours to exchange.
    made = [(image, caption) for image, caption in made if caption.count(" , ") >= 2][:96]
    rng = np.random.default_rng(SEED)
    captions = [caption for _, caption in made]
    latents = torch.from_numpy(encode(np.stack([image for image, _ in made])))
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(SEED))
    return latents, captions, [exchange_colours(text, rng) for text in captions], noise
