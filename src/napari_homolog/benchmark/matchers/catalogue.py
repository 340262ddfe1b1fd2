"""All matchers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from ...correspondence import Preset
from ...diffusion import Backbone
from ...errors import SettingsError
from .carried import CarriedByBuddies
from .floors import AffineMatcher, RandomPlace, SamePlace, SiftMatcher
from .homolog import KINDS, Homolog, Kind, LandmarkSets
from .matcher import Matcher
from .names import MATCHERS, METHOD
from .nearest import NearestNeighbour
from .pwarpc import PwarpcNcNet
from .vgg import Vgg
from .vision_transformers import Dino, DinoV2

_FLOORS: Mapping[str, Callable[[int], Matcher[Any]]] = {
    "random": RandomPlace,
    "same-place": lambda seed: SamePlace(),
    "sift": lambda seed: SiftMatcher(),
    "affine": AffineMatcher,
}
_BASELINES: Mapping[str, Callable[[str | None, torch.device], Matcher[Any]]] = {
    "dino-nn": lambda source, device: NearestNeighbour(Dino(source, device)),
    "dinov2-nn": lambda source, device: NearestNeighbour(DinoV2(source, device)),
    "dino-mls": lambda source, device: CarriedByBuddies(Dino(source, device)),
    "vgg-mls": lambda source, device: CarriedByBuddies(Vgg(source, device)),
    "pwarpc-nc-net": PwarpcNcNet,
}


def baseline(
    name: str,
    *,
    checkpoint: str | None = None,
    device: torch.device | None = None,
    seed: int = 0,
) -> Matcher[Any]:
    """Return a floor or a baseline by name.

    Parameters
    ----------
    name : str
        One of `names.FLOORS` and `names.BASELINES`.
    checkpoint : str, optional
        Folder or Hugging Face id of a baseline's network; default: the published one, except for
        ``pwarpc-nc-net``, which needs a file.
    device : torch.device, optional
        Where a baseline's network runs; default: the processor.
    seed : int
        Of a floor's draws.

    Raises
    ------
    SettingsError
        If there is none of that name.
    CheckpointError
        If its network cannot be had.
    """
    if name in _FLOORS:
        return _FLOORS[name](seed)
    if name in _BASELINES:
        return _BASELINES[name](checkpoint, device or torch.device("cpu"))
    raise SettingsError(f"There is no matcher {name!r}; choose one of {', '.join(MATCHERS)}.")


def method(
    names: list[str],
    backbone: Backbone,
    preset: Preset,
    *,
    seed: int = 0,
    folder: Path | None = None,
) -> list[Matcher[Any]]:
    """Return the method's matchers; they share what they learn.

    Parameters
    ----------
    names : list of str
        Of `names.METHOD`; ``homolog`` is the preset's own choice.
    backbone : Backbone
        The model.
    preset : Preset
        How to learn and locate.
    seed : int
        Of everything random.
    folder : Path, optional
        Where landmark sets are kept.
    """
    sets = LandmarkSets(backbone, preset, seed, folder)
    kinds: dict[str, Kind | None] = {METHOD[0]: None, **{kind: kind for kind in KINDS}}
    return [Homolog(sets, kinds[name]) for name in names]
