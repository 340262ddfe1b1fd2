"""Cost of the method at the size of Stable Diffusion 1, with random weights.

Naive is the published schedule for one landmark and one optimiser step: encode a crop, run the
full UNet forward, and backward to the prompt. The step of this package through the full UNet uses views
of an encoding made before and stops the forward pass after the last layer that is read.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import torch

from napari_homolog.correspondence import (
    Embeddings,
    LandmarkSet,
    LearnSettings,
    LocateSettings,
    locate,
    preset,
)
from napari_homolog.correspondence.maps.cached_queries import token_repeats
from napari_homolog.correspondence.maps.full_unet import full_unet_attention
from napari_homolog.correspondence.optimisation.by_full_unet import Step, attention_loss
from napari_homolog.correspondence.settings import AttentionSettings
from random_model import PROMPT_DIM, TOKENS, backbone_of, naive_step, new_model
from stored_results import store


def seconds(task: Callable[[], object], repeats: int) -> float:
    """Return the median time of some runs, after one that warms up."""
    task()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    torch.manual_seed(0)
    unet, vae = new_model()
    unet.requires_grad_(False).eval()
    vae.requires_grad_(False).eval()
    prompt = torch.randn(1, TOKENS, PROMPT_DIM, requires_grad=True)
    figures: dict[str, float] = {}

    backbone = backbone_of(unet, vae)
    settings = AttentionSettings(timestep=140)
    target = torch.zeros(1, 64, 64)
    noisy = torch.randn(1, 4, 64, 64)

    def full_unet_step() -> None:
        prompt.grad = None
        maps = full_unet_attention(backbone, noisy, prompt, settings)
        attention_loss(maps, Step(noisy, target, torch.ones(1))).sum().backward()

    figures["full_unet_step_seconds"] = seconds(full_unet_step, repeats)
    figures["full_unet_peak_memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures["naive_step_seconds"] = seconds(lambda: naive_step(unet, vae, prompt), repeats)
    figures["full_unet_over_naive"] = (
        figures["full_unet_step_seconds"] / figures["naive_step_seconds"]
    )

    image = np.random.default_rng(0).random((512, 512, 3), dtype=np.float32)
    locating = LocateSettings(timestep=140, encodings=1, windows=2)

    def locate_some(landmarks: int) -> None:
        distinct = token_repeats(TOKENS, LearnSettings().distinct_tokens)
        learned = LandmarkSet(
            names=tuple(str(number) for number in range(landmarks)),
            coarse=Embeddings(torch.randn(5, landmarks, len(distinct), PROMPT_DIM), distinct),
            mean_shape=np.full((landmarks, 2), np.nan),
            reference_background=np.full(landmarks, np.nan),
            backbone=backbone.to_dict(),
            preset=preset("attention").changed("timed", learn={"timestep": 140}),
            seed=0,
        )
        locate(backbone, image, learned, settings=locating)

    figures["locate_1_seconds"] = seconds(lambda: locate_some(1), repeats)
    figures["locate_20_seconds"] = seconds(lambda: locate_some(20), repeats)
    figures["locate_20_over_1"] = figures["locate_20_seconds"] / figures["locate_1_seconds"]
    figures = {name: round(value, 3) for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:24} {value}")
    print(f"stored in {store('step_cost', figures)}")


if __name__ == "__main__":
    main()
