"""The published method once more, in as few lines as possible and with nothing from the package.

It gives reference values for settings with which the authors' code was not run. Everything is written
out: attention from the projections' outputs, the loss pixel by pixel, Adam by its formulas.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

SIDE = 512
TOKEN = 1
LARGEST_LAYER = 32 * 32
LATENT_FACTOR = 0.18215


def resized(image: Tensor, size: int) -> Tensor:
    """Return an image (1, channels, rows, cols) as a square of another size."""
    return interpolate(image, (size, size), mode="bilinear", align_corners=False)


class NaiveMethod:
    """The model in a folder, read with the settings of a set of reference values.

    Parameters
    ----------
    model : Path
        Folder of a diffusers pipeline without a text encoder.
    settings : dict
        As in settings.json.
    """

    def __init__(self, model: Path, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.unet = UNet2DConditionModel.from_pretrained(model / "unet", torch_dtype=torch.float32)
        self.vae = AutoencoderKL.from_pretrained(model / "vae", torch_dtype=torch.float32)
        self.scheduler = DDIMScheduler.from_pretrained(model / "scheduler")
        self.unet.requires_grad_(False)
        self._projections: list[tuple[Tensor, Tensor]] = []
        for block in (self.unet.down_blocks, [self.unet.mid_block], self.unet.up_blocks):
            for name, layer in ((n, m) for part in block for n, m in part.named_modules()):
                if name.endswith("attn2"):
                    layer.to_q.register_forward_hook(self._keep_query)
                    layer.to_k.register_forward_hook(self._keep_key)

    def _keep_query(self, _layer: Any, _inputs: Any, query: Tensor) -> None:
        self._query = query

    def _keep_key(self, _layer: Any, _inputs: Any, key: Tensor) -> None:
        self._projections.append((self._query, key))

    def encode(self, image: Tensor) -> Tensor:
        """Return the latent of an image (1, 3, 512, 512) in [0, 1]."""
        with torch.no_grad():
            return self.vae.encode(image * 2 - 1).latent_dist.mean * LATENT_FACTOR

    def noisy(self, latent: Tensor, noise: Tensor, timestep: int) -> Tensor:
        """Return the latent at a noise level."""
        return self.scheduler.add_noise(latent, noise, torch.tensor([timestep]))

    def layer_maps(self, noisy: Tensor, timestep: int, prompt: Tensor) -> list[Tensor]:
        """Return the token's attention of each layer, shape (4, s, s): the second half of heads."""
        self._projections.clear()
        self.unet(noisy, timestep, prompt)
        small = [pair for pair in self._projections if pair[0].shape[1] <= LARGEST_LAYER]
        maps = []
        for query, key in (small[layer] for layer in self.settings["layers"]):
            heads = self.settings["heads"]
            q, k = (x[0].unflatten(-1, (heads, -1)).transpose(0, 1) for x in (query, key))
            attention = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)
            side = math.isqrt(q.shape[1])
            maps.append(attention[heads // 2 :, :, TOKEN].unflatten(-1, (side, side)))
        return maps

    def maps(self, noisy: Tensor, timestep: int, prompt: Tensor, size: int = SIDE) -> Tensor:
        """Return the same at one size, shape (layers, 4, size, size)."""
        layers = self.layer_maps(noisy, timestep, prompt)
        return torch.stack([resized(layer[None], size)[0] for layer in layers])

    def gaussian(self, x: float, y: float) -> Tensor:
        """Return the target for a landmark at (x, y) in pixels."""
        row, col = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
        distance = (row - y) ** 2 + (col - x) ** 2
        return torch.exp(-distance / (2 * self.settings["sigma_px"] ** 2))

    def loss(self, noisy: Tensor, timestep: int, prompt: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error between the heads' mean and the target."""
        return (self.maps(noisy, timestep, prompt).mean(1) - target).square().mean()

    def crop(self, image: Tensor, row: Any) -> Tensor:
        """Return the latent of a crop (y, x, size) of the image."""
        top, left, size = (int(value) for value in row)
        part = image[..., top : top + size, left : left + size]
        return self.encode(resized(part, SIDE))

    def learn(
        self, image: Tensor, crops: np.ndarray, noise: Tensor, prompt: Tensor, pixel: np.ndarray
    ) -> tuple[np.ndarray, Tensor]:
        """Return the landmark's (x, y) in each crop and the prompt after the last step of Adam."""
        first, second, places = torch.zeros_like(prompt), torch.zeros_like(prompt), []
        for step, row in enumerate(crops, start=1):
            x, y = (pixel - row[1::-1]) / row[2]
            places.append((x, y))
            timestep = self.settings["t_learn"]
            noisy = self.noisy(self.crop(image, row), noise[step - 1 : step], timestep)
            prompt = prompt.detach().requires_grad_()
            loss = self.loss(noisy, timestep, prompt, self.gaussian(x * SIDE, y * SIDE))
            (gradient,) = torch.autograd.grad(loss, prompt)
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            rate = self.settings["learning_rate"] / (1 - 0.9**step)
            scale = (second / (1 - 0.999**step)).sqrt() + 1e-8
            prompt = prompt - rate * first / scale
        return np.array(places, dtype=np.float32), prompt.detach()

    def locate(
        self, image: Tensor, crops: np.ndarray, noise: Tensor, prompt: Tensor
    ) -> tuple[Tensor, np.ndarray]:
        """Return the averaged maps and the point (x, y)."""
        total = torch.zeros(len(self.settings["layers"]), SIDE, SIDE)
        count = torch.zeros(SIDE, SIDE)
        for row, single in zip(crops, noise, strict=True):
            top, left, size = (int(value) for value in row)
            timestep = self.settings["t_locate"]
            noisy = self.noisy(self.crop(image, row), single[None], timestep)
            with torch.no_grad():
                maps = self.maps(noisy, timestep, prompt, size).mean(1)
            total[:, top : top + size, left : left + size] += maps
            count[top : top + size, left : left + size] += 1
        average = total / count
        likelihood = average.flatten(1).softmax(1).mean(0)
        row, col = divmod(int(likelihood.argmax()), SIDE)
        return average, np.array([col + 0.5, row + 0.5], dtype=np.float32)


def write_naive_set(model: Path, image: Path, settings: dict[str, Any], folder: Path) -> Path:
    """Write a set of reference values that this module has computed, in the layout of the full set.

    Parameters
    ----------
    model, image : Path
        Folder of the model, and an image of 512 x 512 pixels.
    settings : dict
        As in settings.json.
    folder : Path
        Where golden.npz, settings.json and the model go.
    """
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copytree(model, folder / "model")
    with Image.open(image) as opened:
        pixels = np.array(opened.convert("RGB"))
    np.savez(folder / "golden.npz", **naive_values(NaiveMethod(model, settings), pixels))
    return folder


def naive_values(method: NaiveMethod, pixels: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """Return all values of a set for an image of shape (512, 512, 3)."""
    settings, random = method.settings, np.random.default_rng(0)
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    noise = torch.from_numpy(random.random((1, 4, 64, 64), dtype=np.float32))
    prompt = torch.from_numpy(random.standard_normal((1, 77, 768), dtype=np.float32))
    x, y = (SIDE * share for share in settings["position_xy"])
    target, latent = method.gaussian(x, y), method.encode(image)
    values: dict[str, Any] = {
        "image": pixels,
        "noise": noise,
        "context": prompt,
        "latent": latent,
        "gaussian_sub4": target[::4, ::4],
    }
    for phase, name in (("opt", "t_learn"), ("infer", "t_locate")):
        timestep = settings[name]
        noisy = method.noisy(latent, noise, timestep)
        leaf = prompt.clone().requires_grad_()
        loss = method.loss(noisy, timestep, leaf, target)
        (gradient,) = torch.autograd.grad(loss, leaf)
        with torch.no_grad():
            maps = method.maps(noisy, timestep, prompt)
        values |= {
            f"noisy_{phase}": noisy,
            f"maps_{phase}_heads_sub8": maps[..., ::8, ::8],
            f"maps_{phase}_mean_sub4": maps.mean(1)[..., ::4, ::4],
            f"loss_{phase}": np.float64(loss.item()),
            f"grad_{phase}": gradient,
        }
    size = int(SIDE * settings["crop_percent"] / 100)
    far = SIDE - size
    crops = np.array([(far // 2, far - step, size) for step in range(settings["steps"])])
    noise = torch.from_numpy(random.random((len(crops), 4, 64, 64), dtype=np.float32))
    places, learned = method.learn(image, crops, noise, prompt, np.array([x, y]))
    corners = np.array([(top, left, size) for top in (0, far) for left in (0, far)])
    view_noise = torch.from_numpy(random.random((4, 4, 64, 64), dtype=np.float32))
    average, point = method.locate(image, corners, view_noise, learned)
    values |= {
        "opt_crops_y_x_size": crops,
        "opt_noise": noise,
        "opt_pixel": places,
        "opt_context": learned,
        "infer_crops_y_x_size": corners,
        "infer_noise": view_noise,
        "infer_maps_mean_sub4": average[..., ::4, ::4],
        "infer_point_xy": point,
    }
    return {name: np.asarray(value) for name, value in values.items()}
