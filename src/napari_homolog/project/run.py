"""Runs: landmarks found on all specimens of a project, whatever stops them on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Cancelled, ProjectError
from ..progress import Progress, StopCheck, check_stop
from .maps import MapStore
from .store import Project
from .tasks import Failure, Task, find_landmarks, seed_for

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet, LocateSettings, Prediction
    from ..diffusion import Backbone

Results = Generator[tuple[Task, "Prediction | Failure"], None, None]
"""What came of each task, in any order, as it comes."""

Worker = Callable[[Iterator[Task], "LandmarkSet", "LocateSettings", "StopCheck | None"], Results]
"""What does the tasks: `in_this_process`, or `napari_homolog.project.cluster.on_cluster`."""

MESSAGE = "locating the landmarks"


@dataclass(frozen=True)
class RunReport:
    """How a run went.

    Attributes
    ----------
    found : int
        Specimens on which landmarks were found.
    failed : tuple of (str, str)
        Name and reason of each specimen where they could not be looked for.
    left : int
        Specimens whose turn did not come.
    seconds : float
        How long it took.
    """

    found: int
    failed: tuple[tuple[str, str], ...]
    left: int
    seconds: float


def run(
    project: Project,
    worker: Worker,
    *,
    settings: LocateSettings | None = None,
    retry: bool = False,
    again: bool = False,
    maps: MapStore | None = None,
    progress: Progress | None = None,
    should_stop: StopCheck | None = None,
) -> RunReport:
    """Find the landmarks of the project's latest landmark set on all specimens that lack them.

    Each specimen is in the file once it is done: a run that was stopped, in whatever way, goes on
    with the next one, and ends with what an undisturbed run would have found.

    Parameters
    ----------
    project : Project
        Open for writing.
    worker : callable
        What looks for landmarks; see `in_this_process`.
    settings : LocateSettings, optional
        Default: those of the preset with which the landmarks were learned.
    retry : bool
        Try again where it failed before.
    again : bool
        Do those specimens again on which this landmark set was used already.
    maps : MapStore, optional
        Where to keep the attention maps. Default: nowhere.
    progress, should_stop : callable, optional
        See `napari_homolog.progress`. After a stop the report tells how many specimens are left.

    Returns
    -------
    RunReport

    Raises
    ------
    ProjectError
        If nothing was learned in the project, or the maps cannot be written.
    LandmarkSetError
        If the landmarks were learned on another model.
    """
    learned, number = project.landmark_set(), project.landmark_set_id
    if learned is None or number is None:
        raise ProjectError(
            "Nothing was learned in this project; mark references and learn their landmarks first."
        )
    start = time.monotonic()
    pending = project.pending(number, retry=retry, again=again)
    failed: list[tuple[str, str]] = []
    done = 0
    chosen = settings or learned.preset.locate
    # A specimen that is in hand when the run is stopped is left; all before it are in the file.
    with (
        suppress(Cancelled),
        closing(worker(tasks(project, pending), learned, chosen, should_stop)) as results,
    ):
        for task, result in results:
            if isinstance(result, Failure):
                project.record_failure(task.specimen_id, result.reason)
                failed.append((task.name, result.reason))
            else:
                if maps is not None:
                    # Before the point is in the file: a run that is killed between writes it again.
                    maps.write(task.specimen_id, result)
                project.record_prediction(task.specimen_id, result, number, seed=task.seed)
            done += 1
            if progress is not None:
                progress(done, len(pending), MESSAGE)
            check_stop(should_stop)
    return RunReport(
        found=done - len(failed),
        failed=tuple(failed),
        left=len(pending) - done,
        seconds=time.monotonic() - start,
    )


def in_this_process(backbone: Backbone) -> Worker:
    """Return what does one task after the other with a model that is loaded here."""

    def work(
        tasks: Iterator[Task],
        learned: LandmarkSet,
        settings: LocateSettings,
        should_stop: StopCheck | None,
    ) -> Results:
        learned.check_backbone(backbone)
        for task in tasks:
            yield task, find_landmarks(backbone, learned, settings, task, should_stop)

    return work


def tasks(project: Project, specimen_ids: Sequence[int]) -> Iterator[Task]:
    """Yield what is to be done to some specimens."""
    seed = project.seed
    for number in specimen_ids:
        specimen = project.specimen(number)
        if specimen.path is not None:
            known = project.fingerprint_of(number)
            yield Task(number, specimen.name, specimen.path, known, seed_for(seed, specimen.name))
