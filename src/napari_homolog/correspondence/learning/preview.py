"""Previews: the attention on the first reference, shown while landmarks are learned."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..maps.cached_queries import CachedLayer, cached_maps
from ..maps.map_grid import MapGrid
from ..views.view_set import ViewSet

PAUSE = 12.0
"""Time between two previews as a multiple of what a preview takes: it slows learning by a twelfth."""

MAP_SIDE = 128
"""Cells of a preview's maps along the image's longer side."""


@dataclass(frozen=True, eq=False)
class Preview:
    """What the embeddings attend to so far.

    Attributes
    ----------
    maps : ndarray of float32, shape (n, rows, cols)
        Attention in [0, 1] on the first reference, on a grid that lies exactly on its image:
        ``image coordinate = index * scale + translate``.
    scale, translate : ndarray of float64, shape (2,)
        Pixels per cell and the pixel of the first cell's centre, (row, col).
    """

    maps: NDArray[np.float32]
    scale: NDArray[np.float64]
    translate: NDArray[np.float64]


class PreviewMaker:
    """Makes previews of tokens, at intervals.

    Parameters
    ----------
    show : callable
        Receives the previews.
    shape : (int, int)
        Height and width of the first reference in pixels.
    views : ViewSet
        Views of the first reference.
    layers : sequence of CachedLayer
        The cached layers of these views, perhaps followed by those of other references.
    repeats : sequence of int
        How often each distinct token occurs in the prompt.
    restarts : int
        Embeddings per landmark.
    """

    def __init__(
        self,
        show: Callable[[Preview], None],
        shape: tuple[int, int],
        views: ViewSet,
        layers: Sequence[CachedLayer],
        repeats: Sequence[int],
        restarts: int,
    ) -> None:
        own = torch.arange(len(views))
        self._show, self._repeats, self._restarts = show, repeats, restarts
        self._views, self._layers = views, [layer.subset(own) for layer in layers]
        self._grid = MapGrid(shape, MAP_SIDE)
        self._due = time.monotonic()

    @torch.no_grad()
    def __call__(self, tokens: Tensor) -> None:
        """Show what tokens, (restarts * n, distinct, prompt_dim), attend to, if a preview is due."""
        start = time.monotonic()
        if start < self._due:
            return
        averages = [
            self._grid.average(maps, self._views.rectangles)
            for maps in cached_maps(self._layers, tokens.detach().float(), self._repeats)
        ]
        mean = torch.stack(averages).mean(0).unflatten(0, (self._restarts, -1)).mean(0)
        self._show(Preview(mean.cpu().numpy(), self._grid.scale, self._grid.translate))
        end = time.monotonic()
        self._due = end + PAUSE * (end - start)
