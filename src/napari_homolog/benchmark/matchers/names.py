"""Names of all matchers, for the command line, which needs no torch to list them."""

from __future__ import annotations

METHOD = ("homolog", "attention", "features", "both")
"""The method: with the preset's own score maps, or with those named."""

BASELINES = ("dino-nn", "dinov2-nn", "dino-mls", "vgg-mls", "pwarpc-nc-net")
"""Published networks; each takes a checkpoint, the last one requires it."""

CLASSICAL_BASELINES = ("random", "same-place", "sift", "affine", "ncc", "ert")
"""Baselines without a network; the last one needs dlib."""

MATCHERS = (*METHOD, *BASELINES, *CLASSICAL_BASELINES)
