"""How the landmarks of a project are written to a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .estimation import AS_MISSING, MissingLandmarks


class ScaleChoice(StrEnum):
    """Whether a landmark file has the scales of its specimens."""

    KNOWN = "known"
    """Where they are known. TPS files have those of all specimens, or none."""
    ALL = "all"
    """Those of all specimens; it is an error if one is not known."""
    NONE = "none"
    """None: coordinates are in pixels."""


@dataclass(frozen=True)
class ExportOptions:
    """How `export_landmarks` writes a landmark file.

    Attributes
    ----------
    leave_out_missing : bool
        Whether to write landmarks as not placed that are `Placement.probably_missing`.
    semilandmarks : bool
        Whether to write the semilandmarks of curves as further landmarks, with a file of sliders for
        geomorph beside: see `sliders_beside`.
    format : str or None
        Name of the format, to be used whatever the suffix.
    missing : MissingLandmarks
        Whether and how missing landmarks are estimated, and how they are spelled.
    scales : ScaleChoice
        Whether scales are written.
    one_orientation : bool
        Whether mirrored specimens are written as their mirror images, marked in their comments.
    """

    leave_out_missing: bool = False
    semilandmarks: bool = False
    format: str | None = None
    missing: MissingLandmarks = AS_MISSING
    scales: ScaleChoice = ScaleChoice.KNOWN
    one_orientation: bool = False


AS_IT_IS = ExportOptions()
"""In the format of the suffix, missing landmarks as missing."""
