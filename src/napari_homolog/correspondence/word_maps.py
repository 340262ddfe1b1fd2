"""Word maps: where an image attends to each word of a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..context import RunContext
from ..diffusion import Backbone
from ..diffusion.threads import computing_threads
from ..errors import SettingsError
from ..images import as_rgb
from .maps.map_grid import MapGrid
from .maps.noise import draw_noise, with_noise
from .presets import PRESETS, Preset
from .settings import LocateSettings
from .views.encoded_views import encode_whole_image
from .views.view_set import ViewSet


@dataclass(frozen=True, eq=False)
class WordMaps:
    """The attention of an image to each token of a sentence.

    Attributes
    ----------
    tokens : tuple of str
        The sentence as the model's tokenizer splits it: words, parts of long words, punctuation.
    maps : ndarray of float32, shape (tokens, rows, cols)
        Attention in [0, 1], averaged over views, heads and layers, on a grid that lies exactly on
        the image: ``image coordinate = index * scale + translate``.
    scale, translate : ndarray of float64, shape (2,)
        Pixels per cell and the pixel of the first cell's centre, (row, col).
    """

    tokens: tuple[str, ...]
    maps: NDArray[np.float32]
    scale: NDArray[np.float64]
    translate: NDArray[np.float64]


@torch.no_grad()
def words(
    backbone: Backbone,
    image: NDArray[Any],
    text: str,
    *,
    settings: LocateSettings | None = None,
    context: RunContext | None = None,
) -> WordMaps:
    """Return one attention map for each token of a sentence.

    Parameters
    ----------
    backbone : Backbone
        A model with a text encoder.
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        Anything that `napari_homolog.images.as_rgb` accepts.
    text : str
        A sentence, such as ``"a bird's left eye"``.
    settings : LocateSettings, optional
        Timestep and views; default: those of the preset ``attention``.
    context : RunContext, optional
        Seed, progress, and whether to stop.

    Returns
    -------
    WordMaps

    Raises
    ------
    SettingsError
        If the text has no word, or more than the model's prompt holds.
    ImageError
        If the array is no image.
    CheckpointError
        If the model has no text encoder.
    Cancelled
        If the context says so.

    References
    ----------
    Hedlin et al. 2023, figures 4 and 5.
    """
    context = context or RunContext()
    preset = PRESETS["attention"].with_locate(settings or LocateSettings())
    preset = preset.completed(backbone.learn_timestep, backbone.locate_timestep)
    rgb = as_rgb(image)
    tokens = backbone.tokens_of(text)
    room = backbone.prompt_shape[0] - 2
    if not 1 <= len(tokens) <= room:
        raise SettingsError(
            f"The text {text!r} has {len(tokens)} tokens; this model takes 1 to {room}, shorten it."
        )
    with computing_threads(backbone):
        views = encode_whole_image(
            backbone,
            rgb,
            encodings=preset.locate.encodings,
            windows=preset.locate.windows,
            crop_share=preset.shared.crop_share,
            rng=np.random.default_rng(context.seed),
        )
        layers = _token_maps(backbone, views, text, len(tokens), preset, context)
    grid = MapGrid(rgb.shape[:2], preset.locate.map_side)
    averages = [grid.average(layer, views.rectangles) for layer in layers]
    maps = torch.stack(averages).mean(0).cpu().numpy()
    return WordMaps(tokens, maps, grid.scale, grid.translate)


def _token_maps(
    backbone: Backbone,
    views: ViewSet,
    text: str,
    count: int,
    preset: Preset,
    context: RunContext,
) -> list[Tensor]:
    """Return each layer's maps of a text's first tokens, (views, count, rows, cols)."""
    attention = preset.locating_attention
    prompt = backbone.encode_text(text)
    generator = torch.Generator().manual_seed(context.seed)
    passes = []
    for index, latent in enumerate(views.latents.split(1)):
        context.check_stop()
        noise = draw_noise(latent.shape, attention.noise, generator)
        noisy = with_noise(backbone, latent, noise, attention)
        layers = backbone.attention(noisy, attention.timestep, prompt, layers=attention.layers)
        # Token 0 starts the text.
        passes.append([layer[0, ..., 1 : count + 1].mean(0).movedim(-1, 0) for layer in layers])
        context.report(index + 1, len(views), "reading the words' attention")
    return [torch.stack(layer) for layer in zip(*passes, strict=True)]
