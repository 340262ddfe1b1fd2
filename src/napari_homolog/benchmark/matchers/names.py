"""What matchers there are; for the command line, which needs no torch to know it."""

from __future__ import annotations

METHOD = ("homolog", "attention", "features", "both")
"""The method: with the preset's own evidence, or with the one named."""

BASELINES = ("dino-nn", "dinov2-nn", "dino-mls", "vgg-mls", "pwarpc-nc-net")
"""Networks that others published; each takes a checkpoint, the last one needs it."""

FLOORS = ("random", "same-place", "sift", "affine")
"""What needs no network."""

MATCHERS = (*METHOD, *BASELINES, *FLOORS)
