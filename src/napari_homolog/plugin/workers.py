"""Long work beside the window: workers know arrays and models, but no layers and no widgets."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.qt.threading import thread_worker
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ..errors import Cancelled, HomologError

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, LocateSettings, Prediction, Preset, WordMaps
    from ..diffusion import Backbone
    from ..landmarks import Landmarks

NOT_ENOUGH_MEMORY = (
    "There is not enough memory for this; close other programs, or choose a smaller model or the "
    "preset 'fast'."
)

MOST_STEPS = 1_000_000
"""Progress is told in no more steps: Qt counts in 32 bits, and models have more bytes than that."""


class Run(QObject):
    """What a worker and the window share: progress one way, a wish to stop the other."""

    progressed = Signal(int, int, str)
    """Steps done, steps in all, what is going on with the time that is left."""
    glimpsed = Signal(object)
    """A `Glimpse` of what is being learned."""

    def __init__(self) -> None:
        super().__init__()
        self._stop = threading.Event()
        self._stage, self._since = "", 0.0

    def stop(self) -> None:
        """Ask the worker to stop; it does so at its next step."""
        self._stop.set()

    def should_stop(self) -> bool:
        """Return whether `stop` was called."""
        return self._stop.is_set()

    def report(self, done: int, total: int, message: str) -> None:
        """Tell the window how far the work is, and how long the rest of this stage will take."""
        now = time.monotonic()
        stage = message.split(":")[0]
        if stage != self._stage or done <= 1:
            self._stage, self._since = stage, now
        passed = now - self._since
        left = passed / (done - 1) * (total - done) if done > 1 else None
        each = -(-total // MOST_STEPS) or 1
        text = message + (f", {duration(left)} left" if left else "")
        self.progressed.emit(done // each, total // each, text)


def duration(seconds: float) -> str:
    """Return a time span as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


@dataclass(frozen=True)
class Refusal:
    """Why something could not be done, for the user to read.

    A worker must not return an exception itself: superqt would raise it.

    Attributes
    ----------
    message : str
        One sentence.
    """

    message: str


@dataclass(frozen=True, eq=False)
class Learned:
    """What the learning worker returns.

    Attributes
    ----------
    backbone : Backbone
        The model, ready for transferring.
    landmarks : LandmarkSet
        What was learned.
    """

    backbone: Backbone
    landmarks: LandmarkSet


Marked = tuple[str, Callable[[], NDArray[Any]], "Landmarks"]
"""A reference's name, what gives its picture, and its landmarks."""

Target = tuple[int, str, Callable[[], NDArray[Any]]]
"""A specimen, its name, and what gives its picture: pictures are read one by one."""


def _refused(error: Exception) -> Refusal:
    """Return what a user should read of an error that is the user's, or the machine's, to mend.

    Raises
    ------
    Exception
        The error itself if it is a fault of the program.
    """
    from torch import OutOfMemoryError

    if isinstance(error, Cancelled):
        return Refusal("Stopped.")
    if isinstance(error, HomologError):
        return Refusal(str(error))
    if isinstance(error, MemoryError | OutOfMemoryError):
        return Refusal(NOT_ENOUGH_MEMORY)
    raise error


def _loaded(run: Run, model: str | Backbone) -> Backbone:
    if not isinstance(model, str):
        return model
    run.report(0, 0, f"loading the model {model}")
    with _without_collection():
        from .. import correspondence  # noqa: F401
        from ..context import RunContext
        from ..diffusion import load_backbone

        _leave_a_core()
        context = RunContext(progress=run.report, should_stop=run.should_stop)
        return load_backbone(model, context=context)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Import and load without Python's search for cyclic garbage, then or later.

    torch and diffusers bring several hundred thousand objects that live as long as the program.
    Each full search goes through all of them, and no thread moves meanwhile: half a second in which
    the window is dead.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@thread_worker(start_thread=False)
def learning(
    run: Run,
    model: str | Backbone,
    references: Sequence[Marked],
    preset: Preset,
    known: LandmarkSet | None,
    live: bool,
) -> Learned | Refusal:
    """Load the model if need be and learn the landmarks.

    Parameters
    ----------
    run : Run
        Progress, glimpses and the wish to stop.
    model : str or Backbone
        Which model, or the model itself.
    references : sequence of Marked
        What to learn from.
    preset : Preset
        How.
    known : LandmarkSet or None
        A set to learn on from.
    live : bool
        Whether to show the attention meanwhile.

    Returns
    -------
    Learned or Refusal
        Anything that goes wrong and is not the user's to mend is raised.
    """
    try:
        backbone = _loaded(run, model)
        from ..correspondence import Reference, extend, learn

        marked = [Reference(picture(), landmarks, name) for name, picture, landmarks in references]
        teach = (
            partial(learn, backbone, marked, preset=preset)
            if known is None
            else partial(extend, backbone, known, marked)
        )
        learned = teach(
            watch=run.glimpsed.emit if live else None,
            progress=run.report,
            should_stop=run.should_stop,
        )
        return Learned(backbone, learned)
    except Exception as error:
        return _refused(error)


@thread_worker(start_thread=False)
def transferring(
    run: Run,
    model: str | Backbone,
    landmarks: LandmarkSet,
    targets: Sequence[Target],
    settings: LocateSettings,
) -> Generator[Backbone | Refusal | tuple[int, Prediction | Refusal], None, None]:
    """Find the landmarks on one target after the other.

    Parameters
    ----------
    run : Run
        Progress and the wish to stop.
    model : str or Backbone
        A model that is only named is loaded first.
    landmarks : LandmarkSet
        What to look for.
    targets : sequence of Target
        Where.
    settings : LocateSettings
        How to look.

    Yields
    ------
    Backbone or Refusal
        First: the model, or why it cannot be had.
    specimen : int
        The target's.
    outcome : Prediction or Refusal
        One target's refusal does not keep the others from being done.
    """
    try:
        backbone = _loaded(run, model)
        landmarks.check_backbone(backbone)
    except Exception as error:
        yield _refused(error)
        return
    from ..correspondence import locate

    yield backbone
    for index, (specimen, name, picture) in enumerate(targets):
        run.report(index, len(targets), f"transferring: {name}")
        try:
            found = locate(
                backbone,
                picture(),
                landmarks,
                settings=settings,
                should_stop=run.should_stop,
            )
        except Cancelled:
            return
        except Exception as error:
            yield specimen, _refused(error)
        else:
            yield specimen, found
    run.report(len(targets), len(targets), "transferred")


@thread_worker(start_thread=False)
def reading_words(
    run: Run, model: str | Backbone, picture: Callable[[], NDArray[Any]], text: str
) -> tuple[Backbone, WordMaps] | Refusal:
    """Return the model and one attention map for each token of a text."""
    try:
        backbone = _loaded(run, model)
        from ..correspondence import words

        maps = words(backbone, picture(), text, progress=run.report, should_stop=run.should_stop)
    except Exception as error:
        return _refused(error)
    return backbone, maps


def _leave_a_core() -> None:
    """Leave one core to the window, so that it stays alive while torch computes."""
    import torch

    torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 2) - 1)))
