"""Homologous landmarks by the attention of a latent diffusion model.

Learn the landmarks of one specimen and locate them on others::

    import napari_homolog as nh

    backbone = nh.load_backbone("sd-1.5")
    landmarks = nh.Landmarks({"tip": (112, 300), "base": (140, 96)})  # (row, col) in pixels
    learned = nh.learn(backbone, [nh.Reference(nh.read_image("wing_01.jpg"), landmarks)])
    prediction = nh.locate(backbone, nh.read_image("wing_02.jpg"), learned)

Every name is imported when it is first used, so that importing the package does not import torch.
"""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

from .lazy import lazy_names

if TYPE_CHECKING:
    from .context import RunContext
    from .correspondence import (
        LandmarkSet,
        LearnSettings,
        LocateSettings,
        Prediction,
        Preset,
        Reference,
        SharedSettings,
        WordMaps,
        extend,
        learn,
        locate,
        preset,
        words,
    )
    from .diffusion import Backbone, load_backbone
    from .errors import HomologError
    from .formats import read_landmarks, write_landmarks
    from .images import read_image
    from .landmarks import Landmarks

_PLACES = {
    "Backbone": "diffusion",
    "HomologError": "errors",
    "LandmarkSet": "correspondence",
    "Landmarks": "landmarks",
    "LearnSettings": "correspondence",
    "LocateSettings": "correspondence",
    "Prediction": "correspondence",
    "Preset": "correspondence",
    "Reference": "correspondence",
    "RunContext": "context",
    "SharedSettings": "correspondence",
    "WordMaps": "correspondence",
    "extend": "correspondence",
    "learn": "correspondence",
    "load_backbone": "diffusion",
    "locate": "correspondence",
    "preset": "correspondence",
    "read_image": "images",
    "read_landmarks": "formats",
    "words": "correspondence",
    "write_landmarks": "formats",
}

DEPRECATED = {"load": "load_backbone", "read": "read_landmarks", "write": "write_landmarks"}
"""Names of version 0.1, which still work with a warning, and the present ones."""

__all__ = [
    "Backbone",
    "HomologError",
    "LandmarkSet",
    "Landmarks",
    "LearnSettings",
    "LocateSettings",
    "Prediction",
    "Preset",
    "Reference",
    "RunContext",
    "SharedSettings",
    "WordMaps",
    "extend",
    "learn",
    "load_backbone",
    "locate",
    "preset",
    "read_image",
    "read_landmarks",
    "words",
    "write_landmarks",
]
__version__ = version("napari-homolog")

# An application decides what is shown; see napari_homolog.logs.
logging.getLogger(__name__).addHandler(logging.NullHandler())

__getattr__ = lazy_names(__name__, _PLACES, deprecated=DEPRECATED)
