"""A UNet of its own file over a checkpoint, in every layout in which such files are published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from original_layout import original_unet, place_upsamplers
from safetensors.torch import save_file
from torch import Tensor

from napari_homolog.diffusion import Backbone, ModelName, load_backbone
from napari_homolog.errors import CheckpointError
from small_models import small_unet, small_xl_unet

LATENTS = torch.linspace(-1, 1, 4 * 16 * 16).reshape(1, 4, 16, 16)


def other_unet() -> torch.nn.Module:
    torch.manual_seed(11)
    return small_unet()


def original(unet: torch.nn.Module) -> dict[str, Tensor]:
    return place_upsamplers(original_unet(unet))


def renamed(weights: Mapping[str, Tensor], before: str, now: str) -> dict[str, Tensor]:
    return {now + key.removeprefix(before): weights[key] for key in weights}


LAYOUTS: dict[str, Callable[[torch.nn.Module], dict[str, Tensor]]] = {
    "diffusers": lambda unet: unet.state_dict(),
    "diffusers, pipeline": lambda unet: renamed(unet.state_dict(), "", "unet."),
    "original": original,
    "original, UNet alone": lambda unet: renamed(original(unet), "model.diffusion_model.", ""),
    "original, other networks": lambda unet: {
        **original(unet),
        "first_stage_model.decoder.conv_in.weight": torch.zeros(8, 4, 3, 3),
        "cond_stage_model.transformer.text_model.embeddings.position_ids": torch.arange(77),
    },
}


def saved(weights: Mapping[str, Tensor], path: Path) -> Path:
    save_file({key: value.clone().contiguous() for key, value in weights.items()}, path)
    return path


def over(base: Path, file: Path) -> Backbone:
    return load_backbone(ModelName(str(base), unet=str(file)), device="cpu", precision="fp32")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_weights_are_those_of_the_file(
    sd1_folder: Path, sd1: Backbone, tmp_path: Path, layout: str
) -> None:
    unet = other_unet()
    backbone = over(sd1_folder, saved(LAYOUTS[layout](unet), tmp_path / "unet.safetensors"))
    for key, value in backbone._unet.state_dict().items():
        torch.testing.assert_close(value, unet.state_dict()[key], atol=0, rtol=0)
    prompt = torch.zeros(1, 77, 32)
    answers = [model.queries(LATENTS, 140, prompt)[0].query for model in (backbone, sd1)]
    assert not torch.allclose(answers[0], answers[1], atol=1e-4)


def test_an_sdxl_unet_of_the_original_layout(sdxl_folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(12)
    unet = small_xl_unet(48)
    backbone = over(sdxl_folder, saved(original(unet), tmp_path / "unet.safetensors"))
    for key, value in backbone._unet.state_dict().items():
        torch.testing.assert_close(value, unet.state_dict()[key], atol=0, rtol=0)


def test_the_file_counts_in_the_fingerprint_and_its_place_does_not(
    sd1_folder: Path, sd1: Backbone, tmp_path: Path
) -> None:
    first = saved(other_unet().state_dict(), tmp_path / "a.safetensors")
    moved = saved(other_unet().state_dict(), tmp_path / "b.safetensors")
    same = saved(sd1._unet.state_dict(), tmp_path / "c.safetensors")
    found = [over(sd1_folder, path).fingerprint for path in (first, moved, same)]
    assert found[0] == found[1]
    assert len({found[0], found[2], sd1.fingerprint}) == 3
    assert over(sd1_folder, first).name == f"{sd1_folder} with unet {first}"


def without(weights: dict[str, Tensor], key: str) -> dict[str, Tensor]:
    return {name: value for name, value in weights.items() if name != key}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: without(w, "conv_out.bias"), r"1 weights are missing \(conv_out.bias"),
        (lambda w: {**w, "extra.weight": torch.zeros(2)}, r"1 weights are unknown to it \(extra"),
        (lambda w: small_unet(40).state_dict(), r"weights have another shape .*attn2.to_k"),
        (lambda w: {**w, "conv_out.bias": torch.full((4,), torch.nan)}, "not finite"),
        (lambda w: {"lora_unet_down.lora_up.weight": torch.zeros(2, 2)}, "an adapter"),
        (lambda w: {"layer.weight": torch.zeros(2)}, "holds no UNet of Stable Diffusion"),
        (lambda w: original(small_xl_unet(48)), "does not fit the UNet of"),
    ],
)
def test_a_file_that_does_not_fit(
    sd1_folder: Path, tmp_path: Path, change: Callable[..., dict[str, Tensor]], message: str
) -> None:
    path = saved(change(other_unet().state_dict()), tmp_path / "unet.safetensors")
    with pytest.raises(CheckpointError, match=message) as caught:
        over(sd1_folder, path)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_safetensors(sd1_folder: Path, tmp_path: Path) -> None:
    whole = saved(other_unet().state_dict(), tmp_path / "unet.safetensors").read_bytes()
    for name, data, message in (
        ("cut.safetensors", whole[:-100], "not a complete safetensors file"),
        ("unet.ckpt", whole, "is no .safetensors file"),
        ("none.safetensors", None, "There is no UNet file"),
    ):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(CheckpointError, match=message):
            over(sd1_folder, tmp_path / name)


def test_names_are_read_as_they_are_written(tmp_path: Path) -> None:
    named = ModelName("owner/name", "/a b/unet.safetensors", "dinov2-small")
    assert ModelName.parse(str(named)) == named
    assert ModelName.parse("sd-1.5") == ModelName("sd-1.5")
    folder = tmp_path / "model with vision"
    folder.mkdir()
    assert ModelName.parse(str(folder)) == ModelName(str(folder))
    other = named.over(tmp_path / "u.safetensors", None)
    assert other == ModelName("owner/name", str(tmp_path / "u.safetensors"), "dinov2-small")
