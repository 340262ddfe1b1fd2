"""The frozen diffusion model: catalogue, download, loading and attention. Knows no landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names
from .model_catalogue import CATALOGUE, VISION_MODELS, Checkpoint, describe
from .model_names import ModelName

if TYPE_CHECKING:
    from .attention import Queries
    from .backbone import Backbone
    from .loading import load_backbone

__all__ = [
    "CATALOGUE",
    "VISION_MODELS",
    "Backbone",
    "Checkpoint",
    "ModelName",
    "Queries",
    "describe",
    "load_backbone",
]

__getattr__ = lazy_names(
    __name__,
    {"Backbone": "backbone", "Queries": "attention", "load_backbone": "loading"},
    deprecated={"load": "load_backbone"},
)
