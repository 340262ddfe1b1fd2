"""What the commands show: messages, progress, and a model being loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from ..diffusion import Backbone
    from ..progress import Progress as Report

screen = Console()
messages = Console(stderr=True)


@contextmanager
def bar(quiet: bool) -> Iterator[Report | None]:
    """Show a progress bar while the block runs; yield what reports to it."""
    if quiet:
        yield None
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

        yield report
        for task in tasks.values():
            # Learning may stop before its last step: it has converged.
            bar.update(task, completed=bar.tasks[task].total)


def load(model: str, device: str, precision: str, report: Report | None) -> Backbone:
    """Load a model, its terms told first where it would be fetched."""
    from ..context import RunContext
    from ..diffusion import CATALOGUE, load_backbone

    if model in CATALOGUE and model != "embedded":
        messages.print(f"{CATALOGUE[model].about} {CATALOGUE[model].terms}", highlight=False)
    return load_backbone(
        model, device=device, precision=precision, context=RunContext(progress=report)
    )
