"""Homologous landmarks by the attention of a latent diffusion model.

The names below are imported when first used, so that importing the package needs no torch.
"""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

from .lazy import lazy_names

if TYPE_CHECKING:
    from .correspondence import (
        LandmarkSet,
        LearnSettings,
        LocateSettings,
        Prediction,
        Reference,
        WordMaps,
        extend,
        learn,
        locate,
        preset,
        words,
    )
    from .diffusion import Backbone, load_backbone
    from .errors import HomologError
    from .formats import read, write
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
    "Reference": "correspondence",
    "WordMaps": "correspondence",
    "extend": "correspondence",
    "learn": "correspondence",
    "load_backbone": "diffusion",
    "locate": "correspondence",
    "preset": "correspondence",
    "read": "formats",
    "read_image": "images",
    "words": "correspondence",
    "write": "formats",
}

__all__ = [
    "Backbone",
    "HomologError",
    "LandmarkSet",
    "Landmarks",
    "LearnSettings",
    "LocateSettings",
    "Prediction",
    "Reference",
    "WordMaps",
    "extend",
    "learn",
    "load_backbone",
    "locate",
    "preset",
    "read",
    "read_image",
    "words",
    "write",
]
__version__ = version("napari-homolog")

# An application decides what is shown; see napari_homolog.logs.
logging.getLogger(__name__).addHandler(logging.NullHandler())

__getattr__ = lazy_names(__name__, _PLACES, deprecated={"load": "load_backbone"})
