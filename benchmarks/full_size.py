"""Learns and locates a landmark with each family of the catalogue at full size; peak of memory.

The configurations are the published ones that the package holds; weights are random. Each family runs
in a process of its own, so that its peak is its own. ``--divide-widths 8`` makes all networks narrower,
for computers that cannot hold the 2.6 billion weights of SDXL's UNet, and to try the script.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

from napari_homolog import Landmarks, Reference
from napari_homolog.correspondence import learn, locate, preset_for
from napari_homolog.diffusion.architecture import check_architecture, default_layers
from napari_homolog.diffusion.backbone import Backbone, Components
from napari_homolog.diffusion.fingerprint import Provenance
from napari_homolog.diffusion.hardware import PRECISIONS
from napari_homolog.diffusion.model_defaults import Defaults
from napari_homolog.diffusion.single_file import CONFIGS
from napari_homolog.diffusion.text_encoders import TOKENS, Conditioning
from stored_results import store

FAMILIES = ("sd1", "sd2", "sdxl")
WIDTHS = (
    "block_out_channels",
    "cross_attention_dim",
    "addition_time_embed_dim",
    "projection_class_embeddings_input_dim",
)


def main() -> None:
    """Measure each family, print and store; or, as a process of it, one family."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", action="append", choices=FAMILIES, help="Default: all.")
    parser.add_argument("--precision", default="fp32", choices=list(PRECISIONS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--divide-widths", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="In this process; prints JSON.")
    chosen = parser.parse_args()
    if chosen.here:
        backbone = random_backbone(
            chosen.family[0], chosen.divide_widths, chosen.device, chosen.precision
        )
        print(json.dumps(measure(backbone)))
        return
    figures: dict[str, Any] = {"divide_widths": chosen.divide_widths, "precision": chosen.precision}
    for family in chosen.family or FAMILIES:
        options = (f"--precision={chosen.precision}", f"--device={chosen.device}", "--here")
        widths = f"--divide-widths={chosen.divide_widths}"
        command = [sys.executable, __file__, "--family", family, widths, *options]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        figures[family] = json.loads(done.stdout)
        print(family, figures[family], flush=True)
    if chosen.divide_widths == 1:
        print(f"stored in {store(f'full_size_{chosen.precision}', figures)}")


class FixedPrompt:
    """Stands in for the text encoders: one random embedding of the right widths for every text."""

    tokens = TOKENS

    def __init__(self, width: int, pooled: int) -> None:
        generator = torch.Generator().manual_seed(0)
        prompt = torch.randn(1, TOKENS, width, generator=generator)
        self._embedding = Conditioning(prompt, torch.randn(1, pooled, generator=generator))

    def encode(self, text: str) -> Conditioning:
        """Return the embedding."""
        return self._embedding


def random_backbone(family: str, divisor: int, device: str, precision: str) -> Backbone:
    """Return a backbone of a family with random weights.

    Parameters
    ----------
    family : str
        One of `FAMILIES`.
    divisor : int
        By which all widths are divided.
    device, precision : str
        Where and how it computes.
    """
    unet = UNet2DConditionModel.from_config(_config(family, "unet", divisor))
    vae = AutoencoderKL.from_config(_config(family, "vae", divisor))
    check_architecture(unet, vae, CONFIGS / family)
    config = unet.config
    pooled = 1
    if config.addition_embed_type == "text_time":
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    text: Any = FixedPrompt(int(config.cross_attention_dim), pooled)
    schedule = DDIMScheduler.from_pretrained(CONFIGS / family / "scheduler")
    return Backbone(
        Components(unet, vae, schedule.alphas_cumprod, text),
        defaults=Defaults(default_layers(unet)),
        provenance=Provenance(family, None, "0"),
        device=torch.device(device),
        dtype=PRECISIONS[precision],
    )


def _config(family: str, part: str, divisor: int) -> dict[str, Any]:
    text = (CONFIGS / family / part / "config.json").read_text(encoding="utf-8")
    entries: dict[str, Any] = json.loads(text)
    if divisor == 1:
        return entries
    for name in WIDTHS:
        value = entries.get(name)
        if value is not None:
            many = isinstance(value, list)
            entries[name] = [one // divisor for one in value] if many else value // divisor
    return {**entries, "norm_num_groups": 8}


def measure(backbone: Backbone) -> dict[str, Any]:
    """Learn one landmark on a random picture, locate it there, and return seconds and memory."""
    image = np.random.default_rng(0).random((512, 512, 3), dtype=np.float32)
    reference = Reference(image, Landmarks({"tip": (200.0, 300.0)}))
    start = time.perf_counter()
    learned = learn(backbone, [reference], preset=preset_for(backbone.latent_side))
    middle = time.perf_counter()
    locate(backbone, image, learned)
    seconds = (middle - start, time.perf_counter() - middle)
    if backbone.device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(backbone.device) / 2**30
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "resolution": backbone.resolution,
        "layers": list(backbone.layers),
        "preset": learned.preset.name,
        "learn_seconds": round(seconds[0], 1),
        "locate_seconds": round(seconds[1], 1),
        "peak_memory_gb": round(peak, 2),
    }


if __name__ == "__main__":
    main()
