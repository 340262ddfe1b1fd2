"""The method: prompt embeddings learned on references, attention read on targets.

The rooms, in the order in which a reader meets them: `views` (squares of an image), `maps` (from views
to score maps), `priors` (shape, pose, background, cycle), `optimisation` (of prompt embeddings),
`learning` (references to a landmark set) and `inference` (a target to a prediction). `paper` is the
published method in one file. Names are imported when they are first used: settings and presets need no
torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .inference.locate import locate
    from .inference.prediction import Prediction
    from .learning.extend import extend
    from .learning.landmark_set import LandmarkSet
    from .learning.learn import learn
    from .learning.preview import Preview
    from .learning.references import Reference
    from .maps.embeddings import Embeddings
    from .presets import ANY_POSE, PRESETS, Preset, preset, preset_for, with_method
    from .settings import LearnSettings, LocateSettings, Method, SharedSettings
    from .word_maps import WordMaps, words

_PLACES = {
    "ANY_POSE": "presets",
    "Embeddings": "maps.embeddings",
    "LandmarkSet": "learning.landmark_set",
    "LearnSettings": "settings",
    "LocateSettings": "settings",
    "Method": "settings",
    "PRESETS": "presets",
    "Prediction": "inference.prediction",
    "Preset": "presets",
    "Preview": "learning.preview",
    "Reference": "learning.references",
    "SharedSettings": "settings",
    "WordMaps": "word_maps",
    "extend": "learning.extend",
    "learn": "learning.learn",
    "locate": "inference.locate",
    "preset": "presets",
    "preset_for": "presets",
    "with_method": "presets",
    "words": "word_maps",
}

__all__ = [
    "ANY_POSE",
    "PRESETS",
    "Embeddings",
    "LandmarkSet",
    "LearnSettings",
    "LocateSettings",
    "Method",
    "Prediction",
    "Preset",
    "Preview",
    "Reference",
    "SharedSettings",
    "WordMaps",
    "extend",
    "learn",
    "locate",
    "preset",
    "preset_for",
    "with_method",
    "words",
]

__getattr__ = lazy_names(__name__, _PLACES, deprecated={"Glimpse": "Preview"})
