"""Batches of views, as large as the device's memory and caches allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from ..context import RunContext

Result = TypeVar("Result")

CPU_CELLS = 64 * 64
"""Latent cells that a CPU computes at a time: one view of Stable Diffusion's, or 16 small ones.

Larger batches do not fit into its caches and are slower than views one by one.
"""

BYTES_PER_CELL = 128 * 1024
"""Upper estimate of an accelerator's memory for a latent cell of a Stable Diffusion view."""

FREE_SHARE = 0.5
"""Share of the accelerator's free memory that a batch may take."""


def views_together(cells: int, device: torch.device) -> int:
    """Return how many views to compute at a time, at least one, given the latent cells of each."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return max(1, int(FREE_SHARE * free) // (BYTES_PER_CELL * cells))
    return max(1, CPU_CELLS // cells)


def in_batches(
    compute: Callable[[Tensor], Result],
    views: Tensor,
    together: int,
    context: RunContext | None = None,
) -> list[Result]:
    """Compute views in batches. One that runs out of memory is halved, and so are those after it.

    Parameters
    ----------
    compute : callable
        Takes a batch, shape (m, ...), and returns its result.
    views : Tensor, shape (n, ...)
        The views.
    together : int
        Maximal number of views in a batch.
    context : RunContext, optional
        Its stop check is called before every batch.

    Returns
    -------
    list
        The results of the batches, in order.

    Raises
    ------
    torch.OutOfMemoryError
        If a single view does not fit.
    Cancelled
        If the context's stop check returned True.
    """
    context = context or RunContext()
    results: list[Result] = []
    done = 0
    context.log.debug("computing %d views, at most %d at a time", len(views), together)
    while done < len(views):
        context.check_stop()
        batch = views[done : done + together]
        try:
            results.append(compute(batch))
        except torch.OutOfMemoryError:
            if len(batch) == 1:
                raise
            together = len(batch) // 2
            context.log.info(
                "%d views at a time do not fit into memory; going on with %d", len(batch), together
            )
            if views.device.type == "cuda":
                torch.cuda.empty_cache()
            continue
        done += len(batch)
    return results
