"""Watching: the attention on the first reference, shown while it is learned."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .canvas import MapCanvas
from .frozen import FrozenLayer, frozen_maps
from .views import ViewSet

REST = 12.0
"""Time between two glimpses in times of what a glimpse takes: learning is slowed by a twelfth."""

MAP_SIDE = 128
"""Cells of a glimpse's maps along the image's longer side."""


@dataclass(frozen=True, eq=False)
class Glimpse:
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


Watch = Callable[[Glimpse], None]
"""Called now and then while landmarks are learned, in the thread that learns."""


class Watcher:
    """Turns tokens into glimpses, not too often.

    Parameters
    ----------
    watch : callable
        Gets the glimpses.
    shape : (int, int)
        Height and width of the first reference in pixels.
    views : ViewSet
        Views of the first reference.
    layers : sequence of FrozenLayer
        What was frozen of these views, perhaps among others that follow.
    repeats : sequence of int
        How often each distinct token stands in the prompt.
    rounds : int
        Embeddings per landmark.
    """

    def __init__(
        self,
        watch: Watch,
        shape: tuple[int, int],
        views: ViewSet,
        layers: Sequence[FrozenLayer],
        repeats: Sequence[int],
        rounds: int,
    ) -> None:
        own = torch.arange(len(views))
        self._watch, self._repeats, self._rounds = watch, repeats, rounds
        self._views, self._layers = views, [layer.of(own) for layer in layers]
        self._canvas = MapCanvas(shape, MAP_SIDE)
        self._due = time.monotonic()

    @torch.no_grad()
    def __call__(self, tokens: Tensor) -> None:
        """Show what tokens, (rounds * n, distinct, prompt_dim), attend to, if it is time to."""
        start = time.monotonic()
        if start < self._due:
            return
        placed = [
            self._canvas.average(maps, self._views.rectangles)
            for maps in frozen_maps(self._layers, tokens.detach().float(), self._repeats)
        ]
        mean = torch.stack(placed).mean(0).unflatten(0, (self._rounds, -1)).mean(0)
        self._watch(Glimpse(mean.cpu().numpy(), self._canvas.scale, self._canvas.translate))
        now = time.monotonic()
        self._due = now + REST * (now - start)
