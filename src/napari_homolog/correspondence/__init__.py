"""The method: prompt embeddings learned on a reference, attention read on a target."""

from __future__ import annotations

from .embeddings import Embeddings
from .extend import extend
from .landmark_set import LandmarkSet
from .learn import learn
from .locate import locate
from .prediction import Prediction
from .reference import Reference
from .settings import (
    ANY_POSE,
    PRESETS,
    LearnSettings,
    LocateSettings,
    Method,
    Preset,
    preset,
    with_method,
)
from .watching import Glimpse, Watch
from .words import WordMaps, words

__all__ = [
    "ANY_POSE",
    "PRESETS",
    "Embeddings",
    "Glimpse",
    "LandmarkSet",
    "LearnSettings",
    "LocateSettings",
    "Method",
    "Prediction",
    "Preset",
    "Reference",
    "Watch",
    "WordMaps",
    "extend",
    "learn",
    "locate",
    "preset",
    "with_method",
    "words",
]
