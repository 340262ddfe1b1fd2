"""Data sets with true landmarks, each in its published layout."""

from __future__ import annotations

from .ap10k import AP10K
from .cub import CUB
from .folder import FOLDER
from .layout import Dataset, Protocol
from .pair import (
    Box,
    Pair,
    Picture,
    choose_pairs,
    further_references,
    longer_side,
    ordered_pairs,
)
from .pf_pascal import PF_PASCAL
from .pf_willow import PF_WILLOW
from .spair import SPAIR

DATASETS = {one.name: one for one in (SPAIR, PF_WILLOW, PF_PASCAL, CUB, AP10K, FOLDER)}
"""By the name that the command line knows them by."""

__all__ = [
    "DATASETS",
    "Box",
    "Dataset",
    "Pair",
    "Picture",
    "Protocol",
    "choose_pairs",
    "further_references",
    "longer_side",
    "ordered_pairs",
]
