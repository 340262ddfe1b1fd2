"""Words: where an image attends to each word of a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion import Backbone
from ..errors import SettingsError
from ..images import as_rgb
from ..progress import Progress, StopCheck, check_stop
from .canvas import MapCanvas
from .settings import LocateSettings
from .views import ViewSet, draw_noise, shared_views


@dataclass(frozen=True, eq=False)
class WordMaps:
    """The attention that an image pays to a sentence.

    Attributes
    ----------
    tokens : tuple of str
        The sentence as the model's tokenizer cuts it: words, parts of long words, punctuation.
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
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> WordMaps:
    """Return one attention map for each token of a sentence.

    Parameters
    ----------
    backbone : Backbone
        A model with a text encoder.
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        Anything that `napari_homolog.images.as_rgb` takes.
    text : str
        A sentence, such as ``"a bird's left eye"``.
    settings : LocateSettings, optional
        Timestep, layers and shared views; default: those of the preset ``balanced``.
    seed : int
        Seed of everything random.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`.

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
        If `should_stop` said yes.

    References
    ----------
    Hedlin et al. 2023, figures 4 and 5.
    """
    settings = (settings or LocateSettings()).completed(backbone.locate_timestep)
    picture = as_rgb(image)
    tokens = backbone.tokens_of(text)
    room = backbone.prompt_shape[0] - 2
    if not 1 <= len(tokens) <= room:
        raise SettingsError(
            f"The text {text!r} has {len(tokens)} tokens; this model takes 1 to {room}, shorten it."
        )
    views = shared_views(
        backbone,
        picture,
        encodings=settings.encodings,
        windows=settings.windows,
        crop_share=settings.crop_share,
        rng=np.random.default_rng(seed),
    )
    layers = _maps_of_views(
        backbone, views, text, len(tokens), settings, seed, progress, should_stop
    )
    canvas = MapCanvas(picture.shape[:2], settings.map_side)
    placed = [canvas.average(layer, views.rectangles) for layer in layers]
    maps = torch.stack(placed).mean(0).cpu().numpy()
    return WordMaps(tokens, maps, canvas.scale, canvas.translate)


def _maps_of_views(
    backbone: Backbone,
    views: ViewSet,
    text: str,
    count: int,
    settings: LocateSettings,
    seed: int,
    progress: Progress | None,
    should_stop: StopCheck | None,
) -> list[Tensor]:
    """Return each layer's maps of a text's first tokens, (views, count, rows, cols)."""
    prompt = backbone.encode_text(text)
    generator = torch.Generator().manual_seed(seed)
    passes = []
    for index, latent in enumerate(views.latents.split(1)):
        check_stop(should_stop)
        noise = draw_noise(latent.shape, settings, generator).to(latent)
        noisy = backbone.add_noise(latent, noise, settings.noise_level)
        found = backbone.attention(noisy, settings.noise_level, prompt, layers=settings.layers)
        # Token 0 starts the text.
        own = [layer[0, ..., 1 : count + 1].mean(0).movedim(-1, 0) for layer in found]
        passes.append(own)
        if progress is not None:
            progress(index + 1, len(views), "reading the words' attention")
    return [torch.stack(layer) for layer in zip(*passes, strict=True)]
