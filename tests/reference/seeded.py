"""What the reference values were computed from and a seed can bring back: weights, noise, a prompt.

NumPy's `RandomState` is the Mersenne Twister that PyTorch draws from on a CPU, and its stream is
frozen; PyTorch's own is not promised to stay the same.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import NDArray
from safetensors.torch import save_file

MODEL_SEED, PROMPT_SEED, LEARN_SEED, LOCATE_SEED = 0, 1, 7, 9
NUMBERS_PER_CROP = 2
"""Numbers that the authors' code draws for the position of a crop, before its noise."""
LATENT_SHAPE = (4, 64, 64)
PROMPT_SHAPE = (1, 77, 768)


def uniform(stream: RandomState, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return numbers in [0, 1) as `torch.rand` draws them."""
    bits = stream.randint(0, 2**32, math.prod(shape), dtype=np.uint32) & 0xFFFFFF
    return (bits.astype(np.float32) * np.float32(2**-24)).reshape(shape)


def normal(stream: RandomState, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return normal deviates as `torch.randn` draws them: Box-Muller, sixteen at a time."""
    pairs = uniform(stream, (math.prod(shape) // 16, 2, 8)).astype(np.float64)
    radius = np.sqrt(-2 * np.log(1 - pairs[:, 0]))
    angle = 2 * np.pi * pairs[:, 1]
    deviates = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return deviates.astype(np.float32).reshape(shape)


def noise_and_prompt() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the noise of single forward passes and the first prompt embedding."""
    stream = RandomState(PROMPT_SEED)
    noise = uniform(stream, (1, *LATENT_SHAPE))
    return noise, normal(stream, PROMPT_SHAPE)


def noise_of_crops(seed: int, count: int) -> NDArray[np.float32]:
    """Return the noise of a sequence of crops, shape (count, 4, 64, 64)."""
    stream = RandomState(seed)
    noise = []
    for _ in range(count):
        stream.randint(0, 2**32, NUMBERS_PER_CROP, dtype=np.uint32)
        noise.append(uniform(stream, LATENT_SHAPE))
    return np.stack(noise)


def weights(layers: list[list[object]]) -> dict[str, dict[str, torch.Tensor]]:
    """Return the weights of the model's parts, drawn layer by layer.

    Parameters
    ----------
    layers : list
        Part, name, shape of the weight, whether there is a bias, and a factor of the weight, in the
        order in which diffusers 0.8 built the layers.
    """
    stream = RandomState(MODEL_SEED)
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for part, name, shape, has_bias, factor in layers:
        tensors = parts.setdefault(str(part), {})
        inputs = math.prod(shape[1:])  # type: ignore[index]
        # PyTorch's default for linear layers and convolutions.
        bound = math.sqrt(3) * (math.sqrt(2 / (1 + math.sqrt(5) ** 2)) / math.sqrt(inputs))
        weight = _between(uniform(stream, tuple(shape)), bound) * np.float32(factor)  # type: ignore[arg-type]
        tensors[f"{name}.weight"] = torch.from_numpy(weight.astype(np.float16))
        if has_bias:
            bias = _between(uniform(stream, tuple(shape[:1])), 1 / math.sqrt(inputs))  # type: ignore[index]
            tensors[f"{name}.bias"] = torch.from_numpy(bias.astype(np.float16))
    return parts


def _between(numbers: NDArray[np.float32], bound: float) -> NDArray[np.float32]:
    """Scale [0, 1) to [-bound, bound) with one rounding, as fused multiply-add does."""
    low, high = np.float32(-bound), np.float32(bound)
    return (numbers.astype(np.float64) * np.float64(high - low) + low).astype(np.float32)


def write_model(data: Path, folder: Path) -> Path:
    """Write the model, its configuration from a set of values and its weights from the seed."""
    shutil.copytree(data / "model", folder, dirs_exist_ok=True)
    recipe = json.loads((data / "weights.json").read_text(encoding="utf-8"))
    files = {}
    for part, tensors in weights(recipe["layers"]).items():
        for name, size in recipe["norms"][part].items():
            tensors[f"{name}.weight"] = torch.ones(size, dtype=torch.float16)
            tensors[f"{name}.bias"] = torch.zeros(size, dtype=torch.float16)
        files[part] = tensors
        save_file(tensors, folder / part / "diffusion_pytorch_model.safetensors")
    return folder
