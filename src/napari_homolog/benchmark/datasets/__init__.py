"""Data sets with true landmarks, each in its published layout."""

from __future__ import annotations

from .ap10k import AP10K
from .boxed import with_boxed_pictures, with_boxes
from .cub import CUB
from .identity import DataIdentity, digest_of_pictures, identify
from .layout import Dataset, Protocol
from .own_folder import FOLDER
from .pair import (
    Box,
    Pair,
    Picture,
    choose_pairs,
    choose_specimens,
    further_references,
    longer_side,
    ordered_pairs,
    shape_difference,
)
from .pf_pascal import PF_PASCAL
from .pf_willow import PF_WILLOW
from .posed import PoseRange, with_posed_targets
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
    "PoseRange",
    "Protocol",
    "choose_pairs",
    "choose_specimens",
    "digest_of_pictures",
    "further_references",
    "identify",
    "longer_side",
    "ordered_pairs",
    "shape_difference",
    "with_boxed_pictures",
    "with_boxes",
    "with_posed_targets",
]
