"""The command line: ``homolog``. One module for each command."""

from __future__ import annotations

import io
import sys
import warnings
from typing import Annotated, TextIO

import typer

from ..context import LOGGER
from ..errors import HomologError
from ..logs import configure_logging, describe_installation
from .benchmark_command import benchmark
from .check_command import check
from .convert_command import convert
from .demo_command import demo
from .learn_command import learn
from .locate_command import locate
from .models_command import models
from .presets_command import presets
from .project import app as project
from .terminal import show_message
from .words_command import words

UNEXPECTED_ERROR = 1
"""Exit code of errors that are faults of the program."""

USER_ERROR = 2
"""Exit code of errors that the user can correct."""

ISSUES = "https://github.com/napari-homolog/napari-homolog/issues"

app = typer.Typer(
    help="Mark homologous landmarks on one specimen and find them on others.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (demo, learn, locate, convert, words, models, check, presets):
    app.command()(command)
app.add_typer(project, name="project")
app.add_typer(benchmark, name="benchmark")


@app.callback()
def configure(
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Log what is done to standard error; -vv logs more. Goes before the command.",
        ),
    ] = 0,
) -> None:
    """Apply the options that come before the command."""
    configure_logging(("warning", "info", "debug")[min(verbose, 2)])
    LOGGER.info("%s", describe_installation())


def main() -> None:
    """Run the command line.

    An error that the user can correct ends in its message and exit code 2, an unexpected one in a
    single sentence and exit code 1, with the traceback in the log.
    """
    warnings.showwarning = _show_warning
    for stream in (sys.stdout, sys.stderr):
        # Names of files need not be valid text, and a terminal need not know every character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except HomologError as error:
        show_message("Error", str(error), style="bold red")
        sys.exit(USER_ERROR)
    except Exception as error:
        LOGGER.info("Traceback of the unexpected error:", exc_info=True)
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        show_message(
            "Unexpected error",
            f"{reason}; run again with `homolog --verbose` before the command for details, and "
            f"please report it at {ISSUES}.",
            style="bold red",
        )
        sys.exit(UNEXPECTED_ERROR)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    # The place in the code does not help the user of a command; the log keeps it for support.
    show_message("Warning", str(message), style="yellow")
    LOGGER.debug("%s issued at %s:%d", category.__name__, filename, lineno)
