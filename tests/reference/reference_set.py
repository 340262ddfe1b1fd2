"""Sets of reference values: a model, settings, and what code that is not ours computed with them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from seeded import LEARN_SEED, LOCATE_SEED, noise_and_prompt, noise_of_crops, write_model

from napari_homolog.correspondence import Preset, preset
from napari_homolog.diffusion import Backbone, load_backbone

SIDE = 512
LARGE_LAYERS = 2
"""Layers of 64 x 64 positions at the start, which the authors' numbering leaves out."""


@dataclass(frozen=True)
class ReferenceSet:
    """Reference values, and the backbone and the settings with which they were computed.

    Attributes
    ----------
    backbone : Backbone
        The model.
    values : dict of str to Tensor
        Where a name ends in ``_subN``, every N-th element along the last two axes of maps and
        latents, or along the last axis of gradients, is stored.
    settings : dict
        What settings.json holds; layers in the authors' numbering.
    """

    backbone: Backbone
    values: dict[str, torch.Tensor]
    settings: dict[str, Any]

    def sampled(self, name: str) -> tuple[torch.Tensor, int]:
        """Return a value and the step between its stored elements."""
        for stored, value in self.values.items():
            if match := re.fullmatch(rf"{name}(?:_sub(\d+))?", stored):
                return value, int(match.group(1) or 1)
        raise KeyError(name)

    @property
    def preset(self) -> Preset:
        """The preset ``paper`` with this set's layers, steps, sizes and timesteps."""
        return preset("paper").changed(
            "reference values",
            shared={
                "layers": tuple(layer + LARGE_LAYERS for layer in self.settings["layers"]),
                "crop_share": self.settings["crop_percent"] / 100,
            },
            learn={
                "steps": self.settings["steps"],
                "learning_rate": self.settings["learning_rate"],
                "sigma": self.settings["sigma_px"] / SIDE,
                "timestep": self.settings["t_learn"],
            },
            locate={"timestep": self.settings["t_locate"]},
        )

    @property
    def square(self) -> torch.Tensor:
        """The image, shape (1, 3, 512, 512) in [0, 1]."""
        return self.values["image"].permute(2, 0, 1)[None].float() / 255

    @property
    def pixel(self) -> np.ndarray:
        """The landmark, (row, col) in pixels of the image counted from its corner, shape (1, 2)."""
        x, y = self.settings["position_xy"]
        return np.array([[y * SIDE, x * SIDE]])


def load_reference_set(folder: Path, scratch: Path) -> ReferenceSet:
    """Load a set of reference values.

    Parameters
    ----------
    folder : Path
        Either with golden.npz and the model's weights, or, like ``data``, with what a seed cannot
        bring back.
    scratch : Path
        Where the model is written in the latter case.
    """
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    if (folder / "golden.npz").is_file():
        with np.load(folder / "golden.npz") as archive:
            values = {name: torch.from_numpy(archive[name]) for name in archive}
        model = folder / "model"
    else:
        values = small_values(folder, settings)
        model = write_model(folder, scratch)
    return ReferenceSet(load_backbone(model, device="cpu", precision="fp32"), values, settings)


def small_values(folder: Path, settings: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Return the values of a small set, completed from their seeds."""
    values = load_file(folder / "values.safetensors")
    with Image.open(folder / "image.webp") as image:
        values["image"] = torch.from_numpy(np.array(image.convert("RGB")))
    noise, prompt = map(torch.from_numpy, noise_and_prompt())
    values["noise"], values["context"] = noise, prompt
    values["opt_noise"] = torch.from_numpy(noise_of_crops(LEARN_SEED, settings["steps"]))
    values["infer_noise"] = torch.from_numpy(noise_of_crops(LOCATE_SEED, settings["views"]))
    values["opt_context"] = prompt + values.pop("opt_context_change").float()
    return values
