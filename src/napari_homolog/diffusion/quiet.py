"""Keeping diffusers and transformers from drawing progress bars while files are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging


@contextmanager
def no_bars() -> Iterator[None]:
    """Draw no progress bars inside the block; afterwards all is as it was."""
    modules = (diffusers_logging, transformers_logging)
    drawing = [module for module in modules if module.is_progress_bar_enabled()]
    for module in drawing:
        module.disable_progress_bar()
    try:
        yield
    finally:
        for module in drawing:
            module.enable_progress_bar()
