"""Memory of transfer jobs on few and many specimens, and the speed of two workers against one.

Each job runs in a process of its own with one thread, as each worker has one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from napari_homolog.project import Project
from stored_results import store
from synthetic_project import create_project, results_of

RUN_HERE = """
import json, resource, sys
from napari_homolog import load_backbone
from napari_homolog.jobs import TransferJob, in_this_thread, run
from napari_homolog.project import Project
with Project.open(sys.argv[1]) as project:
    report = run(TransferJob(project), in_this_thread(load_backbone("embedded", device="cpu")))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"found": report.located, "seconds": report.seconds, "peak_megabytes": peak}))
"""

RUN_ON_WORKERS = """
import json, resource, sys
from napari_homolog.jobs import TransferJob, run
from napari_homolog.jobs.local_processes import local_workers, on_local_workers
from napari_homolog.jobs.workers import ModelChoice
from napari_homolog.project import Project
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if __name__ == "__main__":
    with local_workers(int(sys.argv[2])) as workers, Project.open(sys.argv[1]) as project:
        choice = ModelChoice("embedded", "cpu")
        report = run(TransferJob(project), on_local_workers(workers, choice))
    peaks = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"found": report.located, "seconds": report.seconds,
                      "peak_megabytes": peak(), "peak_megabytes_of_workers": peaks}))
"""


def measured(script: str, *arguments: object) -> dict[str, float]:
    """Run a script in a process of its own and return what it prints."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(script)
        file.flush()
        command = [sys.executable, file.name, *map(str, arguments)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10)
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--for-workers", type=int, default=200)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (options.few, options.many):
            path = Path(folder) / str(count) / "a.homolog"
            path.parent.mkdir()
            create_project(path, count)
            figures[f"one_process_{count}_specimens"] = measured(RUN_HERE, path)
        path = Path(folder) / "workers" / "a.homolog"
        path.parent.mkdir()
        create_project(path, options.for_workers)
        for workers in (1, 2):
            copy = path.with_name(f"{workers}.homolog")
            with Project.open(path) as project:
                project.save_as(copy)
            start = time.monotonic()
            run = measured(RUN_ON_WORKERS, copy, workers)
            run["seconds_with_starting"] = time.monotonic() - start
            figures[f"{workers}_workers_{options.for_workers}_specimens"] = run
            found[workers] = results_of(copy)
    one, two = (figures[f"{workers}_workers_{options.for_workers}_specimens"] for workers in (1, 2))
    figures["two_workers_over_one"] = one["seconds"] / two["seconds"]
    figures["same_results"] = found[1] == found[2]
    print(json.dumps(figures, indent=2))
    print(store("project_runs", figures))


if __name__ == "__main__":
    main()
