"""Data sets with true landmarks, each in its published layout."""

from __future__ import annotations

from .ap10k import AP10K
from .cub import CUB
from .identity import DataIdentity, digest_of_pictures, identify
from .layout import Dataset, Protocol
from .own_folder import FOLDER
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

DATASETS = {dataset.name: dataset for dataset in (SPAIR, PF_WILLOW, PF_PASCAL, CUB, AP10K, FOLDER)}
"""By the names that the command line uses."""

__all__ = [
    "DATASETS",
    "Box",
    "DataIdentity",
    "Dataset",
    "Pair",
    "Picture",
    "Protocol",
    "choose_pairs",
    "digest_of_pictures",
    "further_references",
    "identify",
    "longer_side",
    "ordered_pairs",
]
