"""Measuring how well landmarks are found."""

from __future__ import annotations

from .scores import Scores, score
from .series import DrawnTransfer, transfer_drawn

__all__ = ["DrawnTransfer", "Scores", "score", "transfer_drawn"]
