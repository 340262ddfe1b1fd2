"""What the commands show: messages, progress, and a model being loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..context import RunContext

if TYPE_CHECKING:
    from ..diffusion import Backbone

screen = Console()
messages = Console(stderr=True)


@contextmanager
def progress_context(quiet: bool, seed: int = 0) -> Iterator[RunContext]:
    """Show a progress bar while the block runs, and yield the context that reports to it.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    seed : int
        The context's seed.
    """
    if quiet:
        yield RunContext(seed=seed)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=messages) as bar:
        tasks: dict[str, Any] = {}

        def report(done: int, total: int, message: str) -> None:
            if message not in tasks:
                tasks[message] = bar.add_task(message, total=total)
            bar.update(tasks[message], completed=done, total=total)

        yield RunContext(seed=seed, progress=report)
        for task in tasks.values():
            # Learning may converge before its last step.
            bar.update(task, completed=bar.tasks[task].total)


def load(model: str, device: str, precision: str, context: RunContext) -> Backbone:
    """Load a model; its terms are printed before it is downloaded.

    Parameters
    ----------
    model, device, precision : str
        As `napari_homolog.load_backbone` takes them.
    context : RunContext
        Progress, and whether to stop.
    """
    from ..diffusion import CATALOGUE, load_backbone

    if model in CATALOGUE and model != "embedded":
        messages.print(f"{CATALOGUE[model].about} {CATALOGUE[model].terms}", highlight=False)
    return load_backbone(model, device=device, precision=precision, context=context)
