"""Logging to standard error, and what a report of a problem should say about the installation."""

from __future__ import annotations

import logging
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from .context import LOGGER
from .errors import SettingsError

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
"""Levels by name, as the napari preference and `configure_logging` accept them."""

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LIBRARIES = ("numpy", "torch", "diffusers", "transformers", "huggingface_hub", "napari")


class _StandardErrorHandler(logging.Handler):
    """Writes to whatever `sys.stderr` is when a record arrives.

    `logging.StreamHandler` keeps the stream that it was made with. Progress bars replace
    `sys.stderr` while they are shown, so that lines appear above them; a graphical application may
    have none at all.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


def configure_logging(level: int | str = "info") -> None:
    """Write the package's log messages of a level and above to standard error.

    Call it as often as needed: there is one handler, and the last call decides on the level. Other
    loggers and Python's warnings are left alone.

    Parameters
    ----------
    level : {"debug", "info", "warning"} or int
        A level by name or as a number of the `logging` module.

    Raises
    ------
    SettingsError
        If there is no such level.

    Examples
    --------
    >>> configure_logging("warning")
    >>> LOGGER.getEffectiveLevel() == logging.WARNING
    True
    """
    number = LEVELS.get(level.lower()) if isinstance(level, str) else level
    if number is None:
        raise SettingsError(
            f"There is no log level {level!r}; choose one of {', '.join(LEVELS)}, or a number."
        )
    if not any(isinstance(handler, _StandardErrorHandler) for handler in LOGGER.handlers):
        handler = _StandardErrorHandler()
        handler.setFormatter(logging.Formatter(FORMAT, datefmt="%H:%M:%S"))
        LOGGER.addHandler(handler)
    LOGGER.setLevel(number)


def describe_installation() -> str:
    """Return the versions of this package, Python, the system and the main libraries."""
    libraries = ", ".join(f"{name} {_installed_version(name)}" for name in LIBRARIES)
    return (
        f"napari-homolog {_installed_version('napari-homolog')}, "
        f"Python {platform.python_version()}, {platform.platform()}; {libraries}"
    )


def _installed_version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
