"""Runs on several processes or machines, with dask.distributed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ProjectError
from ..progress import StopCheck
from .run import Results, Worker
from .tasks import Failure, Task, find_landmarks

if TYPE_CHECKING:
    from distributed import Client, Future

    from ..correspondence import LandmarkSet, LocateSettings, Prediction
    from ..diffusion import Backbone

TASKS_PER_THREAD = 4
"""Tasks that are handed out at a time for each thread: enough for no worker to wait."""

LEAST_HANDED_OUT = 16
"""Tasks that are handed out at least, so that a cluster that grows with its work does grow."""

SECONDS_TO_CONNECT = 30.0

KEPT_MEMORY = {"MALLOC_MMAP_MAX_": 0, "MALLOC_TRIM_THRESHOLD_": 2**40}
"""What keeps glibc from giving torch's buffers back to the system all the time.

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
        As `napari_homolog.load_backbone` takes them; a folder must be there on every worker's machine.
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


def on_cluster(client: Client, choice: ModelChoice, *, keep_maps: bool = False) -> Worker:
    """Return what hands tasks to the workers of a cluster.

    Each worker loads the model once. If one dies, others do what it had in hand. The workers read
    the images themselves: these must be found under the same paths on every machine.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster.
    choice : ModelChoice
        The model.
    keep_maps : bool
        Whether the attention maps are wanted: they are most of what has to be sent.
    """

    def work(
        tasks: Iterator[Task],
        learned: LandmarkSet,
        settings: LocateSettings,
        should_stop: StopCheck | None,
    ) -> Results:
        distributed = _distributed()
        # The result of a task, not scattered data: it can be had again when its holder dies.
        landmark_set = client.submit(bytes, learned.to_bytes(), pure=False)
        handed_out: dict[object, tuple[Future[Any], Task]] = {}
        coming = distributed.as_completed()

        def hand_out() -> None:
            for task in islice(tasks, _at_a_time(client) - len(handed_out)):
                future = client.submit(
                    _find, task, landmark_set, settings, choice, keep_maps, pure=False
                )
                handed_out[future.key] = (future, task)
                coming.add(future)

        try:
            hand_out()
            for future in coming:
                _, task = handed_out.pop(future.key)
                yield task, _result(future, task, distributed)
                hand_out()
        finally:
            client.cancel([future for future, _ in handed_out.values()])

    return work


def _at_a_time(client: Client) -> int:
    return max(LEAST_HANDED_OUT, TASKS_PER_THREAD * sum(client.nthreads().values()))


def _result(future: Future[Any], task: Task, distributed: Any) -> Prediction | Failure:
    """Return what came of a task; an error that concerns all specimens is raised."""
    if future.status == "cancelled":
        raise ProjectError(
            f"The cluster lost {task.name!r}: its scheduler has stopped; start it and run again."
        )
    error = future.exception()
    if isinstance(error, distributed.KilledWorker):
        return Failure(
            f"Every worker that looked at {task.path} died; it may need more memory than they have."
        )
    if error is not None:
        raise error
    found: Prediction | Failure = future.result()
    return found


def _find(
    task: Task,
    landmark_set: bytes,
    settings: LocateSettings,
    choice: ModelChoice,
    keep_maps: bool,
) -> Prediction | Failure:
    """Find landmarks on one specimen, on a worker."""
    with _ONE_AT_A_TIME:
        backbone, learned = _model(choice), _learned(landmark_set)
        learned.check_backbone(backbone)
        found = find_landmarks(backbone, learned, settings, task)
    if isinstance(found, Failure) or keep_maps:
        return found
    return replace(found, maps=np.zeros((len(found.names), 0, 0), np.float32))


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
