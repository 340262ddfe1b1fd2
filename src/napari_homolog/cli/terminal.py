"""What the commands show on the terminal: messages, progress bars, and the loading of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from ..context import RunContext

if TYPE_CHECKING:
    from ..diffusion import Backbone

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

        yield RunContext(seed=seed, progress=report)
        for task in tasks.values():
            # Learning may converge before its last step.
            bar.update(task, completed=bar.tasks[task].total)


def load(
    model: str, device: str, precision: str, context: RunContext, *, download: bool = True
) -> Backbone:
    """Load a model; its terms are printed before it is downloaded.

    Parameters
    ----------
    model, device, precision : str
        As `napari_homolog.load_backbone` takes them.
    context : RunContext
        Progress, and whether to stop.
    download : bool
        False where the name comes out of a file.
    """
    from ..diffusion import CATALOGUE, ModelName, describe, load_backbone

    named = ModelName.parse(model)
    joined = named.unet is not None or named.vision is not None
    if joined or (model in CATALOGUE and model != "embedded"):
        messages.print(describe(model), highlight=False)
    return load_backbone(
        model, device=device, precision=precision, download=download, context=context
    )
