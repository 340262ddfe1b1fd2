"""What runs beside the window: loading a model, and the jobs; no layer and no widget is known here."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..jobs.failures import Failure

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Prediction, WordMaps
    from ..diffusion import Backbone
    from ..jobs import ImageSupplier, LearnJob, TransferTask, TransferWork
    from .background_run import BackgroundRun


@dataclass(frozen=True, eq=False)
class ModelLoaded:
    """A model that was loaded for this work and can be used again.

    Attributes
    ----------
    backbone : Backbone
        The model.
    """

    backbone: Backbone


@dataclass(frozen=True, eq=False)
class TransferResult:
    """What came of one specimen.

    Attributes
    ----------
    task : TransferTask
        The specimen.
    outcome : Prediction or Failure
        What was located on it, or why not.
    """

    task: TransferTask
    outcome: Prediction | Failure


def learning(
    model: str | Backbone, job: LearnJob, *, preview: bool
) -> Callable[[BackgroundRun], LandmarkSet]:
    """Return the work that learns a job's landmarks.

    Parameters
    ----------
    model : str or Backbone
        Name of the model, or the model itself.
    job : LearnJob
        The job; it is recorded by whoever waits for the outcome.
    preview : bool
        Whether to show the attention meanwhile.
    """

    def work(run: BackgroundRun) -> LandmarkSet:
        return job.compute(_loaded(run, model), run.context(preview=preview))

    return work


def transferring(model: str | Backbone, work: TransferWork) -> Callable[[BackgroundRun], None]:
    """Return the work that locates landmarks on one specimen after the other.

    Parameters
    ----------
    model : str or Backbone
        Name of the model, or the model itself.
    work : TransferWork
        Landmarks and specimens; each `TransferResult` is handed over as it comes.
    """

    def transfer(run: BackgroundRun) -> None:
        # The model's name is that in the project, which may come from anybody.
        backbone = _loaded(run, model, download=False)
        from ..jobs import in_this_thread

        total = len(work.tasks)
        run.report(0, total, "locating the landmarks")
        results = in_this_thread(backbone)(work, run.context())
        for done, (task, outcome) in enumerate(results, 1):
            run.put(TransferResult(task, outcome))
            run.report(done, total, f"locating the landmarks: {task.name}")

    return transfer


def reading_words(
    model: str | Backbone, image: ImageSupplier, text: str
) -> Callable[[BackgroundRun], WordMaps]:
    """Return the work that makes one attention map for each token of a text.

    Parameters
    ----------
    model : str or Backbone
        Name of the model, or the model itself.
    image : ImageSupplier
        Supplies the image.
    text : str
        A sentence.
    """

    def work(run: BackgroundRun) -> WordMaps:
        backbone = _loaded(run, model)
        from ..correspondence import words

        return words(backbone, image(), text, context=run.context())

    return work


def _loaded(run: BackgroundRun, model: str | Backbone, *, download: bool = True) -> Backbone:
    if not isinstance(model, str):
        return model
    run.report(0, 0, f"loading the model {model}")
    with _without_collection():
        from ..correspondence import extend, learn, locate, words  # noqa: F401
        from ..diffusion import load_backbone

        backbone = load_backbone(model, download=download, context=run.context())
    run.put(ModelLoaded(backbone))
    return backbone


@contextmanager
def _without_collection() -> Iterator[None]:
    """Import and load without Python's search for cyclic garbage, now or later.

    torch and diffusers create several hundred thousand objects that live as long as the program.
    Each full collection visits all of them while no thread runs: half a second in which the window
    does not respond.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
