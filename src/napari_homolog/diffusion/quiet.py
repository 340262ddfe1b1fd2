"""Keeping diffusers and transformers from printing while models are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

LIBRARIES = (diffusers_logging, transformers_logging)


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Let the libraries show no progress bars and no messages but errors inside the block.

    What matters among their messages, weights that are missing or do not fit, is checked where
    models are loaded. Afterwards the libraries are set as they were.
    """
    levels = [library.get_verbosity() for library in LIBRARIES]
    with_bars = [library for library in LIBRARIES if library.is_progress_bar_enabled()]
    for library in LIBRARIES:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library, level in zip(LIBRARIES, levels, strict=True):
            library.set_verbosity(level)
        for library in with_bars:
            library.enable_progress_bar()
