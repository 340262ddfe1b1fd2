"""From views to score maps: attention by cached queries or the full UNet, features, and their fusion."""

from __future__ import annotations
