"""A vision transformer beside the model: loading, its patch tokens, and what is told first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import Dinov2Model

from napari_homolog.context import RunContext
from napari_homolog.diffusion import ModelName, describe, load_backbone
from napari_homolog.diffusion.vision_transformer import VisionTransformer, load_vision_transformer
from napari_homolog.errors import CheckpointError
from small_models import save_small_dinov2

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small_dinov2(tmp_path_factory.mktemp("dinov2"))


def loaded(name: str | Path) -> VisionTransformer:
    return load_vision_transformer(str(name), CPU, RunContext())


def test_its_features_are_the_patches_tokens_of_unit_length(folder: Path) -> None:
    vision = loaded(folder)
    assert (vision.cells, vision.side) == (4, 56)
    views = torch.rand(2, 3, 56, 56, generator=torch.Generator().manual_seed(0))
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    with torch.no_grad():
        tokens = Dinov2Model.from_pretrained(folder)((views - mean) / deviation).last_hidden_state
    assert tokens.shape == (2, 17, 24)
    expected = functional.normalize(tokens[:, 1:], dim=-1)
    torch.testing.assert_close(vision.features(views), expected, atol=1e-5, rtol=1e-5)


def test_terms_and_size_are_told_before_a_download() -> None:
    told = describe("sd-1.5 with unet /x/clean.safetensors with vision dinov2-small")
    assert "download 2.1 GB" in told
    assert "facebook/dinov2-small: Apache-2.0" in told
    assert "download 0.09 GB" in told
    assert "/x/clean.safetensors, whose licence is not known" in told


def test_it_counts_in_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    other = save_small_dinov2(tmp_path / "other", seed=1)
    found = {
        load_backbone(ModelName("embedded", vision=vision), device="cpu").fingerprint
        for vision in (None, str(folder), str(other))
    }
    assert len(found) == 3


def test_others_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"neither a folder, nor a hub id"):
        loaded("dino")
    with pytest.raises(CheckpointError, match=r"holds no config\.json with model.safetensors"):
        loaded(tmp_path)
    copy = save_small_dinov2(tmp_path / "copy")
    weights = load_file(copy / "model.safetensors")
    save_file(dict(list(weights.items())[1:]), copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match="do not fit their configuration"):
        loaded(copy)
    (copy / "config.json").write_text(json.dumps({"model_type": "vit"}))
    with pytest.raises(CheckpointError, match="is a model of type 'vit'; a vision transformer of"):
        loaded(copy)
    with pytest.raises(CheckpointError, match="no file may start a download"):
        load_vision_transformer("somebody/dinov2", CPU, RunContext(), download=False)
