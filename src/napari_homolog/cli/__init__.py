"""The command line: ``homolog``. One module for each command."""

from __future__ import annotations

import sys
import warnings

import typer
from rich.markup import escape

from ..errors import HomologError
from .benchmark import benchmark
from .convert import convert
from .demo import demo
from .learn import learn
from .locate import locate
from .models import models
from .presets import presets
from .project import app as project
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
for command in (demo, learn, locate, convert, words, models, presets):
    app.command()(command)
app.add_typer(project, name="project")
app.add_typer(benchmark, name="benchmark")


def main() -> None:
    """Run the command line; errors that a user can mend end in one sentence and exit code 2."""
    warnings.showwarning = _show_warning
    try:
        app()
    except HomologError as error:
        # Brackets in a message are no markup: file names may hold them.
        said = escape(str(error))
        messages.print(f"[bold red]Error:[/] {said}", highlight=False, soft_wrap=True)
        sys.exit(USER_ERROR)


def _show_warning(message: Warning | str, *where: object, **rest: object) -> None:
    # Where in the code a warning arose tells the user of a command nothing.
    messages.print(f"[yellow]Warning:[/] {escape(str(message))}", highlight=False, soft_wrap=True)
