"""The catalogue states what a user should know, and the architectures are the published ones."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from napari_homolog.diffusion import CATALOGUE, describe
from napari_homolog.diffusion.architecture import default_layers
from napari_homolog.diffusion.single_file import CONFIGS

FAMILY = {
    "sd-1.4": "sd1",
    "sd-1.5": "sd1",
    "sd-turbo": "sd2",
    "sdxl": "sdxl",
    "sdxl-turbo": "sdxl",
}


def unet_of(family, **changes):
    with init_empty_weights():
        config = UNet2DConditionModel.load_config(CONFIGS / family / "unet")
        return UNet2DConditionModel.from_config({**config, **changes})


def parameters(model):
    return sum(weight.numel() for weight in model.parameters())


def test_known_names():
    assert list(CATALOGUE) == ["embedded", *FAMILY]


@pytest.mark.parametrize("name", FAMILY)
def test_every_hub_model_is_pinned_and_described(name):
    known = CATALOGUE[name]
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", known.source)
    assert re.fullmatch("[0-9a-f]{40}", known.revision)
    assert known.licence_url.startswith("https://huggingface.co/")
    description = describe(name)
    assert known.licence in description
    assert known.licence_url in description
    assert f"{known.download / 1e9:.1f} GB" in description
    assert f"{known.memory / 1e9:.0f} GB of memory" in description


def test_the_embedded_model_needs_no_download():
    assert "nothing is downloaded" in describe("embedded")


def test_other_models_are_described(tmp_path):
    assert "https://huggingface.co/somebody/model" in describe("somebody/model")
    (tmp_path / "homolog.json").write_text('{"name": "beetles", "licence": "CC0-1.0"}')
    assert describe(tmp_path) == "beetles, on this machine: CC0-1.0; nothing is downloaded."


@pytest.mark.parametrize("name", FAMILY)
def test_layers_and_resolution_are_those_of_the_architecture(name):
    known = CATALOGUE[name]
    unet = unet_of(FAMILY[name], sample_size=known.resolution // 8)
    assert known.layers == default_layers(unet)


@pytest.mark.parametrize("name", FAMILY)
def test_the_download_is_two_bytes_for_each_parameter(name):
    """The counts that the publishers give, and the configurations that ship for single files."""
    published = {
        "sd1": (859_520_964, 83_653_863, 123_060_480),
        "sd2": (865_910_724, 83_653_863, 340_387_840),
        "sdxl": (2_567_463_684, 83_653_863, 123_060_480, 694_659_840),
    }[FAMILY[name]]
    folder = CONFIGS / FAMILY[name]
    with init_empty_weights():
        models = [unet_of(FAMILY[name])]
        models.append(AutoencoderKL.from_config(AutoencoderKL.load_config(folder / "vae")))
        config = CLIPTextConfig.from_pretrained(folder / "text_encoder")
        models.append(CLIPTextModel(config))
        if len(published) == 4:
            config = CLIPTextConfig.from_pretrained(folder / "text_encoder_2")
            models.append(CLIPTextModelWithProjection(config))
    assert tuple(parameters(model) for model in models) == published
    assert CATALOGUE[name].download == pytest.approx(2 * sum(published), rel=0.03)


def test_describing_models_needs_no_torch():
    script = (
        "import sys; from napari_homolog.diffusion import CATALOGUE, describe; "
        "[describe(name) for name in CATALOGUE]; sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
