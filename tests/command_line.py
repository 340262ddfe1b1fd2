"""`homolog` as a user runs it: with arguments, a working directory, two streams and an exit code."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from napari_homolog import cli
from napari_homolog.cli import terminal
from napari_homolog.context import LOGGER

WIDTH = 80
"""Columns of a terminal that says nothing about itself."""


def homolog(
    *arguments: object, cwd: Path | None = None, columns: int = WIDTH
) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process: a process of its own would import for seconds."""
    words = ["homolog", *map(str, arguments)]
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in "oe"]
    with _surroundings(words, cwd, columns):
        code: Any = 0
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            try:
                cli.main()
            except SystemExit as end:
                code = end.code or 0
    out, err = (stream.buffer.getvalue().decode("utf-8") for stream in streams)  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, code, out, err)


def homolog_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, where that is what is tested."""
    words = [sys.executable, "-m", "napari_homolog.cli", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


@contextlib.contextmanager
def _surroundings(words: list[str], cwd: Path | None, columns: int) -> Iterator[None]:
    """Give the command what a process has for itself, and take it back afterwards."""
    consoles = (terminal.screen, terminal.messages)
    widths = [console.width for console in consoles]
    handlers, level = list(LOGGER.handlers), LOGGER.level
    with (
        patch.object(sys, "argv", words),
        patch.dict(os.environ, {"COLUMNS": str(columns)}),
        contextlib.chdir(cwd or Path.cwd()),
        warnings.catch_warnings(),
    ):
        # The filters that Python starts with, not those of the tests.
        warnings.resetwarnings()
        for ignored in (DeprecationWarning, PendingDeprecationWarning, ImportWarning):
            warnings.simplefilter("ignore", ignored)
        warnings.simplefilter("ignore", ResourceWarning)
        for console in consoles:
            console.width = columns
        try:
            yield
        finally:
            LOGGER.handlers[:], LOGGER.level = handlers, level
            for console, width in zip(consoles, widths, strict=True):
                console.width = width
