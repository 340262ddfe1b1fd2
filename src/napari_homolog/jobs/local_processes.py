"""Running transfer jobs on several processes of this machine, which no other user can reach."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from ..context import RunContext
from .failures import Failure
from .runners import Results, Runner
from .transfer_job import TransferTask, TransferWork
from .workers import ModelChoice, locate_task, lost

if TYPE_CHECKING:
    from ..correspondence import Prediction

MOST_DEATHS = 4
"""Workers that may die on a specimen before it is given up."""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class WorkerDied(Exception):
    """A process ended before it answered."""


class Worker:
    """One process that does one task at a time.

    It is spoken to through a pipe. There is no port that others could connect to.
    """

    def __init__(self) -> None:
        # Not forked: threads of torch would not survive it.
        spawn = multiprocessing.get_context("spawn")
        self.connection, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        # Otherwise the pipe would stay open when the process has died.
        theirs.close()

    def submit(
        self, task: TransferTask, work: TransferWork, learned: bytes, choice: ModelChoice
    ) -> None:
        """Have the process do a task; if it has died, `result` tells.

        Parameters
        ----------
        task : TransferTask
            The specimen.
        work : TransferWork
            Settings, and whether maps are wanted.
        learned : bytes
            The landmark set.
        choice : ModelChoice
            The model.
        """
        with suppress(OSError):
            self.connection.send((task, learned, work.settings, work.keep_maps, choice))

    def result(self) -> Prediction | Failure:
        """Wait for what came of the task.

        Raises
        ------
        WorkerDied
            If the process ended.
        """
        try:
            outcome = self.connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerDied from error
        if isinstance(outcome, BaseException):
            raise outcome
        result: Prediction | Failure = outcome
        return result

    def stop(self) -> None:
        """End the process, also amid a task."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Connection) -> None:
    """Do task after task, until the pipe is closed."""
    # The one who started the workers stops them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(ONE_THREAD)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            task = connection.recv()
            try:
                outcome: object = locate_task(*task)
            except Exception as error:
                outcome = error
            connection.send(outcome)


@contextmanager
def local_workers(count: int) -> Iterator[list[Worker]]:
    """Start so many processes on this machine, of one thread each, and stop them after the block."""
    workers = [Worker() for _ in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def on_local_workers(workers: list[Worker], choice: ModelChoice) -> Runner:
    """Return the runner that gives each worker one task after the other.

    Each worker loads the model once. If one dies, another takes its place and repeats its task.

    Parameters
    ----------
    workers : list of Worker
        From `local_workers`.
    choice : ModelChoice
        The model.
    """

    def runner(work: TransferWork, context: RunContext) -> Results:
        learned = work.prepared(context).to_bytes()
        waiting = list(reversed(work.tasks))
        deaths: dict[int, int] = {}
        at_work: dict[Any, tuple[int, TransferTask]] = {}

        def give_next(place: int) -> None:
            if waiting:
                worker, task = workers[place], waiting.pop()
                worker.submit(task, work, learned, choice)
                at_work[worker.connection] = (place, task)

        for place in range(len(workers)):
            give_next(place)
        while at_work:
            for connection in wait(list(at_work)):
                place, task = at_work.pop(connection)
                outcome: Prediction | Failure | None
                try:
                    outcome = workers[place].result()
                except WorkerDied:
                    workers[place].stop()
                    workers[place] = Worker()
                    deaths[task.specimen_id] = deaths.get(task.specimen_id, 0) + 1
                    outcome = lost(task.name)
                    if deaths[task.specimen_id] < MOST_DEATHS:
                        waiting.append(task)
                        outcome = None
                give_next(place)
                if outcome is not None:
                    yield task, outcome

    return runner
