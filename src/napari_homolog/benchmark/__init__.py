"""Measuring how well landmarks are found."""

from __future__ import annotations

from .scores import Scores, score, side_confusion
from .series import DrawnTransfer, transfer_drawn

__all__ = ["DrawnTransfer", "Scores", "score", "side_confusion", "transfer_drawn"]
