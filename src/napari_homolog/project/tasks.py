"""What a run does to one specimen, wherever it is done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Cancelled, HomologError, ImageError
from ..images import read_image
from ..progress import StopCheck
from .image_files import Fingerprint

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, LocateSettings, Prediction
    from ..diffusion import Backbone


@dataclass(frozen=True)
class Task:
    """A specimen on which landmarks are to be found.

    Attributes
    ----------
    specimen_id : int
        Its number.
    name : str
        Its name.
    path : Path
        Its image, absolute.
    fingerprint : Fingerprint
        What the file was like when it was added.
    seed : int
        Seed of everything random.
    """

    specimen_id: int
    name: str
    path: Path
    fingerprint: Fingerprint
    seed: int


@dataclass(frozen=True)
class Failure:
    """Why landmarks could not be looked for."""

    reason: str


def seed_for(seed: int, name: str) -> int:
    """Return the seed of one specimen: the same whenever and wherever its turn comes."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def find_landmarks(
    backbone: Backbone,
    learned: LandmarkSet,
    settings: LocateSettings,
    task: Task,
    should_stop: StopCheck | None = None,
) -> Prediction | Failure:
    """Find landmarks on one specimen.

    Returns
    -------
    Prediction or Failure
        What was found, or why it could not be looked for.

    Raises
    ------
    Cancelled
        If `should_stop` said yes.
    """
    from ..correspondence import locate

    try:
        if task.path.is_file() and not task.fingerprint.matches(task.path):
            raise ImageError(
                f"{task.path} has changed since it was added; put the earlier image back, or say "
                "that the present one is right, with `homolog project images --update`."
            )
        image = read_image(task.path)
        return locate(
            backbone, image, learned, settings=settings, seed=task.seed, should_stop=should_stop
        )
    except Cancelled:
        raise
    except HomologError as error:
        return Failure(str(error))
    except MemoryError:
        return Failure(f"There is not enough memory for {task.path}; scale it down.")
