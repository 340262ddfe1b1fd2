"""Running transfer jobs on several machines, with dask.distributed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..context import RunContext
from ..errors import ProjectError
from .failures import Failure
from .runners import Results, Runner
from .transfer_job import TransferTask, TransferWork
from .workers import ModelChoice, locate_task, lost

if TYPE_CHECKING:
    from distributed import Client, Future

    from ..correspondence import Prediction

TASKS_PER_THREAD = 4
"""Tasks submitted at a time for each thread: enough for no worker to wait."""

MINIMUM_SUBMITTED = 16
"""Minimum number of submitted tasks, so that a cluster that adapts to its load does grow."""

SECONDS_TO_CONNECT = 30.0


@contextmanager
def cluster_at(address: str) -> Iterator[Client]:
    """Connect to a scheduler such as ``tcp://10.0.0.1:8786`` or ``tls://10.0.0.1:8786``.

    Whoever can connect to a scheduler can run code as the user of its workers: it needs TLS, or a
    network of its own. For ``tls://`` Dask's configuration has to name the certificates.

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
                    locate_task, task, sent, work.settings, work.keep_maps, choice, pure=False
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
        return lost(task.name)
    if error is not None:
        raise error
    outcome: Prediction | Failure = future.result()
    return outcome


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
    return distributed
