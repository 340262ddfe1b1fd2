"""Seconds and memory of the published schedule and of this package, at the size of Stable Diffusion 1.

The published schedule learns one landmark at a time: 5 embeddings of 129 steps, each of which
encodes a crop and runs the full UNet forward and backward; to locate, it encodes and runs 20 crops
for each of the 5. It is extrapolated from a few measured steps, and so is learning through the full
UNet. Learning through cached queries and locating run completely, with the preset ``attention`` and the
same functions as the widget and the command line. Weights are random: cost does not depend on them,
except for the step at which the plateau is reached.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import torch

from napari_homolog import Landmarks, Reference
from napari_homolog.correspondence import learn, locate, preset
from napari_homolog.correspondence.maps.full_unet import full_unet_attention
from napari_homolog.correspondence.optimisation.by_full_unet import Step, attention_loss
from napari_homolog.correspondence.settings import AttentionSettings
from napari_homolog.diffusion import Backbone
from random_model import (
    PROMPT_DIM,
    TOKENS,
    backbone_of,
    naive_crop,
    naive_step,
    new_model,
)
from stored_results import store

RESTARTS, STEPS, CROPS = 5, 129, 20
"""Numbers of the published schedule."""

SIDE = 512


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--landmarks", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--steps", type=int, default=3, help="Measured steps of each schedule.")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    unet, vae = new_model()
    backbone = backbone_of(unet, vae, chosen.device, chosen.precision)
    shape = (1, TOKENS, PROMPT_DIM)
    prompt = torch.randn(shape, device=backbone.device, dtype=backbone.dtype, requires_grad=True)
    clock = Clock(backbone.device, chosen.steps)
    figures: dict[str, float] = {"matrix_teraflops": ceiling(backbone.device, backbone.dtype)}
    for count in chosen.landmarks:
        figures |= {
            f"{name}_{count}": value for name, value in cached_queries(backbone, count, clock)
        }
        report(figures)
    figures["peak_memory_gb"] = peak_memory(backbone.device)
    figures["full_unet_step"] = clock.median(lambda: full_unet_step(backbone, prompt))
    figures["naive_step"] = clock.median(lambda: naive_step(unet, vae, prompt))
    with torch.no_grad():
        figures["naive_crop"] = clock.median(lambda: naive_crop(unet, vae, prompt))
    for count in chosen.landmarks:
        learned = count * RESTARTS * STEPS
        figures[f"naive_learn_{count}"] = learned * figures["naive_step"]
        figures[f"full_unet_learn_{count}"] = learned * figures["full_unet_step"]
        figures[f"naive_locate_{count}"] = count * RESTARTS * CROPS * figures["naive_crop"]
        for task in ("learn", "locate"):
            ratio = figures[f"naive_{task}_{count}"] / figures[f"{task}_{count}"]
            figures[f"{task}_times_faster_{count}"] = ratio
    report(figures)
    name = f"speed_{backbone.device.type}_{chosen.precision}"
    print(f"stored in {store(name, {key: round(value, 3) for key, value in figures.items()})}")


class Clock:
    """Times tasks on a device, including work that is still queued there.

    Parameters
    ----------
    device : torch.device
        Where the tasks compute.
    repeats : int
        Runs of which the median counts.
    """

    def __init__(self, device: torch.device, repeats: int) -> None:
        self._device, self._repeats = device, repeats

    def once(self, task: Callable[[], object]) -> float:
        """Return the seconds of one run."""
        start = time.perf_counter()
        task()
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter() - start

    def median(self, task: Callable[[], object]) -> float:
        """Return the median of some runs, after one that warms up."""
        self.once(task)
        return float(np.median([self.once(task) for _ in range(self._repeats)]))


def cached_queries(backbone: Backbone, count: int, clock: Clock) -> list[tuple[str, float]]:
    """Return the seconds to learn some landmarks through cached queries, and to locate them."""
    rng = np.random.default_rng(0)
    image = rng.random((SIDE, SIDE, 3), dtype=np.float32)
    points = {str(number): tuple(rng.uniform(50, SIDE - 50, 2)) for number in range(count)}
    attention = preset("attention")
    learned = []

    def learning() -> None:
        learned.append(learn(backbone, [Reference(image, Landmarks(points))], preset=attention))

    learn_seconds = clock.once(learning)
    locate_seconds = clock.once(lambda: locate(backbone, image, learned[0]))
    return [("learn", learn_seconds), ("locate", locate_seconds)]


def full_unet_step(backbone: Backbone, prompt: torch.Tensor) -> None:
    """Take one step of learning through the full UNet for one landmark."""
    settings = AttentionSettings(timestep=140)
    prompt.grad = None
    latent = torch.zeros(1, 4, SIDE // 8, SIDE // 8, device=backbone.device)
    maps = full_unet_attention(backbone, latent, prompt, settings)
    target = torch.zeros(1, SIDE // 8, SIDE // 8, device=backbone.device)
    weight = torch.ones(1, device=backbone.device)
    attention_loss(maps, Step(latent, target, weight)).sum().backward()


def ceiling(device: torch.device, dtype: torch.dtype, side: int = 4096) -> float:
    """Return the tera floating-point operations a second of a large matrix product."""
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / Clock(device, 5).median(lambda: left @ right) / 1e12


def peak_memory(device: torch.device) -> float:
    """Return the most memory that was in use so far, in gigabytes of 2**30 bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def report(figures: dict[str, float]) -> None:
    """Print figures, the newest last."""
    for name, value in figures.items():
        print(f"{name:28}{value:12.3f}", flush=True)


if __name__ == "__main__":
    main()
