"""Inference: from a target image and a landmark set to a prediction with its uncertainty."""

from __future__ import annotations
