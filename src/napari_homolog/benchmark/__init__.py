"""Benchmarks: how accurately matchers find landmarks on data with true landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names
from .datasets import DATASETS, Dataset, Pair, Picture, choose_pairs

if TYPE_CHECKING:
    from .benchmark_report import write_report
    from .benchmark_run import BenchmarkTask, run_benchmark
    from .landmark_outcomes import LandmarkOutcomes, collect_outcomes
    from .scores import Scores, score, side_confusion
    from .synthetic_transfer import SyntheticTransfer, transfer_synthetic

__all__ = [
    "DATASETS",
    "BenchmarkTask",
    "Dataset",
    "LandmarkOutcomes",
    "Pair",
    "Picture",
    "Scores",
    "SyntheticTransfer",
    "choose_pairs",
    "collect_outcomes",
    "run_benchmark",
    "score",
    "side_confusion",
    "transfer_synthetic",
    "write_report",
]

__getattr__ = lazy_names(
    __name__,
    {
        "BenchmarkTask": "benchmark_run",
        "LandmarkOutcomes": "landmark_outcomes",
        "Scores": "scores",
        "SyntheticTransfer": "synthetic_transfer",
        "collect_outcomes": "landmark_outcomes",
        "run_benchmark": "benchmark_run",
        "score": "scores",
        "side_confusion": "scores",
        "transfer_synthetic": "synthetic_transfer",
        "write_report": "benchmark_report",
    },
)
