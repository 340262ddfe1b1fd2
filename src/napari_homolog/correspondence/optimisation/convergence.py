"""When an optimisation has converged."""

from __future__ import annotations

from ..settings import LearnSettings


class Plateau:
    """Tells when a noisy loss has stopped decreasing.

    The means of two consecutive stretches of `patience` steps are compared.

    Parameters
    ----------
    settings : LearnSettings
        Gives `tolerance` and `patience`.
    """

    def __init__(self, settings: LearnSettings) -> None:
        self._tolerance, self._patience = settings.tolerance, settings.patience
        self._losses: list[float] = []

    def reached(self, loss: float) -> bool:
        """Record one step's loss and return whether to stop."""
        self._losses.append(loss)
        count = self._patience
        if self._tolerance == 0 or len(self._losses) < 2 * count or len(self._losses) % 10:
            return False
        recent = sum(self._losses[-count:])
        return recent > (1 - self._tolerance) * sum(self._losses[-2 * count : -count])
