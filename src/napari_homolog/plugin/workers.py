"""Long work beside the window: workers know arrays and models, but no layers and no widgets."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari.qt.threading import thread_worker
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ..errors import Cancelled, HomologError

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, Prediction
    from ..diffusion import Backbone
    from ..landmarks import Landmarks


class Run(QObject):
    """What a worker and the window share: progress one way, a wish to stop the other."""

    progressed = Signal(int, int, str)
    """Steps done, steps in all, what is going on; arrives in the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the worker to stop; it does so at its next step."""
        self._stop.set()

    def should_stop(self) -> bool:
        """Return whether `stop` was called."""
        return self._stop.is_set()

    def report(self, done: int, total: int, message: str) -> None:
        """Tell the window how far the work is."""
        self.progressed.emit(done, total, message)


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
    """What the learning worker returns."""

    backbone: Backbone
    landmarks: LandmarkSet


@thread_worker(start_thread=False)
def learning(
    run: Run, model: str | Backbone, image: NDArray[Any], landmarks: Landmarks, reference: str
) -> Learned | Refusal:
    """Load the model if need be and learn the landmarks.

    Returns
    -------
    Learned or Refusal
        Anything that goes wrong and is not the user's to mend is raised.
    """
    from ..correspondence import Reference, learn
    from ..diffusion import load

    _leave_a_core()
    try:
        backbone = load(model, progress=run.report) if isinstance(model, str) else model
        learned = learn(
            backbone,
            [Reference(image, landmarks, reference)],
            progress=run.report,
            should_stop=run.should_stop,
        )
    except Cancelled:
        return Refusal("Stopped.")
    except HomologError as error:
        return Refusal(str(error))
    return Learned(backbone, learned)


@thread_worker(start_thread=False)
def transferring(
    run: Run, learned: Learned, targets: Sequence[tuple[str, NDArray[Any]]]
) -> Generator[tuple[str, Prediction | Refusal], None, None]:
    """Find the landmarks on one target after the other.

    Yields
    ------
    name : str
        The target's.
    outcome : Prediction or Refusal
        One target's refusal does not keep the others from being done.
    """
    from ..correspondence import locate

    _leave_a_core()
    for index, (name, image) in enumerate(targets):
        run.report(index, len(targets), f"transferring to {name}")
        try:
            found = locate(learned.backbone, image, learned.landmarks, should_stop=run.should_stop)
        except Cancelled:
            return
        except HomologError as error:
            yield name, Refusal(str(error))
        else:
            yield name, found
    run.report(len(targets), len(targets), "transferred")


def _leave_a_core() -> None:
    """Leave one core to the window, so that it stays alive while torch computes."""
    import torch

    torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 2) - 1)))
