"""Templates: lists of named landmarks, to be reused for another series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import FormatError
from ..files import atomic_write
from ..project import LandmarkDefinition

SUFFIX = ".landmarks.json"


class _Landmark(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    colour: str | None = None
    note: str = ""


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid")

    landmarks: list[_Landmark]


def write_template(path: Path, landmarks: Sequence[LandmarkDefinition]) -> None:
    """Write a list of landmarks atomically as JSON."""
    template = _Template(
        landmarks=[_Landmark(name=one.name, colour=one.colour, note=one.note) for one in landmarks]
    )
    with atomic_write(path) as file:
        file.write(template.model_dump_json(indent=2).encode())


def read_template(path: Path) -> list[LandmarkDefinition]:
    """Read what `write_template` wrote.

    Raises
    ------
    FormatError
        If the file is missing or something else.
    """
    try:
        found = _Template.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise FormatError(
            f"{path} is no landmark template ({error}); give a {SUFFIX} file saved by this plugin."
        ) from error
    return [LandmarkDefinition(one.name, one.colour, one.note) for one in found.landmarks]
