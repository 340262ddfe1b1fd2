"""Learning: from references to a landmark set, extending it, and its file."""

from __future__ import annotations
