"""From views to score maps: attention (cached queries, full UNet), features, and their fusion."""

from __future__ import annotations
