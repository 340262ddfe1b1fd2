from __future__ import annotations

from napari_homolog.correspondence import LearnSettings
from napari_homolog.correspondence.optimisation.convergence import Plateau


def test_a_plateau_is_reached_once_the_loss_stops_falling() -> None:
    falling = Plateau(LearnSettings(tolerance=0.01, patience=20))
    assert not any(falling.reached(0.98**step) for step in range(200))
    flat = Plateau(LearnSettings(tolerance=0.01, patience=20))
    stopped = [step for step in range(200) if flat.reached(max(0.5, 0.9**step))]
    assert 40 <= stopped[0] <= 60


def test_no_tolerance_means_no_plateau() -> None:
    plateau = Plateau(LearnSettings(tolerance=0, patience=5))
    assert not any(plateau.reached(1.0) for _ in range(100))
