"""Single-file checkpoints of the three families, converted without network."""

from __future__ import annotations

import json
import re
import shutil

import pytest
import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, UNet2DConditionModel
from original_layout import original_checkpoint, write_hollow
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from napari_homolog.diffusion import load_backbone, single_file
from napari_homolog.errors import CheckpointError
from small_models import POOLED, small_text_config, small_unet, small_vae, small_xl_unet

VOCABULARY = 49408
WIDTHS = {"sd1": 32, "sd2": 40, "sdxl": 48}
END = {"sd1": 49407, "sd2": 0}


def small_parts(family):
    torch.manual_seed(3)
    width = WIDTHS[family]
    parts = {"vae": small_vae(0.13025 if family == "sdxl" else 0.18215)}
    if family == "sdxl":
        parts["unet"] = small_xl_unet(width)
        parts["text_encoder"] = CLIPTextModel(small_text_config(16, VOCABULARY))
        second = small_text_config(32, VOCABULARY, projection_dim=POOLED)
        parts["text_encoder_2"] = CLIPTextModelWithProjection(second)
    else:
        parts["unet"] = small_unet(width)
        parts["text_encoder"] = CLIPTextModel(small_text_config(width, VOCABULARY))
    return {name: part.eval() for name, part in parts.items()}


@pytest.fixture
def small_families(tmp_path, monkeypatch):
    """Return a function that writes a family's small checkpoint, with configurations to match."""
    configs = tmp_path / "configs"
    shutil.copytree(single_file.CONFIGS, configs)
    monkeypatch.setattr(single_file, "CONFIGS", configs)
    monkeypatch.setattr(single_file, "FAMILIES", {width: key for key, width in WIDTHS.items()})

    def write(family):
        parts = small_parts(family)
        for name, part in parts.items():
            config = json.loads(part.to_json_string()) if "text" not in name else {}
            if "text" in name:
                config = {**part.config.to_dict(), "architectures": [type(part).__name__]}
            (configs / family / name / "config.json").write_text(json.dumps(config, default=str))
        path = tmp_path / f"{family}.safetensors"
        weights = original_checkpoint(family, parts)
        save_file({key: value.clone().contiguous() for key, value in weights.items()}, path)
        return path, parts

    return write


@pytest.mark.parametrize("family", WIDTHS)
def test_every_weight_is_loaded(small_families, family):
    path, parts = small_families(family)
    backbone = load_backbone(path, device="cpu", precision="fp32")
    networks = {"unet": backbone._unet, "vae": backbone._latents._vae}
    networks["text_encoder"], *second = backbone._text_encoders._encoders
    if second:
        (networks["text_encoder_2"],) = second
    assert networks.keys() == parts.keys()
    for name, part in parts.items():
        expected = part.state_dict()
        weights = networks[name].state_dict()
        assert weights.keys() == expected.keys()
        for key, value in expected.items():
            torch.testing.assert_close(weights[key], value, atol=0, rtol=0)


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_the_older_layout_without_text_model(small_families, family, capfd, recwarn):
    """Case 11: the same weights under the names of older files are the same model, told nothing."""
    path, parts = small_families(family)
    expected = load_backbone(path, device="cpu", precision="fp32").empty_prompt
    weights = original_checkpoint(family, parts)
    older = {
        key.replace(".transformer.text_model.", ".transformer."): weights[key] for key in weights
    }
    assert older.keys() != weights.keys()
    save_file(clones(older), path)
    capfd.readouterr()
    recwarn.clear()
    backbone = load_backbone(path, device="cpu", precision="fp32")
    torch.testing.assert_close(backbone.empty_prompt, expected, atol=0, rtol=0)
    assert capfd.readouterr() == ("", "")
    assert [str(one.message) for one in recwarn] == []


def test_other_schedules_are_refused_or_read(small_families):
    """Case 11: the noise of EDM is refused; a schedule that ends in pure noise is read as such."""
    path, parts = small_families("sd1")
    usual = load_backbone(path, device="cpu")._latents._alphas_cumprod
    weights = original_checkpoint("sd1", parts)
    for key in ("edm_mean", "edm_vpred.sigma_max"):
        save_file({**clones(weights), key: torch.zeros(4)}, path)
        with pytest.raises(CheckpointError, match=f"noise schedule of another kind .{key}"):
            load_backbone(path, device="cpu")
    save_file({**clones(weights), "ztsnr": torch.zeros(1)}, path)
    ending_in_noise = load_backbone(path, device="cpu")._latents._alphas_cumprod
    assert ending_in_noise[-1] < 1e-6 < usual[-1]
    torch.testing.assert_close(ending_in_noise[0], usual[0])


def clones(weights):
    return {key: value.clone().contiguous() for key, value in weights.items()}


@pytest.mark.parametrize("family", END)
def test_the_empty_prompt_is_that_of_clips_tokens(small_families, family):
    path, parts = small_families(family)
    backbone = load_backbone(path, device="cpu", precision="fp32")
    ids = torch.tensor([[49406, 49407, *[END[family]] * 75]])
    with torch.no_grad():
        expected = parts["text_encoder"](ids).last_hidden_state
    torch.testing.assert_close(backbone.empty_prompt, expected)
    assert len(backbone.queries(torch.zeros(1, 4, 16, 16), 140)) == 4


def test_sdxl_pads_its_two_encoders_differently(small_families):
    path, parts = small_families("sdxl")
    backbone = load_backbone(path, device="cpu", precision="fp32")
    ends = [49407] * 75, [0] * 75
    ids = [torch.tensor([[49406, 49407, *end]]) for end in ends]
    with torch.no_grad():
        first = parts["text_encoder"](ids[0], output_hidden_states=True).hidden_states[-2]
        second = parts["text_encoder_2"](ids[1], output_hidden_states=True)
    torch.testing.assert_close(
        backbone.empty_prompt, torch.cat([first, second.hidden_states[-2]], -1)
    )
    torch.testing.assert_close(backbone._empty_conditioning.pooled, second.text_embeds)
    assert len(backbone.queries(torch.zeros(1, 4, 16, 16), 140)) == len(backbone.layers)


def test_other_texts_need_a_vocabulary(small_families):
    path, _ = small_families("sd1")
    backbone = load_backbone(path, device="cpu")
    with pytest.raises(CheckpointError, match="no vocabulary, so that 'a wing' cannot be"):
        backbone.encode_text("a wing")


def test_the_fingerprint_does_not_depend_on_the_path(small_families, tmp_path):
    path, _ = small_families("sd1")
    moved = tmp_path / "elsewhere.safetensors"
    shutil.copyfile(path, moved)
    backbone, moved_backbone = (
        load_backbone(path, device="cpu"),
        load_backbone(moved, device="cpu", precision="bf16"),
    )
    assert backbone.fingerprint == moved_backbone.fingerprint
    assert backbone.name == str(path)


@pytest.mark.parametrize("share", [0.9, 0.001, 0])
def test_a_truncated_file(small_families, share):
    path, _ = small_families("sd1")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointError, match=r"is not a complete safetensors file"):
        load_backbone(path, device="cpu")


def rewritten(path, parts, change):
    weights = original_checkpoint("sd1", parts)
    change(weights)
    save_file({key: value.clone().contiguous() for key, value in weights.items()}, path)


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("first_stage_model.", "lacks the auto-encoder; give a complete"),
        ("cond_stage_model.", "lacks the text encoder; give a complete"),
        ("model.diffusion_model.out.", "lacks 4 weights of its UNet2DConditionModel|cannot be"),
        ("first_stage_model.encoder.norm_out", "lacks 2 weights of its AutoencoderKL|cannot be"),
    ],
)
def test_a_file_without_some_of_the_weights(small_families, prefix, message):
    path, parts = small_families("sd1")

    def drop(weights):
        for key in [key for key in weights if key.startswith(prefix)]:
            del weights[key]

    rewritten(path, parts, drop)
    with pytest.raises(CheckpointError, match=message) as refused:
        load_backbone(path, device="cpu")
    # One sentence of ours, nothing of the libraries about their code.
    assert not re.search(
        r"[_=]\w|\(\)|from_single_file|\n", str(refused.value).replace(str(path), "")
    )


def test_weights_of_something_else(tmp_path):
    path = tmp_path / "thing.safetensors"
    save_file({"layer.weight": torch.zeros(3), "layer.bias": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match=r"first tensors are layer\.bias, layer\.weight"):
        load_backbone(path, device="cpu")


def test_a_prompt_width_of_no_known_family(tmp_path):
    path = tmp_path / "refiner.safetensors"
    name = "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
    save_file({name: torch.zeros(8, 1280)}, path)
    with pytest.raises(CheckpointError, match="is not a checkpoint of Stable Diffusion 1, 2 or XL"):
        load_backbone(path, device="cpu")


def test_an_inpainting_checkpoint(small_families):
    path, parts = small_families("sd1")

    def widen(weights):
        weights["model.diffusion_model.input_blocks.0.0.weight"] = torch.zeros(16, 9, 3, 3)

    rewritten(path, parts, widen)
    with pytest.raises(CheckpointError, match="9 input channels, expected 4"):
        load_backbone(path, device="cpu")


def full_size_parts(family):
    folder = single_file.CONFIGS / family
    config = CLIPTextConfig.from_pretrained(folder / "text_encoder")
    with init_empty_weights():
        unet = UNet2DConditionModel.load_config(folder / "unet")
        vae = AutoencoderKL.load_config(folder / "vae")
        parts = {
            "unet": UNet2DConditionModel.from_config(unet),
            "vae": AutoencoderKL.from_config(vae),
            "text_encoder": CLIPTextModel(config),
        }
        if family == "sdxl":
            second = CLIPTextConfig.from_pretrained(folder / "text_encoder_2")
            parts["text_encoder_2"] = CLIPTextModelWithProjection(second)
    return parts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "width", "side", "layers"),
    [
        ("sd1", 768, 512, (7, 8, 9, 10)),
        ("sd2", 1024, 512, (7, 8, 9, 10)),
        ("sdxl", 2048, 1024, (43, 53, 63)),
    ],
)
def test_a_checkpoint_of_full_size(tmp_path, family, width, side, layers):
    """The weights are zero; the test checks that every name and shape is the published one."""
    path = tmp_path / "full.safetensors"
    write_hollow(path, original_checkpoint(family, full_size_parts(family)), torch.float16)
    assert path.stat().st_size > 2.1e9
    backbone = load_backbone(path, device="cpu", precision="bf16")
    assert backbone.prompt_shape == (77, width)
    assert backbone.resolution == side
    assert backbone.layers == layers
    with torch.no_grad():
        maps = backbone.attention(torch.zeros(1, 4, 8, 8), 140, torch.zeros(1, 77, width), token=1)
    assert [tuple(layer.shape[2:]) for layer in maps] == ([(2, 2)] * 3 + [(4, 4)])[: len(layers)]
    torch.testing.assert_close(maps[0], torch.full_like(maps[0], 1 / 77))


OF_OTHER_PROGRAMS = {
    "sd1": {
        "cond_stage_model.transformer.text_model.embeddings.position_ids": torch.arange(77)[None],
        "model_ema.decay": torch.tensor(0.9999),
        "betas": torch.zeros(1000),
        "alphas_cumprod": torch.zeros(1000),
    },
    "sd2": {
        "cond_stage_model.model.logit_scale": torch.tensor(4.6),
        "cond_stage_model.model.attn_mask": torch.zeros(77, 77),
        "posterior_variance": torch.zeros(1000),
    },
    "sdxl": {
        "conditioner.embedders.0.transformer.text_model.embeddings.position_ids": torch.arange(77),
        "conditioner.embedders.1.model.logit_scale": torch.tensor(4.6),
        "denoiser.sigmas": torch.zeros(1000),
    },
}
"""What AUTOMATIC1111's web UI and ComfyUI leave or write in the files that they merge and save."""


@pytest.mark.parametrize("family", OF_OTHER_PROGRAMS)
def test_files_that_other_programs_wrote(small_families, family):
    path, parts = small_families(family)
    weights = clones(original_checkpoint(family, parts))
    save_file({**weights, **OF_OTHER_PROGRAMS[family]}, path, {"format": "pt", "modelspec": "1"})
    backbone = load_backbone(path, device="cpu", precision="fp32")
    for network, name in ((backbone._unet, "unet"), (backbone._latents._vae, "vae")):
        for key, value in parts[name].state_dict().items():
            torch.testing.assert_close(network.state_dict()[key], value, atol=0, rtol=0)
    assert len(backbone.queries(torch.zeros(1, 4, 16, 16), 140)) == len(backbone.layers)


def test_a_file_of_mixed_precisions(small_families):
    """ComfyUI saves UNets in eight bits, with text encoder and auto-encoder in sixteen."""
    path, parts = small_families("sd1")
    weights = clones(original_checkpoint("sd1", parts))
    eight = {
        key: value.to(torch.float8_e4m3fn)
        if key.startswith("model.diffusion_model.")
        else value.half()
        for key, value in weights.items()
    }
    save_file(eight, path)
    unet = load_backbone(path, device="cpu", precision="fp32")._unet.state_dict()
    for key, value in parts["unet"].state_dict().items():
        expected = value.to(torch.float8_e4m3fn).float()
        torch.testing.assert_close(unet[key], expected, atol=0, rtol=0)
