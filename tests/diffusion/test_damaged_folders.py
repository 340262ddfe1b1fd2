"""Model folders that are damaged, incomplete, or of another kind: one sentence, in good time."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from napari_homolog.diffusion import load_backbone
from napari_homolog.errors import CheckpointError

SCHEDULER = "scheduler/scheduler_config.json"
UNET = "unet/config.json"


@pytest.fixture
def copy(sd1_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sd1_folder, tmp_path / "copy"))


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def refused(folder: Path, message: str) -> None:
    start = time.process_time()
    with pytest.raises(CheckpointError, match=message) as caught:
        load_backbone(folder, device="cpu", precision="fp32")
    assert time.process_time() - start < 5
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


CONFIGS = {
    "quantised": (UNET, {"quantization_config": {"bits": 4}}, "weights are quantised"),
    "endless timesteps": (SCHEDULER, {"num_train_timesteps": 10**6}, "1000000 timesteps"),
    "too many to count": (SCHEDULER, {"num_train_timesteps": 10**15}, "num_train_timesteps is"),
    "no number of timesteps": (SCHEDULER, {"num_train_timesteps": "many"}, "'many' timesteps"),
    "flow matching": (
        SCHEDULER,
        {"_class_name": "FlowMatchEulerDiscreteScheduler"},
        "noise schedule of another kind .FlowMatchEulerDiscreteScheduler",
    ),
    "flow sigmas": (SCHEDULER, {"use_flow_sigmas": True}, "another kind .flow matching"),
    "flow prediction": (
        SCHEDULER,
        {"prediction_type": "flow_prediction"},
        "another kind .flow matching",
    ),
    "EDM": (SCHEDULER, {"_class_name": "EDMEulerScheduler"}, "noise schedule of another kind"),
    "endless layers": (UNET, {"layers_per_block": 10**5}, "layers_per_block is 100000"),
    "endless channels": (UNET, {"in_channels": 10**12}, "in_channels is"),
    "blocks of no kind": (
        UNET,
        {"down_block_types": ["Nothing"] * 4},
        "cannot be loaded|do not fit",
    ),
    "channels of text": (UNET, {"block_out_channels": ["a", "b"]}, "cannot be loaded|do not fit"),
    "no side": (UNET, {"sample_size": None}, "side None .sample_size."),
    "two sides": (UNET, {"sample_size": [64, 64]}, r"side \[64, 64\] .sample_size."),
    "endless sides": (UNET, {"sample_size": 10**5}, "side 100000 .sample_size."),
    "no end of text": ("text_encoder/config.json", {"eos_token_id": None}, "cannot be loaded"),
    "no shift": (UNET, {"freq_shift": None}, "cannot compute what"),
    "an epsilon of text": (UNET, {"norm_eps": "small"}, "cannot compute what"),
    "endless padding": (UNET, {"downsample_padding": 10**5}, "cannot compute what"),
    "wide padding": (UNET, {"downsample_padding": [16, 16]}, "cannot compute what"),
    "no scale": ("vae/config.json", {"scaling_factor": None}, "scaling_factor None, expected"),
    "a mean of all": ("vae/config.json", {"latents_mean": 0}, "latents_mean 0, .* expected 4"),
    "another encoder": ("text_encoder/config.json", {"hidden_size": 0}, "cannot be loaded"),
}


@pytest.mark.parametrize("what", CONFIGS)
def test_a_configuration_that_cannot_be(copy: Path, what: str) -> None:
    file, changes, message = CONFIGS[what]
    edit(copy / file, **changes)
    refused(copy, message)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, "[]", "null", "\xff", ""])
@pytest.mark.parametrize("file", [UNET, SCHEDULER, "text_encoder/config.json"])
def test_a_configuration_that_is_no_object(copy: Path, file: str, text: str) -> None:
    (copy / file).write_text(text, encoding="latin-1")
    refused(copy, f"{Path(file).name} is missing or damaged")


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_weights_that_are_not_finite(copy: Path, part: str, value: float) -> None:
    (path,) = (copy / part).glob("*.safetensors")
    weights = load_file(path)
    name = next(key for key, weight in weights.items() if weight.is_floating_point())
    weights[name].view(-1)[-1] = value
    save_file(weights, path, metadata={"format": "pt"})
    refused(copy, "has values that are not finite")


def test_sdxl_without_its_second_text_encoder(sdxl_folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sdxl_folder, tmp_path / "copy"))
    for name in ("text_encoder_2", "tokenizer_2"):
        shutil.rmtree(copy / name)
    refused(copy, "lacks a text encoder.*copy or download text_encoder and text_encoder_2")


def test_text_encoders_of_another_model(
    sd1_folder: Path, sdxl_folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(sd1_folder, tmp_path / "copy"))
    for name in ("text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2"):
        shutil.copytree(sdxl_folder / name, copy / name, dirs_exist_ok=True)
    refused(copy, "give prompts of width .* they belong to another model")


def test_a_text_encoder_without_all_its_weights(copy: Path) -> None:
    path = copy / "text_encoder" / "model.safetensors"
    weights = load_file(path)
    del weights[next(name for name in weights if "layers.0" in name)]
    save_file(weights, path, metadata={"format": "pt"})
    refused(copy, "do not fit their configuration.*layers.0")


def test_a_text_encoder_that_needs_more_memory_than_there_is(copy: Path) -> None:
    # 12 layers of four matrices of 100,000 x 100,000: 19 million megabytes.
    edit(copy / "text_encoder" / "config.json", hidden_size=10**5, num_hidden_layers=12)
    refused(copy, r"describes \d{3},\d{3},\d{3},\d{3} weights, its files hold")


def test_an_input_of_endless_size(copy: Path) -> None:
    (copy / "homolog.json").write_text('{"resolution": 1000000}')
    refused(copy, "resolution: Input should be less than or equal to 4096")
