"""The command line: ``homolog``. One module for each command."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from ..errors import HomologError
from .benchmark import benchmark
from .demo import demo
from .learn import learn
from .locate import locate
from .models import models
from .presets import presets
from .terminal import messages
from .words import words

USER_ERROR = 2
"""Exit code of errors that the user can mend."""

app = typer.Typer(
    help="Mark homologous landmarks on one specimen and find them on others.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (demo, learn, locate, words, models, presets):
    app.command()(command)
app.add_typer(benchmark, name="benchmark")


def main() -> None:
    """Run the command line; errors that a user can mend end in one sentence and exit code 2."""
    try:
        app()
    except HomologError as error:
        # Brackets in a message are no markup: file names may hold them.
        said = escape(str(error))
        messages.print(f"[bold red]Error:[/] {said}", highlight=False, soft_wrap=True)
        sys.exit(USER_ERROR)
