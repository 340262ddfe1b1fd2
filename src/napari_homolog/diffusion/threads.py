"""How many processor threads a model computes with."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .model_defaults import SMALL_LATENTS

if TYPE_CHECKING:
    from .backbone import Backbone

_ONE_AT_A_TIME = threading.RLock()
"""torch's number of threads is one for the whole process."""


def thread_count(latent_side: int, cores: int | None = None) -> int:
    """Return the number of threads for a model, the same wherever it computes.

    Sums of floating-point numbers depend on how they are divided among threads. A count that
    depends on the model and the computer only gives the same points in the dock, on the command line
    and on local workers, to the last bit.

    Parameters
    ----------
    latent_side : int
        Side of the model's latents.
    cores : int, optional
        Default: those of this computer. One of them is left to the user interface.
    """
    # Small arrays are not worth sharing out, and on a busy computer threads that wait for one another
    # take ten times as long.
    if latent_side <= SMALL_LATENTS:
        return 1
    return max(1, (cores or os.cpu_count() or 1) - 1)


@contextmanager
def computing_threads(backbone: Backbone) -> Iterator[None]:
    """Compute with the model's number of threads in this block."""
    with computing_with_threads(thread_count(backbone.latent_side)):
        yield


@contextmanager
def computing_with_threads(count: int) -> Iterator[None]:
    """Compute with this number of threads in this block, while no other thread of Python does."""
    import torch

    with _ONE_AT_A_TIME:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
