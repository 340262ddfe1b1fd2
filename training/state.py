"""What a training run consists of between two steps, and how it is saved, resumed and published."""

from __future__ import annotations

import copy
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from .block_autoencoder import new_autoencoder
from .block_transform import COLOUR_CHANNELS, COLOUR_STRENGTH
from .denoiser import new_scheduler, scale_colour
from .export import UPWARD, export_networks
from .vocabulary import MAX_TOKENS

KEPT = 2
"""Saved states that are kept; older ones are removed."""

READ_TIMESTEP = 60
"""Noise level at which landmarks are learned and located. The block transform's weak channels, such as
those of pale veins, drown in the noise of the 150th timestep that suited the earlier latents."""

COUNTERS = ("steps", "pictures_seen", "generated", "seconds", "annealed")


@dataclass(eq=False)
class TrainingState:
    """Networks, their averages, the optimiser and the counters.

    Attributes
    ----------
    networks : nn.ModuleDict
        ``unet`` and ``text_encoder``; the UNet gives colour channels at unit strength.
    average : nn.ModuleDict
        The same, averaged over steps.
    optimiser : torch.optim.AdamW
        Of the networks.
    tokenizer : CLIPTokenizer
        The captions' words.
    counters : dict of str to int
        `COUNTERS`: optimiser steps, pictures shown, pictures generated, seconds of training, and
        pictures shown since the learning rate began to fall.
    """

    networks: nn.ModuleDict
    average: nn.ModuleDict
    optimiser: torch.optim.AdamW
    tokenizer: CLIPTokenizer
    counters: dict[str, int]

    def blank_tokens(self) -> NDArray[np.int64]:
        """Return the tokens of the empty caption."""
        padded = self.tokenizer(
            [""], padding="max_length", max_length=MAX_TOKENS, return_tensors="np"
        )
        return np.asarray(padded.input_ids[0], dtype=np.int64)


def new_state(
    unet: UNet2DConditionModel,
    text_encoder: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    counters: dict[str, int] | None = None,
) -> TrainingState:
    """Return a state whose averages are the networks and whose optimiser is fresh."""
    networks = nn.ModuleDict({"unet": unet.float(), "text_encoder": text_encoder.float()}).train()
    optimiser = torch.optim.AdamW(
        networks.parameters(), 1e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    average = copy.deepcopy(networks).requires_grad_(False)
    start = dict.fromkeys(COUNTERS, 0) | (counters or {})
    return TrainingState(networks, average, optimiser, tokenizer, start)


def save_state(state: TrainingState, folder: Path) -> Path:
    """Write a state to a folder of its own atomically; remove all but the newest `KEPT`.

    A run that is killed while it writes leaves the earlier states as they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob("incomplete-*"):
        shutil.rmtree(leftover)
    final = folder / f"step-{state.counters['steps']:08d}"
    part = folder / f"incomplete-{os.getpid()}"
    part.mkdir()
    tensors = {f"networks.{name}": value for name, value in state.networks.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in state.average.state_dict().items()}
    for index, values in state.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in values.items()}
    save_file(
        {name: value.contiguous().clone() for name, value in tensors.items()},
        part / "tensors.safetensors",
    )
    state.networks["unet"].save_config(part / "unet")
    state.networks["text_encoder"].config.save_pretrained(part / "text_encoder")
    state.tokenizer.save_pretrained(part / "tokenizer")
    (part / "counters.json").write_text(json.dumps(state.counters))
    _flush(part)
    if final.exists():
        shutil.rmtree(final)
    part.rename(final)
    _flush(folder)
    for old in sorted(folder.glob("step-*"))[:-KEPT]:
        shutil.rmtree(old)
    return final


def load_newest(folder: Path) -> TrainingState | None:
    """Return the newest saved state of a folder, or None if there is none."""
    saved = sorted(folder.glob("step-*")) if folder.is_dir() else []
    return load_state(saved[-1]) if saved else None


def load_state(folder: Path) -> TrainingState:
    """Return a state that `save_state` wrote."""
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder / "unet"))
    encoder = CLIPTextModel(CLIPTextModel.config_class.from_pretrained(folder / "text_encoder"))
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    counters = json.loads((folder / "counters.json").read_text())
    state = new_state(unet, encoder, tokenizer, counters)
    tensors = load_file(folder / "tensors.safetensors")
    state.networks.load_state_dict(_named(tensors, "networks."))
    state.average.load_state_dict(_named(tensors, "average."))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _named(tensors, "optimiser.").items():
        index, moment = name.split(".")
        moments.setdefault(int(index), {})[moment] = value
    groups = state.optimiser.state_dict()["param_groups"]
    state.optimiser.load_state_dict({"state": moments, "param_groups": groups})
    return state


def write_model(state: TrainingState, work: Path, target: Path) -> int:
    """Write the averaged networks as a model folder that `load_backbone` takes; return its bytes.

    Parameters
    ----------
    state : TrainingState
        What to write.
    work : Path
        For files in between; the auto-encoder in its folder ``vae``, whose decoder may be trained,
        goes before the one that the target already has.
    target : Path
        The model folder: 16-bit safetensors, and the counters in ``training.json``.
    """
    parts = work / "parts"
    shutil.rmtree(parts, ignore_errors=True)
    unet = copy.deepcopy(state.average["unet"])
    scale_colour(unet, COLOUR_STRENGTH, COLOUR_CHANNELS)
    unet.save_pretrained(parts / "unet")
    state.average["text_encoder"].save_pretrained(parts / "text_encoder")
    state.tokenizer.save_pretrained(parts / "tokenizer")
    new_scheduler().save_pretrained(parts / "scheduler")
    trained = [folder / "vae" for folder in (work, target) if (folder / "vae").is_dir()]
    if trained:
        shutil.copytree(trained[0], parts / "vae")
    else:
        new_autoencoder().save_pretrained(parts / "vae")
    (parts / "training.json").write_text(json.dumps(state.counters, indent=2) + "\n")
    return export_networks(parts, target, "embedded", UPWARD, READ_TIMESTEP)


def read_model(folder: Path) -> TrainingState:
    """Return a state that starts from a model folder, with a fresh optimiser."""
    unet = UNet2DConditionModel.from_pretrained(folder / "unet").float()
    scale_colour(unet, 1 / COLOUR_STRENGTH, COLOUR_CHANNELS)
    encoder = CLIPTextModel.from_pretrained(folder / "text_encoder").float()
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    counters = json.loads((folder / "training.json").read_text())
    return new_state(unet, encoder, tokenizer, counters)


def _named(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _flush(folder: Path) -> None:
    """Have the system write a folder's files to the disk."""
    for path in [*folder.rglob("*"), folder]:
        if path.is_file() or path == folder:
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
