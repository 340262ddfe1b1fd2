"""Pixels for the tests of images."""

from __future__ import annotations

import numpy as np
import pytest
from image_samples import HEIGHT, WIDTH


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
