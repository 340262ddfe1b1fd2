"""The frozen generative model; knows no landmark."""

from __future__ import annotations

from .attention import Queries
from .backbone import Backbone
from .catalogue import CATALOGUE, Checkpoint
from .loading import load

__all__ = ["CATALOGUE", "Backbone", "Checkpoint", "Queries", "load"]
