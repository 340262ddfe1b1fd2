"""Makes ``data`` from the full set of reference values.

``python tests/reference/make_small_set.py FOLDER`` needs golden.npz, settings.json and model/ in the
folder, checks that the seeds bring back what is left out, and writes the rest.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image
from safetensors.torch import load_file, save_file
from seeded import LEARN_SEED, LOCATE_SEED, noise_and_prompt, noise_of_crops, weights

DATA = Path(__file__).with_name("data")
PARTS = {"unet": UNet2DConditionModel, "vae": AutoencoderKL}
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
SHARPENED = ("attn2.to_q", "attn2.to_k")
FACTOR = 3
"""Of the weights whose product is the cross-attention, so that it is not nearly flat."""
THINNED = {
    "latent": 4,
    "noisy_opt": 4,
    "noisy_infer": 4,
    "maps_opt_heads": 32,
    "maps_infer_heads": 32,
    "maps_opt_mean": 16,
    "maps_infer_mean": 16,
    "gaussian": 16,
    "infer_maps_mean": 16,
}
GRADIENT_STEP = 16


def drawn_layers(part: str, model: Path) -> tuple[list[list[object]], dict[str, int]]:
    """Return a part's layers in the order in which diffusers 0.8 built them, and its norms."""
    config = json.loads((model / part / "config.json").read_text(encoding="utf-8"))
    built: list[torch.nn.Module] = []
    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    original = {kind: kind.reset_parameters for kind in kinds}
    for kind in kinds:

        def record(layer: torch.nn.Module) -> None:
            built.append(layer)

        kind.reset_parameters = record  # type: ignore[method-assign, assignment]
    try:
        network = PARTS[part].from_config(config)
    finally:
        for kind, method in original.items():
            kind.reset_parameters = method  # type: ignore[method-assign, assignment]
    names = {module: name for name, module in network.named_modules()}
    layers = [_described(part, names[layer], layer) for layer in built]
    norms = {
        name: len(module.weight)
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.GroupNorm | torch.nn.LayerNorm)
    }
    return _in_old_order(layers), norms


def _described(part: str, name: str, layer: torch.nn.Module) -> list[object]:
    factor = FACTOR if name.endswith(SHARPENED) else 1
    if part == "vae" and ".attentions." in name:
        for new, old in OLD_NAMES.items():
            name = name.replace(new, old)
    return [part, name, list(layer.weight.shape), layer.bias is not None, factor]


def _in_old_order(layers: list[list[object]]) -> list[list[object]]:
    """Move each block's feed-forward network before its second attention."""
    moved: list[list[object]] = []
    waiting: list[list[object]] = []
    for layer in layers:
        name = str(layer[1])
        if ".attn2." in name:
            waiting.append(layer)
        elif ".ff." in name:
            moved.append(layer)
        else:
            moved += [*waiting, layer]
            waiting = []
    return moved + waiting


def main(full: Path) -> None:
    """Write the small set, and fail where a seed does not bring back the recorded values."""
    settings = json.loads((full / "settings.json").read_text(encoding="utf-8"))
    with np.load(full / "golden.npz") as archive:
        golden = dict(archive)
    layers, norms = [], {}
    for part in PARTS:
        of_part, norms[part] = drawn_layers(part, full / "model")
        layers += of_part
    check_weights(weights(layers), full / "model")
    check_random_numbers(golden, settings)
    DATA.mkdir(exist_ok=True)
    for file in ("unet/config.json", "vae/config.json", "scheduler/scheduler_config.json"):
        (DATA / "model" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(full / "model" / file, DATA / "model" / file)
    (DATA / "settings.json").write_text(json.dumps(settings, indent=1) + "\n")
    recipe = {"layers": layers, "norms": norms}
    (DATA / "weights.json").write_text(json.dumps(recipe, separators=(",", ":")) + "\n")
    save_file(thinned(golden), DATA / "values.safetensors")
    image = Image.fromarray(golden["image"])
    image.save(DATA / "image.webp", lossless=True, quality=100, method=6)


def check_weights(parts: dict[str, dict[str, torch.Tensor]], model: Path) -> None:
    """Raise unless the drawn weights are the recorded ones, and the others 1 and 0."""
    for part, drawn in parts.items():
        recorded = load_file(model / part / "diffusion_pytorch_model.safetensors")
        for name, tensor in recorded.items():
            constant = torch.full_like(tensor, float(name.endswith("weight")))
            expected = drawn.get(name, constant).reshape(tensor.shape)
            if not torch.equal(tensor, expected):
                raise SystemExit(f"{part}: {name} does not follow from the seed.")


def check_random_numbers(golden: dict[str, np.ndarray], settings: dict[str, int]) -> None:
    """Raise unless the noise and the first prompt are the recorded ones."""
    noise, prompt = noise_and_prompt()
    np.testing.assert_array_equal(noise, golden["noise"])
    np.testing.assert_allclose(prompt, golden["context"], atol=2e-6, rtol=0)
    learning = noise_of_crops(LEARN_SEED, settings["steps"])
    np.testing.assert_array_equal(learning, golden["opt_noise"])
    locating = noise_of_crops(LOCATE_SEED, settings["views"])
    np.testing.assert_array_equal(locating, golden["infer_noise"])


def thinned(golden: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Return the values to store, maps and gradients with fewer elements."""
    stored = {
        name: golden[name]
        for name in (
            "loss_opt",
            "loss_infer",
            "opt_crops_y_x_size",
            "opt_pixel",
            "infer_crops_y_x_size",
            "infer_point_xy",
        )
    }
    for name, step in THINNED.items():
        (source,) = (key for key in golden if key == name or key.startswith(f"{name}_sub"))
        already = int(source.removeprefix(name).removeprefix("_sub") or 1)
        stored[f"{name}_sub{step}"] = golden[source][..., :: step // already, :: step // already]
    for phase in ("opt", "infer"):
        stored[f"grad_{phase}_sub{GRADIENT_STEP}"] = golden[f"grad_{phase}"][..., ::GRADIENT_STEP]
    change = golden["opt_context"] - golden["context"]
    stored["opt_context_change"] = change.astype(np.float16)
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in stored.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
