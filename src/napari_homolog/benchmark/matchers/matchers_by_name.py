"""Creating matchers by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ...context import RunContext
from ...correspondence import Preset
from ...diffusion import Backbone
from ...errors import SettingsError
from .classical_baselines import AffineMatcher, RandomPlace, SamePlace, SiftMatcher
from .homolog import KINDS, Homolog, Kind, LandmarkSets
from .matcher import Matcher
from .moving_least_squares import MovingLeastSquaresMatcher
from .names import MATCHERS, METHOD
from .nearest import NearestNeighbour
from .pwarpc import PwarpcNcNet
from .refinement_alone import RegistrationMatcher
from .regression_trees import RegressionTrees
from .vgg import Vgg
from .vision_transformers import Dino, DinoV2

_CLASSICAL: Mapping[str, Callable[[int], Matcher[Any]]] = {
    "random": RandomPlace,
    "same-place": lambda seed: SamePlace(),
    "sift": lambda seed: SiftMatcher(),
    "affine": AffineMatcher,
    "ncc": lambda seed: RegistrationMatcher(),
    "ert": RegressionTrees,
}
_NETWORKS: Mapping[str, Callable[[str | None, torch.device], Matcher[Any]]] = {
    "dino-nn": lambda source, device: NearestNeighbour(Dino(source, device)),
    "dinov2-nn": lambda source, device: NearestNeighbour(DinoV2(source, device)),
    "dino-mls": lambda source, device: MovingLeastSquaresMatcher(Dino(source, device)),
    "vgg-mls": lambda source, device: MovingLeastSquaresMatcher(Vgg(source, device)),
    "pwarpc-nc-net": PwarpcNcNet,
}


def create_baseline(
    name: str,
    *,
    checkpoint: str | None = None,
    device: torch.device | None = None,
    seed: int = 0,
) -> Matcher[Any]:
    """Return a baseline, classical or with a network, by its name.

    Parameters
    ----------
    name : str
        One of `names.CLASSICAL_BASELINES` and `names.BASELINES`.
    checkpoint : str, optional
        Folder or Hugging Face id of a baseline's network; default: the published one, except for
        ``pwarpc-nc-net``, which requires a file.
    device : torch.device, optional
        Where a baseline's network runs; default: the processor.
    seed : int
        Seed of a classical baseline.

    Raises
    ------
    SettingsError
        If there is none of that name.
    CheckpointError
        If its network cannot be loaded.
    """
    if name in _CLASSICAL:
        return _CLASSICAL[name](seed)
    if name in _NETWORKS:
        return _NETWORKS[name](checkpoint, device or torch.device("cpu"))
    raise SettingsError(f"There is no matcher {name!r}; choose one of {', '.join(MATCHERS)}.")


def create_method_matchers(
    names: Sequence[str],
    backbone: Backbone,
    preset: Preset,
    *,
    folder: Path | None = None,
    context: RunContext | None = None,
) -> list[Matcher[Any]]:
    """Return matchers that run the method; they share the landmark sets that they learn.

    Parameters
    ----------
    names : sequence of str
        Of `names.METHOD`; ``homolog`` uses the preset's own score maps.
    backbone : Backbone
        The model.
    preset : Preset
        How to learn and locate.
    folder : Path, optional
        Where landmark sets are kept.
    context : RunContext, optional
        Seed of learning and locating, and stop.
    """
    sets = LandmarkSets(backbone, preset, folder, context=context)
    kinds: dict[str, Kind | None] = {METHOD[0]: None, **{kind: kind for kind in KINDS}}
    return [Homolog(sets, kinds[name]) for name in names]
