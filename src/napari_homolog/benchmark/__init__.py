"""Measuring how well landmarks are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names
from .datasets import DATASETS, Dataset, Pair, Picture, choose_pairs

if TYPE_CHECKING:
    from .landmark_findings import Findings, findings
    from .report import write_report
    from .runs import Task, run
    from .scores import Scores, score, side_confusion
    from .series import SyntheticTransfer, transfer_synthetic

__all__ = [
    "DATASETS",
    "Dataset",
    "Findings",
    "Pair",
    "Picture",
    "Scores",
    "SyntheticTransfer",
    "Task",
    "choose_pairs",
    "findings",
    "run",
    "score",
    "side_confusion",
    "transfer_synthetic",
    "write_report",
]

__getattr__ = lazy_names(
    __name__,
    {
        "SyntheticTransfer": "series",
        "Findings": "landmark_findings",
        "Scores": "scores",
        "Task": "runs",
        "findings": "landmark_findings",
        "run": "runs",
        "score": "scores",
        "side_confusion": "scores",
        "transfer_synthetic": "series",
        "write_report": "report",
    },
)
