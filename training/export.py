"""From a training folder to the model that ships with the package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

NETWORKS = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text_encoder": CLIPTextModel}

UPWARD = (3, 4, 5)
"""The last cross-attention layer at 8 x 8, which tells parts and sides apart better than the others,
and the two at 16 x 16 on the way up, which tell best where a part is."""

TIMESTEP = 150


def export(work: Path, target: Path) -> int:
    """Write the embedded model: see `export_networks`."""
    return export_networks(work, target, "embedded", UPWARD, TIMESTEP)


def export_networks(
    work: Path, target: Path, name: str, layers: tuple[int, ...], timestep: int
) -> int:
    """Write networks as 16-bit safetensors, tokenizer, schedule and reading settings.

    Parameters
    ----------
    work : Path
        Where the training wrote.
    target : Path
        The model folder; its networks are replaced, a model card in it stays.
    name : str
        What the model calls itself.
    layers : tuple of int
        Cross-attention layers that landmarks are read from.
    timestep : int
        Noise level at which they are learned and located.

    Returns
    -------
    int
        Bytes written.
    """
    for part, kind in NETWORKS.items():
        shutil.rmtree(target / part, ignore_errors=True)
        network = kind.from_pretrained(work / part).to(torch.float16)
        network.save_pretrained(target / part, safe_serialization=True)
    for part in ("scheduler", "tokenizer"):
        shutil.rmtree(target / part, ignore_errors=True)
        shutil.copytree(work / part, target / part)
    _write_vocabulary(target / "tokenizer")
    shutil.copyfile(work / "training.json", target / "training.json")
    settings = {
        "name": name,
        "layers": list(layers),
        "learn_timestep": timestep,
        "locate_timestep": timestep,
    }
    (target / "homolog.json").write_text(json.dumps(settings, indent=2) + "\n")
    for path in target.rglob("config.json"):
        _forget_paths(path)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def _write_vocabulary(folder: Path) -> None:
    """Write the two files that other programs expect of a CLIP tokenizer."""
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = "\n".join(" ".join(pair) for pair in model["merges"])
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    CLIPTokenizer.from_pretrained(folder)


def _forget_paths(path: Path) -> None:
    """Remove where a network was loaded from: a path of the machine that trained it."""
    config = json.loads(path.read_text())
    config.pop("_name_or_path", None)
    path.write_text(json.dumps(config, indent=2) + "\n")
