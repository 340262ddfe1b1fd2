"""What the method costs at the real size of Stable Diffusion 1, with random weights.

Naive is the published schedule for one landmark and one optimiser step: encode a crop, run the
whole UNet forward, and go backward to the prompt. Exact is this package's: views of an encoding made
before, a forward pass that stops after the last layer read, and the same backward pass.
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
from napari_homolog.correspondence.exact import Step, attention_loss, exact_attention
from napari_homolog.correspondence.frozen import token_repeats
from random_model import PROMPT_DIM, TOKENS, backbone_of, naive_step, new_model
from results import store


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
    settings = LearnSettings(method="exact", timestep=140)
    target = torch.zeros(1, 64, 64)
    noisy = torch.randn(1, 4, 64, 64)

    def exact_step() -> None:
        prompt.grad = None
        maps = exact_attention(backbone, noisy, prompt, settings)
        attention_loss(maps, Step(noisy, target, torch.ones(1))).sum().backward()

    figures["exact_step_seconds"] = seconds(exact_step, repeats)
    figures["exact_peak_memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures["naive_step_seconds"] = seconds(lambda: naive_step(unet, vae, prompt), repeats)
    figures["exact_over_naive"] = figures["exact_step_seconds"] / figures["naive_step_seconds"]

    image = np.random.default_rng(0).random((512, 512, 3), dtype=np.float32)
    locating = LocateSettings(timestep=140, encodings=1, windows=2)

    def locate_some(landmarks: int) -> None:
        distinct = token_repeats(TOKENS, LearnSettings().distinct_tokens)
        learned = LandmarkSet(
            names=tuple(str(number) for number in range(landmarks)),
            whole=Embeddings(torch.randn(5, landmarks, len(distinct), PROMPT_DIM)),
            repeats=distinct,
            arrangement=np.full((landmarks, 2), np.nan),
            backbone=backbone.to_dict(),
            preset=preset("balanced").changed("timed", learn={"timestep": 140}),
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
