"""Batches: how many views go through the network together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from ..context import RunContext

Result = TypeVar("Result")

CELLS_TOGETHER = 64 * 64
"""Latent cells that a processor computes at a time: one view of Stable Diffusion's, 16 small ones.

More of them do not fit its caches and are slower together than one by one.
"""

BYTES_A_CELL = 128 * 1024
"""Memory that an accelerator needs for a cell of a Stable Diffusion view, on the safe side."""

FREE_SHARE = 0.5
"""Share of the accelerator's free memory that a batch may take."""


def views_together(cells: int, device: torch.device) -> int:
    """Return how many views of so many latent cells to compute at a time, at least one."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return max(1, int(FREE_SHARE * free) // (BYTES_A_CELL * cells))
    return max(1, CELLS_TOGETHER // cells)


def in_batches(
    compute: Callable[[Tensor], Result],
    views: Tensor,
    together: int,
    context: RunContext | None = None,
) -> list[Result]:
    """Compute views batch by batch; a batch that runs out of memory is halved, and so are later ones.

    Parameters
    ----------
    compute : callable
        Takes a batch, (some, ...), and returns anything.
    views : Tensor, shape (n, ...)
        The views.
    together : int
        Most views of a batch.
    context : RunContext, optional
        Its stop check is called before every batch.

    Returns
    -------
    list
        What `compute` returned, in order.

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
