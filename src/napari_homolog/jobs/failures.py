"""What a user reads when a job, or one specimen of it, fails."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ..errors import HomologError

NOT_ENOUGH_MEMORY = (
    "There is not enough memory; close other programs, scale the image down, or choose a smaller "
    "model or the preset 'fast'."
)


@dataclass(frozen=True)
class Failure:
    """Why something could not be done.

    Attributes
    ----------
    reason : str
        One sentence for the user.
    """

    reason: str


def explain(error: Exception, log: logging.Logger) -> Failure:
    """Return what the user reads of an error; unexpected ones are logged with their traceback.

    Parameters
    ----------
    error : Exception
        Any error but `Cancelled`, which is no failure.
    log : logging.Logger
        Where tracebacks go.

    Examples
    --------
    >>> from napari_homolog.errors import ImageError
    >>> explain(ImageError("wing.png is damaged."), logging.getLogger("example")).reason
    'wing.png is damaged.'
    """
    if isinstance(error, HomologError):
        return Failure(str(error))
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        log.error("Not enough memory", exc_info=error)
        return Failure(NOT_ENOUGH_MEMORY)
    log.error("Unexpected error", exc_info=error)
    # Messages of torch have several lines.
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return Failure(f"Unexpected error ({reason}); the log has the details, please report it.")
