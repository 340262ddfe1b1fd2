"""What a worker process does: load the model once, and locate landmarks on one specimen at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..context import RunContext
from .failures import Failure
from .transfer_job import TransferTask, locate_on_specimen

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, LocateSettings, Prediction
    from ..diffusion import Backbone

_ONE_AT_A_TIME = threading.Lock()
"""A model does one task at a time, however many threads its worker has."""


@dataclass(frozen=True)
class ModelChoice:
    """How a worker loads the model.

    Attributes
    ----------
    model, device, precision : str
        As `napari_homolog.load_backbone` takes them; a folder must exist on every
        worker's machine.
    download : bool
        Whether a hub model may be downloaded; False where its name comes out of a file.
    """

    model: str
    device: str = "auto"
    precision: str = "auto"
    download: bool = False


def locate_task(
    task: TransferTask,
    landmark_set: bytes,
    settings: LocateSettings,
    keep_maps: bool,
    choice: ModelChoice,
) -> Prediction | Failure:
    """Locate landmarks on one specimen, on a worker.

    Parameters
    ----------
    task : TransferTask
        The specimen.
    landmark_set : bytes
        The landmarks, as `LandmarkSet.to_bytes` returns them.
    settings : LocateSettings
        How they are located.
    keep_maps : bool
        Whether to return the attention maps, which are most of what is sent back.
    choice : ModelChoice
        The model.
    """
    with _ONE_AT_A_TIME:
        backbone, learned = _model(choice), _learned(landmark_set)
        learned.check_backbone(backbone)
        outcome = locate_on_specimen(backbone, learned, settings, task, RunContext())
    if isinstance(outcome, Failure) or keep_maps:
        return outcome
    return replace(outcome, maps=np.zeros((len(outcome.names), 0, 0), np.float32))


def lost(name: str) -> Failure:
    """Return the failure of a specimen on which every worker died."""
    return Failure(
        f"Every worker that processed {name!r} died; it may need more memory than they have."
    )


@lru_cache(maxsize=1)
def _model(choice: ModelChoice) -> Backbone:
    from ..diffusion import load_backbone

    return load_backbone(
        choice.model,
        device=choice.device,
        precision=choice.precision,
        download=choice.download,
    )


@lru_cache(maxsize=1)
def _learned(data: bytes) -> LandmarkSet:
    from ..correspondence import LandmarkSet

    return LandmarkSet.from_bytes(data, "the landmark set that was sent")
