"""A model of photographs, for honest figures on photographs; it never ships.

Pictures and the names of what they show are all that it learns from: of a folder of bird
photographs with ``keypoints.json`` only the class in each picture's name is read, never a keypoint.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image

from .autoencoder import encode_all, learn_to_restore
from .data import Pictures
from .denoiser import Recipe, train_denoiser, write_latents
from .export import export_networks

SMALLEST_CUT = 0.7
"""Side of the smallest cut that augmentation takes, as a share of the picture."""

BRIGHTNESS = 0.15
"""Largest change of brightness and of contrast by augmentation, as a share."""

CLEAR = (50, 500)
"""Timesteps of nine pictures in ten: those at which parts can be told apart."""

LEARN_TIMESTEP = 150
"""Noise level that the model is read at."""


@dataclass(frozen=True)
class Size:
    """How large a model of photographs is.

    Attributes
    ----------
    autoencoder : tuple of int
        Width of the auto-encoder's levels; each after the first halves the picture.
    latent_channels : int
        Channels of a latent.
    denoiser : tuple of int
        Width of the UNet's levels.
    layers : int
        Residual blocks in each level on the way down.
    autoencoder_steps, denoiser_steps, batch : int
        Length of the training.
    views : int
        Augmented views that each picture is encoded as, once, before the denoiser's training.
    layers_read : tuple of int
        Cross-attention layers that landmarks are read from.
    """

    autoencoder: tuple[int, ...]
    latent_channels: int
    denoiser: tuple[int, ...]
    layers: int
    autoencoder_steps: int
    denoiser_steps: int
    batch: int
    views: int
    layers_read: tuple[int, ...]


SIZES = {
    "small": Size((16, 32, 64, 64), 8, (64, 128, 192), 1, 800, 2400, 32, 6, (6, 7, 8)),
    "large": Size((64, 128, 256), 8, (128, 256, 320), 2, 6000, 40_000, 64, 16, (8, 9, 10, 11)),
}
"""`small`: 16 x 16 latents of 128 x 128 pixels, for two cores and about an hour; `large`:
32 x 32 latents, for an accelerator."""


def photographs(folder: Path) -> Pictures:
    """Return the photographs of a folder with the names of their classes as captions.

    Parameters
    ----------
    folder : Path
        Holds ``keypoints.json``, whose entries have ``file`` and ``name`` ("004.Groove_billed_Ani/
        ..."), and the square pictures, all of one size.
    """
    entries = json.loads((folder / "keypoints.json").read_text(encoding="utf-8"))["images"]
    images = [np.asarray(Image.open(folder / entry["file"]).convert("RGB")) for entry in entries]
    return Pictures(np.stack(images), [caption(entry["name"]) for entry in entries])


def caption(name: str) -> str:
    """Return "a photo of a groove billed ani" for "004.Groove_billed_Ani/...jpg"."""
    kind = re.sub(r"^\d+\.", "", name.split("/")[0])
    return "a photo of a " + kind.replace("_", " ").lower()


def augment(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a random cut at the picture's size, half of them mirrored, lighter or darker."""
    side = image.shape[0]
    cut = int(rng.uniform(SMALLEST_CUT, 1.0) * side)
    row, column = rng.integers(0, side - cut + 1, 2)
    part = image[row : row + cut, column : column + cut]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    whole = np.asarray(
        Image.fromarray(part).resize((side, side), Image.Resampling.BICUBIC), np.float32
    )
    contrast, brightness = rng.uniform(-BRIGHTNESS, BRIGHTNESS, 2)
    changed = (whole - 127.5) * (1 + contrast) + 127.5 * (1 + brightness)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def train_photographs(
    pictures: Pictures, work: Path, size: Size, *, device: str = "cpu", seed: int = 0
) -> None:
    """Train auto-encoder and denoiser, each only where the folder has none yet.

    Parameters
    ----------
    pictures : Pictures
        What to learn from.
    work : Path
        Gets ``vae``, ``latents.safetensors``, ``unet``, ``text_encoder``, ``tokenizer``.
    size : Size
        Of the networks and of the training.
    device : str
        Where to train.
    seed : int
        Of weights, views, order and noise.
    """
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "vae").is_dir():
        _train_autoencoder(pictures, work / "vae", size, device, seed)
    if not (work / "latents.safetensors").is_file():
        _write_views(pictures, work, size, device, seed)
    recipe = Recipe(
        size.denoiser_steps,
        size.batch,
        learning_rate=6e-4,
        seed=seed,
        checkpoint_every=250,
        clear=CLEAR,
        colour_channels=0,
        channels=size.denoiser,
        layers=size.layers,
        device=device,
    )
    train_denoiser(work, recipe)


def export_photographs(work: Path, target: Path, size: Size) -> int:
    """Write the model as a folder that `napari_homolog.load_backbone` takes; return its bytes."""
    return export_networks(work, target, "photographs", size.layers_read, LEARN_TIMESTEP)


def _train_autoencoder(
    pictures: Pictures, folder: Path, size: Size, device: str, seed: int
) -> None:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    side = pictures.images.shape[1]
    levels = len(size.autoencoder)
    model = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=size.autoencoder,
        layers_per_block=1,
        latent_channels=size.latent_channels,
        norm_num_groups=8,
        sample_size=side,
        mid_block_add_attention=False,
    ).to(device=device, memory_format=torch.channels_last)

    def sample(_step: int) -> NDArray[np.uint8]:
        # Quarters of pictures: detail is local, and four times as many fit in the same time.
        chosen = rng.integers(0, len(pictures.images), size.batch)
        corners = rng.integers(0, side // 2 + 1, (size.batch, 2))
        quarters = [
            pictures.images[index, row : row + side // 2, column : column + side // 2]
            for index, (row, column) in zip(chosen, corners, strict=True)
        ]
        return np.stack(quarters)

    learn_to_restore(model, sample, size.autoencoder_steps, device)
    spread = torch.cat(list(encode_all(model, pictures.images[:1000], 32))).std()
    model.register_to_config(scaling_factor=1 / float(spread))
    model.save_pretrained(folder)


def _write_views(pictures: Pictures, work: Path, size: Size, device: str, seed: int) -> None:
    """Encode augmented views of all pictures, scaled as Stable Diffusion scales its latents."""
    model = AutoencoderKL.from_pretrained(work / "vae")
    model = model.to(device=device, memory_format=torch.channels_last)
    rng = np.random.default_rng((seed, 1))
    latents, captions = [], []
    for view in range(size.views):
        images = np.stack([augment(image, rng) for image in pictures.images])
        latents += [
            (means * model.config.scaling_factor).half() for means in encode_all(model, images, 32)
        ]
        captions += pictures.captions
        print(f"view {view + 1} of {size.views} encoded", flush=True)
    write_latents(torch.cat(latents), captions, work)
