"""The wide world: specimens of many families, in photograph-like pictures with captions."""

from __future__ import annotations

from .colouring import COLOURS
from .families import FAMILIES, WORLD_KINDS, random_anatomy
from .scene import WorldPicture, generate_world_picture, picture_of

__all__ = [
    "COLOURS",
    "FAMILIES",
    "WORLD_KINDS",
    "WorldPicture",
    "generate_world_picture",
    "picture_of",
    "random_anatomy",
]
