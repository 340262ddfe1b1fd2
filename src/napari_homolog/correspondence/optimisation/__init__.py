"""Optimising prompt embeddings so that attention peaks at the landmarks."""

from __future__ import annotations
