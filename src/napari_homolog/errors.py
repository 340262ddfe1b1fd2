"""The errors that a user can cause, each with one sentence that says what to do."""

from __future__ import annotations


class HomologError(Exception):
    """An error that the user can mend; its message says what was given, expected, and to do."""


class ImageError(HomologError, ValueError):
    """A file or array is not an image that can be used."""


class AmbiguousNameError(HomologError, ValueError):
    """A name means several images or specimens equally well."""


class LandmarkError(HomologError, ValueError):
    """Landmarks are contradictory, or do not fit their image."""


class FormatError(HomologError, ValueError):
    """A landmark file cannot be read, or its format cannot hold what was to be written."""


class CheckpointError(HomologError, ValueError):
    """A model cannot be found, fetched or loaded."""


class LandmarkSetError(HomologError, ValueError):
    """A file is no landmark set, or one that was learned on another model."""


class SettingsError(HomologError, ValueError):
    """A setting has a value that it cannot have."""


class ProjectError(HomologError, ValueError):
    """A file is no project, a project cannot be opened or written, or holds no such thing."""


class DatasetError(HomologError, ValueError):
    """A benchmark's data set is not where it was looked for, or not in its published layout."""


class Cancelled(HomologError):
    """A long call was stopped because `should_stop` said so; nothing was written."""
