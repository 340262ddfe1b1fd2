"""The noise that is added to latents."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..settings import Noise


def draw_noise(shape: Sequence[int], noise: Noise, generator: torch.Generator) -> Tensor:
    """Return noise, drawn on the CPU so that every device sees the same.

    Parameters
    ----------
    shape : sequence of int
        Shape of the noise.
    noise : {"gaussian", "uniform"}
        Standard normal, or uniform in [0, 1).
    generator : torch.Generator
        Source of the numbers.
    """
    draw = torch.randn if noise == "gaussian" else torch.rand
    return draw(tuple(shape), generator=generator)
