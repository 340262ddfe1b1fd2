"""What the commands show on the terminal: messages, progress bars, and the loading of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from ..diffusion import Backbone
    from ..progress import Progress as Report

# Names of files, landmarks and models may hold brackets and colons: no markup, no emoji codes.
screen = Console(markup=False, emoji=False)
messages = Console(markup=False, emoji=False, stderr=True)


def show_message(kind: str, text: str, *, style: str) -> None:
    """Print a message to standard error after its kind in colour, such as ``Error``.

    Parameters
    ----------
    kind : str
        What comes before the colon.
    text : str
        The message, printed as it is.
    style : str
        Style of the kind, as rich names it.
    """
    line = Text.assemble((f"{kind}:", style), " ", text)
    messages.print(line, highlight=False, soft_wrap=True)


@contextmanager
def bar(quiet: bool) -> Iterator[Report | None]:
    """Show a progress bar while the block runs; yield what reports to it."""
    if quiet:
        yield None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
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
    """Load a model; print its terms first if it may have to be downloaded."""
    from ..context import RunContext
    from ..diffusion import CATALOGUE, load_backbone

    if model in CATALOGUE and model != "embedded":
        messages.print(f"{CATALOGUE[model].about} {CATALOGUE[model].terms}", highlight=False)
    return load_backbone(
        model, device=device, precision=precision, context=RunContext(progress=report)
    )
