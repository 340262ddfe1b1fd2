"""Running transfer jobs on several processes or machines, with dask.distributed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..context import RunContext
from ..errors import ProjectError
from .failures import Failure
from .runners import Results, Runner
from .transfer_job import TransferTask, TransferWork, locate_on_specimen

if TYPE_CHECKING:
    from distributed import Client, Future

    from ..correspondence import LandmarkSet, LocateSettings, Prediction
    from ..diffusion import Backbone

TASKS_PER_THREAD = 4
"""Tasks submitted at a time for each thread: enough for no worker to wait."""

MINIMUM_SUBMITTED = 16
"""Minimum number of submitted tasks, so that a cluster that adapts to its load does grow."""

SECONDS_TO_CONNECT = 30.0

KEPT_MEMORY = {"MALLOC_MMAP_MAX_": 0, "MALLOC_TRIM_THRESHOLD_": 2**40}
"""Environment that keeps glibc from returning torch's buffers to the system all the time.

Dask has its workers trim their memory (a threshold of 64 KiB): with torch they then spend two thirds
of their time on page faults.
"""

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
    """

    model: str
    device: str = "auto"
    precision: str = "auto"


@contextmanager
def local_workers(count: int) -> Iterator[Client]:
    """Start so many processes on this machine, of one thread each, and stop them after the block.

    Raises
    ------
    ProjectError
        If dask.distributed is not installed.
    """
    distributed = _distributed()
    with (
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@contextmanager
def cluster_at(address: str) -> Iterator[Client]:
    """Connect to a scheduler such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ProjectError
        If dask.distributed is not installed, or nothing answers there.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"No scheduler answers at {address} ({error}); start one with `dask scheduler`, and "
            "give the address that it prints."
        ) from error
    with client:
        yield client


def on_cluster(client: Client, choice: ModelChoice) -> Runner:
    """Return the runner that submits tasks to the workers of a cluster.

    Each worker loads the model once. If one dies, others repeat its unfinished tasks. The workers read
    the images themselves: these must have the same paths on every machine.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster.
    choice : ModelChoice
        The model.
    """

    def runner(work: TransferWork, context: RunContext) -> Results:
        distributed = _distributed()
        # The result of a task, not scattered data: it can be computed again when its holder dies.
        sent = client.submit(bytes, work.prepared(context).to_bytes(), pure=False)
        waiting = iter(work.tasks)
        submitted: dict[object, tuple[Future[Any], TransferTask]] = {}
        completed = distributed.as_completed()

        def submit() -> None:
            for task in islice(waiting, _at_a_time(client) - len(submitted)):
                future = client.submit(
                    _locate, task, sent, work.settings, work.keep_maps, choice, pure=False
                )
                submitted[future.key] = (future, task)
                completed.add(future)

        try:
            submit()
            for future in completed:
                _, task = submitted.pop(future.key)
                yield task, _outcome(future, task, distributed)
                submit()
        finally:
            client.cancel([future for future, _ in submitted.values()])

    return runner


def _at_a_time(client: Client) -> int:
    return max(MINIMUM_SUBMITTED, TASKS_PER_THREAD * sum(client.nthreads().values()))


def _outcome(future: Future[Any], task: TransferTask, distributed: Any) -> Prediction | Failure:
    """Return what came of a task; an error that concerns all specimens is raised."""
    if future.status == "cancelled":
        raise ProjectError(
            f"The cluster lost {task.name!r}: its scheduler has stopped; start it and run again."
        )
    error = future.exception()
    if isinstance(error, distributed.KilledWorker):
        return Failure(
            f"Every worker that processed {task.name!r} died; it may need more memory than they have."
        )
    if error is not None:
        raise error
    outcome: Prediction | Failure = future.result()
    return outcome


def _locate(
    task: TransferTask,
    landmark_set: bytes,
    settings: LocateSettings,
    keep_maps: bool,
    choice: ModelChoice,
) -> Prediction | Failure:
    """Locate landmarks on one specimen, on a worker."""
    with _ONE_AT_A_TIME:
        backbone, learned = _model(choice), _learned(landmark_set)
        learned.check_backbone(backbone)
        outcome = locate_on_specimen(backbone, learned, settings, task, RunContext())
    if isinstance(outcome, Failure) or keep_maps:
        return outcome
    return replace(outcome, maps=np.zeros((len(outcome.names), 0, 0), np.float32))


@lru_cache(maxsize=1)
def _model(choice: ModelChoice) -> Backbone:
    from ..diffusion import load_backbone

    return load_backbone(choice.model, device=choice.device, precision=choice.precision)


@lru_cache(maxsize=1)
def _learned(data: bytes) -> LandmarkSet:
    from ..correspondence import LandmarkSet

    return LandmarkSet.from_bytes(data, "the landmark set that was sent")


def _distributed() -> Any:
    """Return dask.distributed, which is not installed with the rest."""
    try:
        import dask
        import distributed
    except ImportError as error:
        raise ProjectError(
            'Runs on several workers need dask.distributed; install "napari-homolog[cluster]".'
        ) from error
    # A landmark set is sent once; that it is large is no sign of a mistake, as Dask would say.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"})
    place = "distributed.nanny.pre-spawn-environ"
    dask.config.set({f"{place}.{name}": value for name, value in KEPT_MEMORY.items()})
    return distributed
