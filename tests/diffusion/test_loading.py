"""Loading folders and hub models, and one clear error for whatever cannot be loaded."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from safetensors.torch import load_file, save_file
from transformers.utils import logging as transformers_logging

from napari_homolog.diffusion import CATALOGUE, load_backbone
from napari_homolog.errors import CheckpointError, SettingsError
from small_models import SIDE, save_small_sd1, small_tiny_vae

WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def copy(sd1_folder, tmp_path):
    return Path(shutil.copytree(sd1_folder, tmp_path / "copy"))


def cut(path: Path, share: float = 0.5) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_fingerprint_depends_on_the_files_but_not_on_location_or_precision(sd1, copy, tmp_path):
    moved = load_backbone(copy, device="cpu", precision="bf16")
    assert moved.fingerprint == sd1.fingerprint
    assert len(sd1.fingerprint) == 64
    another = load_backbone(save_small_sd1(tmp_path / "other", seed=1), device="cpu")
    assert another.fingerprint != sd1.fingerprint


def test_the_fingerprint_depends_on_the_architecture(sd1, copy):
    edit(copy / "unet" / "config.json", attention_head_dim=4)
    assert load_backbone(copy, device="cpu").fingerprint != sd1.fingerprint


def test_the_fingerprint_does_not_depend_on_who_saved_the_configuration(sd1, copy):
    edit(copy / "unet" / "config.json", _name_or_path="elsewhere", _diffusers_version="0.1.0")
    assert load_backbone(copy, device="cpu").fingerprint == sd1.fingerprint


def test_half_precision_files_suffice(sd1, copy):
    for part in ("unet", "vae", "text_encoder"):
        (path,) = (copy / part).glob("*.safetensors")
        half = {key: value.half() for key, value in load_file(path).items()}
        save_file(half, path.with_suffix(".fp16.safetensors"), metadata={"format": "pt"})
        path.unlink()
    backbone = load_backbone(copy, device="cpu", precision="fp32")
    assert backbone.dtype == torch.float32
    torch.testing.assert_close(backbone.empty_prompt, sd1.empty_prompt, atol=1e-2, rtol=0)


def test_full_precision_files_take_precedence(sd1, copy):
    path = copy / "unet" / WEIGHTS
    shutil.copyfile(path, path.with_suffix(".fp16.safetensors"))
    assert load_backbone(copy, device="cpu").fingerprint == sd1.fingerprint


def test_a_folder_can_state_its_layers_resolution_and_timesteps(copy):
    settings = {
        "name": "mine",
        "layers": [8, 10],
        "resolution": 256,
        "learn_timestep": 150,
        "locate_timestep": 60,
        "licence": "MIT",
    }
    (copy / "homolog.json").write_text(json.dumps(settings))
    backbone = load_backbone(copy, device="cpu")
    assert backbone.layers == (8, 10)
    assert (backbone.resolution, backbone.latent_side) == (256, 32)
    assert (backbone.learn_timestep, backbone.locate_timestep) == (150, 60)


def test_a_folder_without_settings_is_used_as_in_the_paper(sd1):
    assert (sd1.learn_timestep, sd1.locate_timestep) == (140, 140)
    assert sd1.resolution == SIDE


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '{"layer": [1]}',
        '{"layers": 3}',
        '{"layers": ["up"]}',
        '{"layers": []}',
        '{"resolution": -1}',
        '{"learn_timestep": true}',
    ],
)
def test_invalid_folder_settings(copy, text):
    (copy / "homolog.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"homolog\.json is not understood.*layers, res"):
        load_backbone(copy, device="cpu")


def test_stated_layers_that_do_not_exist(copy):
    (copy / "homolog.json").write_text('{"layers": [4, 16]}')
    with pytest.raises(SettingsError, match="layers 0 to 15"):
        load_backbone(copy, device="cpu")


def test_a_model_without_text_encoder_needs_prompts(copy):
    shutil.rmtree(copy / "text_encoder")
    shutil.rmtree(copy / "tokenizer")
    backbone = load_backbone(copy, device="cpu")
    noisy = torch.zeros(1, 4, 16, 16)
    assert backbone.prompt_shape == (77, 32)
    assert len(backbone.attention(noisy, 140, torch.zeros(1, 77, 32))) == 4
    for ask in (
        lambda: backbone.queries(noisy, 140),
        lambda: backbone.empty_prompt,
        lambda: backbone.encode_text("a wing"),
    ):
        with pytest.raises(CheckpointError, match="no text encoder"):
            ask()


@pytest.mark.parametrize("suffix", [".ckpt", ".bin", ".pt", ".pth", ".CKPT"])
def test_a_pickle_is_refused_unopened(tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"not even a pickle")
    with pytest.raises(
        CheckpointError, match="is a pickle, and opening a pickle can run arbitrary code"
    ):
        load_backbone(path)


@pytest.mark.parametrize("part", ["unet", "vae"])
def test_a_folder_of_pickles_is_refused(copy, part):
    (copy / part / WEIGHTS).rename(copy / part / "diffusion_pytorch_model.bin")
    with pytest.raises(CheckpointError, match=rf"{part} holds only pickles \(diffusion_pyt"):
        load_backbone(copy, device="cpu")


def test_a_text_encoder_of_pickles_is_refused(copy):
    (copy / "text_encoder" / "model.safetensors").rename(copy / "text_encoder" / "model.bin")
    with pytest.raises(CheckpointError, match=r"only pickles \(model\.bin\)"):
        load_backbone(copy, device="cpu")


def test_a_folder_without_weights_is_refused(copy):
    (copy / "unet" / WEIGHTS).unlink()
    with pytest.raises(CheckpointError, match="unet holds no weights"):
        load_backbone(copy, device="cpu")


@pytest.mark.parametrize("share", [0.5, 0.0001, 0])
@pytest.mark.parametrize("part", ["unet", "vae"])
def test_truncated_weights(copy, part, share):
    cut(copy / part / WEIGHTS, share)
    with pytest.raises(CheckpointError, match=rf"The weights in .*{part} cannot be loaded"):
        load_backbone(copy, device="cpu")


def test_truncated_text_encoder(copy):
    cut(copy / "text_encoder" / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"text encoder .* cannot be loaded"):
        load_backbone(copy, device="cpu")


def test_a_missing_scheduler(copy):
    shutil.rmtree(copy / "scheduler")
    with pytest.raises(CheckpointError, match=r"scheduler_config\.json is missing or damaged"):
        load_backbone(copy, device="cpu")


def test_weights_of_another_model(copy):
    path = copy / "unet" / WEIGHTS
    weights = load_file(path)
    weights.pop("conv_in.weight")
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"do not fit their configuration: \['conv_in"):
        load_backbone(copy, device="cpu")


def test_weights_of_another_shape(copy):
    edit(copy / "unet" / "config.json", cross_attention_dim=40)
    with pytest.raises(CheckpointError, match=r"unet (cannot be loaded|do not fit)"):
        load_backbone(copy, device="cpu")


def test_a_damaged_configuration(copy):
    cut(copy / "unet" / "config.json")
    with pytest.raises(CheckpointError, match=r"config\.json is missing or damaged"):
        load_backbone(copy, device="cpu")


def test_another_architecture_has_no_unet(tmp_path):
    (tmp_path / "transformer").mkdir()
    (tmp_path / "transformer" / "config.json").write_text('{"_class_name": "FluxTransformer2D"}')
    with pytest.raises(CheckpointError, match=r"no unet/config\.json \(it has the folders: transf"):
        load_backbone(tmp_path)


def test_another_class_of_unet(copy):
    edit(copy / "unet" / "config.json", _class_name="UNet3DConditionModel")
    with pytest.raises(CheckpointError, match="holds a UNet3DConditionModel, expected UNet2DC"):
        load_backbone(copy, device="cpu")


def test_a_unet_that_is_conditioned_on_more_than_text(copy):
    unet = UNet2DConditionModel.from_config(
        copy / "unet", class_embed_type="timestep", sample_size=16
    )
    unet.save_pretrained(copy / "unet")
    with pytest.raises(CheckpointError, match="conditioned on more than text"):
        load_backbone(copy, device="cpu")


@pytest.mark.parametrize(
    "name", ["nowhere", "./nowhere/model", "a/b/c", "models/thing.safetensors", ""]
)
def test_a_model_that_does_not_exist(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    if not name:
        name = str(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match=r"There is no model .*known names embedded, sd-1\.4"):
        load_backbone(name)


def test_wrong_device_and_precision_are_refused_before_anything_is_read():
    with pytest.raises(SettingsError, match="choose one of"):
        load_backbone("nowhere", device="tpu")
    with pytest.raises(SettingsError, match="choose one of"):
        load_backbone("nowhere", device="cpu", precision="int8")


def test_a_known_name_is_loaded_as_the_catalogue_states(copy, monkeypatch):
    asked = []

    def fetch(source, revision, context):
        asked.append((source, revision))
        return copy, revision

    monkeypatch.setattr("napari_homolog.diffusion.loading.fetch_in_subprocess", fetch)
    known = CATALOGUE["sd-1.5"]
    backbone = load_backbone("sd-1.5", device="cpu")
    assert asked == [(known.source, known.revision)]
    assert backbone.layers == known.layers
    assert backbone.to_dict()["name"] == "sd-1.5"
    assert backbone.to_dict()["revision"] == known.revision
    load_backbone("sd-1.5", device="cpu", revision="main")
    load_backbone("somebody/model", device="cpu")
    assert asked[1:] == [(known.source, "main"), ("somebody/model", None)]


def test_loading_is_logged_with_what_support_needs(sd1_folder, caplog):
    caplog.set_level(logging.INFO, "napari_homolog")
    backbone = load_backbone(sd1_folder, device="cpu", precision="bf16")
    (record,) = caplog.records
    message = record.getMessage()
    assert f"loaded {sd1_folder} on cpu in bfloat16" in message
    assert f"fingerprint {backbone.fingerprint[:12]}" in message


@pytest.mark.parametrize("name", ["sd1_folder", "sdxl_folder"])
def test_the_libraries_print_nothing(name, request, tmp_path):
    """The small models' vocabulary makes transformers warn of token numbers that lie outside."""
    script = (
        "import sys; from napari_homolog.diffusion import load_backbone; "
        "model = load_backbone(sys.argv[1], device='cpu'); "
        "model.encode_text('wing ' * 100); model.tokens_of('wing ' * 100)"
    )
    folder = str(request.getfixturevalue(name))
    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", script, folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=tmp_path,
    )
    assert (run.stdout, run.stderr) == ("", "")


def test_the_libraries_settings_are_restored_after_loading(sd1_folder):
    libraries = (transformers_logging, diffusers_logging)
    before = [(library.get_verbosity(), library.is_progress_bar_enabled()) for library in libraries]
    load_backbone(sd1_folder, device="cpu")
    after = [(library.get_verbosity(), library.is_progress_bar_enabled()) for library in libraries]
    assert after == before
    assert before[0][1]


def test_the_embedded_model_is_used_as_its_folder_states(embedded):
    from napari_homolog.diffusion.model_catalogue import EMBEDDED

    own = json.loads((EMBEDDED / "homolog.json").read_text())
    assert embedded.name == "embedded"
    assert embedded.layers == tuple(own["layers"])
    assert embedded.learn_timestep == own["learn_timestep"]
    assert embedded.locate_timestep == own["locate_timestep"]


def test_a_small_auto_encoder_takes_the_place_of_the_model_s_own(sd1, copy):
    """TAESD yields latents in the UNet's scale, and pictures in [0, 1] are what it was trained on."""
    torch.manual_seed(4)
    tiny = small_tiny_vae().eval()
    shutil.rmtree(copy / "vae")
    tiny.save_pretrained(copy / "vae")
    backbone = load_backbone(copy, device="cpu", precision="fp32")
    views = torch.rand(2, 3, SIDE, SIDE)
    with torch.no_grad():
        expected = tiny.encoder.layers(views)
    torch.testing.assert_close(backbone.encode(views), expected, atol=1e-5, rtol=1e-5)
    assert backbone.fingerprint != sd1.fingerprint
    edit(copy / "vae" / "config.json", _class_name="VQModel")
    with pytest.raises(CheckpointError, match="expected AutoencoderKL or AutoencoderTiny"):
        load_backbone(copy, device="cpu")
