"""Running a transfer job: specimen by specimen in this thread, or wherever a runner takes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..context import RunContext
from ..errors import Cancelled
from .failures import Failure
from .transfer_job import TransferJob, TransferTask, TransferWork, locate_on_specimen

if TYPE_CHECKING:
    from ..correspondence import Prediction
    from ..diffusion import Backbone

Results = Generator[tuple[TransferTask, "Prediction | Failure"], None, None]
"""What came of each task, in any order, as it comes."""

Runner = Callable[[TransferWork, RunContext], Results]
"""Does the tasks: `in_this_thread`, or `napari_homolog.jobs.cluster.on_cluster`."""

MESSAGE = "locating the landmarks"


@dataclass(frozen=True)
class RunReport:
    """How a run went.

    Attributes
    ----------
    located : int
        Specimens on which landmarks were located.
    failed : tuple of (str, str)
        Name and reason of each specimen that failed.
    left : int
        Specimens that were not reached.
    seconds : float
        Duration.
    """

    located: int
    failed: tuple[tuple[str, str], ...]
    left: int
    seconds: float


def run(
    job: TransferJob,
    runner: Runner,
    context: RunContext | None = None,
    *,
    on_result: Callable[[TransferTask, Prediction | Failure], None] | None = None,
) -> RunReport:
    """Run a job to its end, or until the context says stop; each result is recorded as it comes.

    Parameters
    ----------
    job : TransferJob
        The job; its project belongs to this thread.
    runner : callable
        What does the tasks.
    context : RunContext, optional
        Progress, log, and whether to stop. After a stop the report tells how many are left.
    on_result : callable, optional
        Called with each task and its outcome once it is recorded.

    Raises
    ------
    ProjectError
        If the project or the maps cannot be written.
    LandmarkSetError
        If the landmarks were learned on another model.
    """
    context = context or RunContext()
    start = time.monotonic()
    context.log.info("Locating landmarks on %d specimens", len(job.work.tasks))
    total, done = len(job.work.tasks), 0
    failed: list[tuple[str, str]] = []
    try:
        with closing(runner(job.work, context)) as results:
            for task, outcome in results:
                job.record(task, outcome)
                if isinstance(outcome, Failure):
                    failed.append((task.name, outcome.reason))
                    context.log.warning("%s: %s", task.name, outcome.reason)
                if on_result is not None:
                    on_result(task, outcome)
                done += 1
                context.report(done, total, MESSAGE)
                context.check_stop()
    except Cancelled:
        context.log.info("Stopped after %d of %d specimens", done, total)
    seconds = time.monotonic() - start
    return RunReport(done - len(failed), tuple(failed), total - done, seconds)


def in_this_thread(backbone: Backbone) -> Runner:
    """Return the runner that does one task after the other with a loaded model."""

    def runner(work: TransferWork, context: RunContext) -> Results:
        work.learned.check_backbone(backbone)
        learned = work.prepared(context)
        for task in work.tasks:
            yield task, locate_on_specimen(backbone, learned, work.settings, task, context)

    return runner
