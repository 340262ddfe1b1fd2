"""Every checkpoint of the catalogue in its published layout, small, from the hub's cache.

The configurations are the published ones that the package holds, with all widths divided by eight
and sides by four; depths, attention heads and layers are as published.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from huggingface_hub import constants
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import napari_homolog as nh
from napari_homolog.diffusion import CATALOGUE, load_backbone
from napari_homolog.diffusion.single_file import CONFIGS
from small_models import small_tokenizer

SHARE = 8
SIDES = 4
FAMILIES = {
    "sd-1.4": "sd1",
    "sd-1.5": "sd1",
    "sd-turbo": "sd2",
    "sdxl": "sdxl",
    "sdxl-turbo": "sdxl",
}
MAPS = {"sd1": [4, 4, 4, 8], "sd2": [4, 4, 4, 8]}
"""Sides of the maps that are read: a quarter of 16 and 32, as Hedlin et al. 2023 have them."""

FLAT = nh.preset("lean").changed(
    "flat", learn={"restarts": 1, "steps": 3, "windows": 1}, locate={"further_views": 0}
)


def narrow(entries: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a configuration with some of its numbers divided."""
    divided = {
        name: [value // SHARE for value in entries[name]]
        if isinstance(entries[name], list)
        else entries[name] // SHARE
        for name in names
        if entries.get(name) is not None
    }
    return {**entries, **divided}


def published(family: str, part: str) -> dict[str, Any]:
    text = (CONFIGS / family / part / "config.json").read_text(encoding="utf-8")
    entries: dict[str, Any] = json.loads(text)
    return entries


def write_model(folder: Path, family: str, resolution: int) -> None:
    """Write a model as its publisher does: parts in half precision, a listing, other files."""
    torch.manual_seed(0)
    unet = narrow(
        published(family, "unet"),
        "block_out_channels",
        "cross_attention_dim",
        "addition_time_embed_dim",
        "projection_class_embeddings_input_dim",
    ) | {"norm_num_groups": 8, "sample_size": resolution // 8 // SIDES}
    vae = narrow(published(family, "vae"), "block_out_channels") | {"norm_num_groups": 8}
    half: dict[str, Any] = {"variant": "fp16"}
    UNet2DConditionModel.from_config(unet).half().save_pretrained(folder / "unet", **half)
    AutoencoderKL.from_config(vae).half().save_pretrained(folder / "vae", **half)
    tokenizer = small_tokenizer()
    for suffix in ("", "_2")[: 2 if family == "sdxl" else 1]:
        entries = published(family, f"text_encoder{suffix}")
        widths = narrow(entries, "hidden_size", "intermediate_size", "projection_dim")
        config = CLIPTextConfig(
            **{
                key: widths[key]
                for key in ("hidden_size", "intermediate_size", "projection_dim", "hidden_act")
            },
            num_attention_heads=entries["num_attention_heads"],
            num_hidden_layers=2,
            vocab_size=len(tokenizer),
            eos_token_id=len(tokenizer) - 1,
        )
        kind = CLIPTextModelWithProjection if suffix else CLIPTextModel
        kind(config).half().save_pretrained(folder / f"text_encoder{suffix}", **half)
        tokenizer.save_pretrained(folder / f"tokenizer{suffix}")
    shutil.copytree(CONFIGS / family / "scheduler", folder / "scheduler")
    shutil.copyfile(CONFIGS / family / "model_index.json", folder / "model_index.json")


@pytest.mark.parametrize("name", FAMILIES)
def test_learning_and_locating_a_landmark(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = CATALOGUE[name]
    cached = tmp_path / f"models--{known.source.replace('/', '--')}" / "snapshots"
    write_model(cached / str(known.revision), FAMILIES[name], known.resolution)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    backbone = load_backbone(name, device="cpu", precision="fp32")
    assert backbone.provenance.revision == known.revision
    assert (backbone.resolution * SIDES, backbone.layers) == (known.resolution, known.layers)
    assert backbone.prompt_shape[0] == 77
    assert nh.correspondence.preset_for(backbone.latent_side * SIDES).name == "lean"
    side = backbone.latent_side
    queries = backbone.queries(torch.zeros(1, 4, side, side), 140)
    expected = MAPS.get(FAMILIES[name], [side // 4] * 3 + [side // 2])[: len(backbone.layers)]
    assert [layer.shape[0] for layer in queries] == expected
    image = np.random.default_rng(0).random((60, 80, 3), dtype=np.float32)
    reference = nh.Reference(image, nh.Landmarks({"tip": (30.0, 40.0)}))
    learned = nh.learn(backbone, [reference], preset=FLAT)
    found = nh.locate(backbone, image, learned)
    assert found.points.shape == (1, 2)
    assert np.isfinite(found.points).all()
    assert learned.backbone["name"] == name


def test_every_checkpoint_that_is_downloaded_is_tested() -> None:
    downloaded = {name for name, one in CATALOGUE.items() if one.source != "package"}
    assert downloaded == set(FAMILIES)
