"""diffusers' weights back under the names of the original Stable Diffusion code.

Written from the original code's module names, so that it checks the conversion independently. It
works on tensors without data, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
DTYPES = {torch.float16: "F16", torch.float32: "F32"}


def original_unet(unet: nn.Module) -> dict[str, Tensor]:
    return {f"model.diffusion_model.{_unet_name(k)}": v for k, v in unet.state_dict().items()}


def _unet_name(key: str) -> str:
    for ours, theirs in UNET_ENDS.items():
        if key.startswith(f"{ours}."):
            return key.replace(ours, theirs, 1)
    middle = re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", key)
    if middle:
        place = f"middle_block.{2 * int(middle[2]) if middle[1] == 'resnets' else 1}"
        return f"{place}.{_resnet(middle[3]) if middle[1] == 'resnets' else middle[3]}"
    side, block, kind, layer, rest = re.fullmatch(
        r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", key
    ).groups()
    block, layer = int(block), int(layer)
    if kind == "downsamplers":
        return f"input_blocks.{3 * block + 3}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{3 * block + 2}.UPSAMPLER.{rest}"
    place = f"input_blocks.{3 * block + layer + 1}" if side == "down" else ""
    place = place or f"output_blocks.{3 * block + layer}"
    return f"{place}.0.{_resnet(rest)}" if kind == "resnets" else f"{place}.1.{rest}"


def _resnet(rest: str) -> str:
    part, _, end = rest.rpartition(".")
    return f"{RESNET[part]}.{end}"


def place_upsamplers(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Number the upsamplers: they come after the attention where a block has one."""
    placed = {}
    for key, value in weights.items():
        block = key.partition("UPSAMPLER")[0]
        number = 2 if any(other.startswith(f"{block}1.") for other in weights) else 1
        placed[key.replace("UPSAMPLER", str(number))] = value
    return placed


def original_vae(vae: nn.Module) -> dict[str, Tensor]:
    found = {}
    levels = len(vae.config.block_out_channels)
    for key, value in vae.state_dict().items():
        name = key
        for side, theirs in (("down", "down"), ("up", "up")):
            match = re.fullmatch(rf"(\w+)\.{side}_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", key)
            if match:
                level = int(match[2]) if side == "down" else levels - 1 - int(match[2])
                place = f"block.{match[4]}" if match[3] == "resnets" else f"{side}sample"
                name = f"{match[1]}.{theirs}.{level}.{place}.{match[5]}"
        name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
        if "mid_block.attentions.0" in name:
            name = name.replace("mid_block.attentions.0", "mid.attn_1").replace(
                "to_out.0", "proj_out"
            )
            name = name.replace("group_norm", "norm")
            name = re.sub(r"to_([qkv])\.", r"\1.", name)
            value = value[:, :, None, None] if value.ndim == 2 else value
        name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        found[f"first_stage_model.{name}"] = value
    return found


def original_clip(encoder: nn.Module, prefix: str) -> dict[str, Tensor]:
    weights = encoder.state_dict()
    return {
        f"{prefix}text_model.{key.removeprefix('text_model.')}": weights[key] for key in weights
    }


def original_open_clip(encoder: nn.Module, prefix: str) -> dict[str, Tensor]:
    weights = {k.removeprefix("text_model."): v for k, v in encoder.state_dict().items()}
    width = weights["final_layer_norm.weight"].shape[0]
    projection = weights.get("text_projection.weight", torch.zeros(width, width, device="meta"))
    if projection.is_meta and not weights["final_layer_norm.weight"].is_meta:
        projection = torch.zeros(width, width)
    found = {
        "token_embedding.weight": weights["embeddings.token_embedding.weight"],
        "positional_embedding": weights["embeddings.position_embedding.weight"],
        "ln_final.weight": weights["final_layer_norm.weight"],
        "ln_final.bias": weights["final_layer_norm.bias"],
        "text_projection": projection.T.contiguous(),
    }
    for index in range(encoder.config.num_hidden_layers):
        ours, theirs = f"encoder.layers.{index}", f"transformer.resblocks.{index}"
        for end in ("weight", "bias"):
            joined = [weights[f"{ours}.self_attn.{part}_proj.{end}"] for part in "qkv"]
            found[f"{theirs}.attn.in_proj_{end}"] = torch.cat(joined)
            for one, other in (
                ("self_attn.out_proj", "attn.out_proj"),
                ("layer_norm1", "ln_1"),
                ("layer_norm2", "ln_2"),
                ("mlp.fc1", "mlp.c_fc"),
                ("mlp.fc2", "mlp.c_proj"),
            ):
                found[f"{theirs}.{other}.{end}"] = weights[f"{ours}.{one}.{end}"]
    return {f"{prefix}{key}": value for key, value in found.items()}


def original_checkpoint(family: str, parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return the weights of a whole model as a single-file checkpoint names them."""
    weights = place_upsamplers(original_unet(parts["unet"])) | original_vae(parts["vae"])
    encoder = parts["text_encoder"]
    if family == "sd1":
        return weights | original_clip(encoder, "cond_stage_model.transformer.")
    if family == "sd2":
        return weights | original_open_clip(encoder, "cond_stage_model.model.")
    weights |= original_clip(encoder, "conditioner.embedders.0.transformer.")
    return weights | original_open_clip(parts["text_encoder_2"], "conditioner.embedders.1.model.")


def write_hollow(path: Path, weights: Mapping[str, Tensor], dtype: torch.dtype) -> None:
    """Write a safetensors file of the right size whose weights are all zero and take no disk."""
    header, end = {}, 0
    for key, value in weights.items():
        start, end = end, end + value.numel() * dtype.itemsize
        header[key] = {
            "dtype": DTYPES[dtype],
            "shape": list(value.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
