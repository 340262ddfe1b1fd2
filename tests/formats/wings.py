"""The landmarks that all sample files hold: (row, col) on images of 640 x 480 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SAMPLES = Path(__file__).parent / "samples"
SIZE = (480, 640)
NAMES = ("humeral_break", "radial_fork", "wing_tip", "posterior_crossvein", "alula_notch")
WING_01 = np.array([(250, 100), (200.5, 300.25), (240, 600), (330.75, 360), (345, 140.5)])
WING_02 = np.array([(259, 112), (212, 309.5), (254.5, 604.75), (340, 371), (352.75, 151)])
GAP = (np.nan, np.nan)
