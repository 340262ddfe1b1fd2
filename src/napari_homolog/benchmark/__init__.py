"""Measuring how well landmarks are found."""

from __future__ import annotations

from .findings import Findings, findings
from .scores import Scores, score, side_confusion
from .series import DrawnTransfer, transfer_drawn

__all__ = [
    "DrawnTransfer",
    "Findings",
    "Scores",
    "findings",
    "score",
    "side_confusion",
    "transfer_drawn",
]
