"""The errors that a user can cause. Each message says what was given, expected, and what to do."""

from __future__ import annotations

from pathlib import Path


class HomologError(Exception):
    """Base class of the errors that a user can correct."""


class ImageError(HomologError, ValueError):
    """A file or array is not a usable image."""


class AmbiguousNameError(HomologError, ValueError):
    """A name means several images or specimens equally well."""


class LandmarkError(HomologError, ValueError):
    """Landmarks are invalid or do not fit their image."""


class CurveError(HomologError, ValueError):
    """A curve is invalid, or cannot be laid through landmarks."""


class ScaleError(HomologError, ValueError):
    """A scale is impossible, or cannot be read from a ruler."""


class BoxError(HomologError, ValueError):
    """A box around a specimen is no rectangle, or does not lie on its image."""


class FormatError(HomologError, ValueError):
    """A landmark file cannot be read, or its format cannot hold what was to be written."""


class CheckpointError(HomologError, ValueError):
    """A model cannot be found, downloaded or loaded."""


class LandmarkSetError(HomologError, ValueError):
    """A file is not a landmark set, or the landmark set was learned on another model."""


class SettingsError(HomologError, ValueError):
    """A setting has an invalid value."""


class ProjectError(HomologError, ValueError):
    """A project cannot be opened or written, or does not hold what was requested."""


class ProjectAccessError(ProjectError):
    """The system does not let a project be read or written where it is."""


class DatasetError(HomologError, ValueError):
    """A benchmark data set is missing or not in its published layout."""


class Cancelled(HomologError):
    """A long call was stopped through its context; nothing was changed."""


class WriteError(HomologError, OSError):
    """A file cannot be written; what was at its path is unchanged.

    Parameters
    ----------
    path : Path
        The file.
    cause : OSError
        Why it cannot be written.
    """

    def __init__(self, path: Path, cause: OSError) -> None:
        reason = cause.strerror or str(cause)
        super().__init__(
            f"{path} cannot be written ({reason}); check that its folder exists and can be written, "
            "and that the disk is not full."
        )
        self.strerror = reason
