"""Encoded views of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .rectangle import Rectangle


@dataclass(frozen=True, eq=False)
class ViewSet:
    """Encoded views of one image.

    Attributes
    ----------
    latents : Tensor, shape (n, channels, side, side)
        Clean latents.
    rectangles : tuple of Rectangle
        Where the views lie, one for each latent.
    groups : tuple of int
        Which views belong together, counted from 0. Every group covers the whole region of
        interest, so that the answers of groups can be compared.
    """

    latents: Tensor
    rectangles: tuple[Rectangle, ...]
    groups: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rectangles)

    def subset(self, views: Sequence[int]) -> ViewSet:
        """Return some of the views, by their indices."""
        return ViewSet(
            self.latents[list(views)],
            tuple(self.rectangles[view] for view in views),
            tuple(self.groups[view] for view in views),
        )


def join_views(sets: Sequence[ViewSet]) -> ViewSet:
    """Return the views of several images as one set."""
    rectangles = tuple(rectangle for views in sets for rectangle in views.rectangles)
    groups = tuple(group for views in sets for group in views.groups)
    return ViewSet(torch.cat([views.latents for views in sets]), rectangles, groups)
