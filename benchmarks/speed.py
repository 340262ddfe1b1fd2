"""Seconds and memory of learning and locating at the size of Stable Diffusion 1, by parts.

The floor of locating is one encoding of the target and one pass through the UNet up to the last layer
that is read. Learning and locating run completely, with the preset that is the default of large models
and the same functions as the widget and the command line. Weights are random: cost does not depend on
them, except for the step at which the plateau is reached, and for how often views are added: the target
is the reference itself, on which the references agree, and another picture, on which they do not.

With ``--published``, the published schedule is extrapolated from a few measured steps: 5 embeddings of
129 steps for one landmark at a time, each of which encodes a crop and runs the full UNet forward and
backward; to locate, it encodes and runs 20 crops for each of the 5.

On a busy computer, ``--processor-time`` counts the processor's seconds instead of those that pass: with
one thread, that is what an idle one takes.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from napari_homolog import Landmarks, Reference
from napari_homolog.correspondence import LandmarkSet, learn, locate, preset
from napari_homolog.correspondence.maps.full_unet import full_unet_attention
from napari_homolog.correspondence.optimisation.by_full_unet import Step, attention_loss
from napari_homolog.correspondence.settings import AttentionSettings
from napari_homolog.diffusion import Backbone
from napari_homolog.diffusion.threads import computing_threads, thread_count
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
PARTS = {"encode": "encoding", "queries": "passes"}
"""Methods of the backbone whose time is told apart from the rest: optimising, refining, reading out."""


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--preset", default="lean")
    parser.add_argument("--landmarks", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--repeats", type=int, default=2, help="Runs of which the median counts.")
    parser.add_argument("--published", action="store_true", help="Measure its steps too.")
    parser.add_argument(
        "--processor-time", action="store_true", help="Count the processor's seconds."
    )
    chosen = parser.parse_args()
    torch.manual_seed(0)
    unet, vae = new_model()
    backbone = backbone_of(unet, vae, chosen.device, chosen.precision)
    now = time.process_time if chosen.processor_time else time.perf_counter
    clock = Clock(backbone.device, chosen.repeats, now)
    figures: dict[str, float] = {
        "matrix_teraflops": ceiling(backbone.device, backbone.dtype),
        "threads_of_the_model": thread_count(backbone.latent_side),
        "processor_time": chosen.processor_time,
    }
    figures |= floor(backbone, clock)
    report(figures)
    first, last = min(chosen.landmarks), max(chosen.landmarks)
    for count in chosen.landmarks:
        figures |= cached_queries(backbone, count, clock, chosen.preset)
        report({key: value for key, value in figures.items() if key.endswith(f"_{count}")})
    figures |= {
        f"locate_{count}_of_floor": figures[f"locate_{count}"] / figures["floor"]
        for count in chosen.landmarks
    }
    figures[f"learn_{last}_of_{first}"] = figures[f"learn_{last}"] / figures[f"learn_{first}"]
    figures["peak_memory_gb"] = peak_memory(backbone.device)
    if chosen.published:
        figures |= published(backbone, (unet, vae), chosen.landmarks, clock)
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
    now : callable
        Returns the present second.
    """

    def __init__(
        self, device: torch.device, repeats: int, now: Callable[[], float] = time.perf_counter
    ) -> None:
        self._device, self._repeats, self._now = device, repeats, now

    def once(self, task: Callable[[], object]) -> float:
        """Return the seconds of one run."""
        start = self._now()
        task()
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return self._now() - start

    def median(self, task: Callable[[], object]) -> float:
        """Return the median of some runs, after one that warms up."""
        self.once(task)
        return float(np.median([self.once(task) for _ in range(self._repeats)]))


def floor(backbone: Backbone, clock: Clock) -> dict[str, float]:
    """Return the seconds of one encoding of a whole picture, of one shortened pass, and both."""
    settings = preset()
    canvas = int(np.ceil(backbone.latent_side / settings.shared.crop_share)) * backbone.vae_factor
    picture = torch.rand(1, 3, canvas, canvas)
    latent = torch.randn(1, 4, backbone.latent_side, backbone.latent_side)
    with computing_threads(backbone):
        encoding = clock.median(lambda: backbone.encode(picture))
        one_pass = clock.median(lambda: backbone.queries(latent, 140))
    return {"encoding": encoding, "pass": one_pass, "floor": encoding + one_pass}


@contextmanager
def told_apart(backbone: Backbone, clock: Clock, figures: dict[str, float]) -> Iterator[None]:
    """Add up the seconds that the backbone's encoding and passes take in this block."""
    whole: dict[str, Callable[..., Any]] = {name: getattr(backbone, name) for name in PARTS}

    def timed(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            answer: list[Any] = []
            seconds = clock.once(lambda: answer.append(whole[name](*arguments, **options)))
            figures[PARTS[name]] = figures.get(PARTS[name], 0.0) + seconds
            return answer[0]

        return call

    for name in PARTS:
        setattr(backbone, name, timed(name))
    try:
        yield
    finally:
        for name in PARTS:
            delattr(backbone, name)


def cached_queries(backbone: Backbone, count: int, clock: Clock, name: str) -> dict[str, float]:
    """Return the seconds to learn some landmarks and to locate them, and the parts of both."""
    rng = np.random.default_rng(0)
    image, other = (rng.random((SIDE, SIDE, 3), dtype=np.float32) for _ in range(2))
    points = {str(number): tuple(rng.uniform(50, SIDE - 50, 2)) for number in range(count)}
    learned: list[LandmarkSet] = []

    def learning() -> None:
        reference = Reference(image, Landmarks(points))
        learned.append(learn(backbone, [reference], preset=preset(name)))

    tasks: dict[str, Callable[[], object]] = {
        "learn": learning,
        "locate": lambda: locate(backbone, image, learned[0]),
        "locate_another": lambda: locate(backbone, other, learned[0]),
    }
    figures: dict[str, float] = {}
    for task, run in tasks.items():
        parts: dict[str, float] = {}
        with told_apart(backbone, clock, parts):
            seconds = clock.once(run)
        figures[f"{task}_{count}"] = seconds
        figures |= {f"{task}_{part}_{count}": value for part, value in parts.items()}
        figures[f"{task}_rest_{count}"] = seconds - sum(parts.values())
    return figures


def published(
    backbone: Backbone, networks: tuple[Any, Any], counts: list[int], clock: Clock
) -> dict[str, float]:
    """Return the seconds of the published schedule, extrapolated from its steps."""
    shape = (1, TOKENS, PROMPT_DIM)
    prompt = torch.randn(shape, device=backbone.device, dtype=backbone.dtype, requires_grad=True)
    figures = {
        "full_unet_step": clock.median(lambda: full_unet_step(backbone, prompt)),
        "naive_step": clock.median(lambda: naive_step(*networks, prompt)),
    }
    with torch.no_grad():
        figures["naive_crop"] = clock.median(lambda: naive_crop(*networks, prompt))
    for count in counts:
        learned = count * RESTARTS * STEPS
        figures[f"naive_learn_{count}"] = learned * figures["naive_step"]
        figures[f"full_unet_learn_{count}"] = learned * figures["full_unet_step"]
        figures[f"naive_locate_{count}"] = count * RESTARTS * CROPS * figures["naive_crop"]
    return figures


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
