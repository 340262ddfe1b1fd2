"""Runs on several processes, one of which dies."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster
from PIL import Image
from typer.testing import CliRunner

import napari_homolog as nh
from napari_homolog.cli import app
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import LandmarkSetError, ProjectError
from napari_homolog.jobs import TransferJob, in_this_thread, run
from napari_homolog.jobs.cluster import cluster_at, on_cluster
from napari_homolog.jobs.local_processes import local_workers, on_local_workers
from napari_homolog.jobs.workers import ModelChoice
from napari_homolog.project import MapStore, Project, SpecimenStatus
from series import SIZE, make_series, results

EMBEDDED = ModelChoice("embedded", device="cpu")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, embedded: Backbone) -> Path:
    path = make_series(tmp_path_factory.mktemp("cluster") / "beetles", embedded, 6)
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(path.with_name("damaged.png"))
    with Project.open(path) as project:
        project.add_image(path.with_name("damaged.png"))
    path.with_name("damaged.png").write_bytes(b"damaged")
    return path


@pytest.fixture
def series(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared.parent, tmp_path / "beetles")
    return tmp_path / "beetles" / prepared.name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_worker_changes_nothing(series: Path, embedded: Backbone) -> None:
    alone = series.with_name("alone.homolog")
    with Project.open(series) as project:
        project.save_as(alone)
        run(TransferJob(project), in_this_thread(embedded))
    with local_workers(2) as workers, Project.open(series) as project:
        processes = [worker.process.pid for worker in workers]
        assert len({*processes, os.getpid()}) == 3
        done, ports = [], [listening()]

        def kill_one(now: int, total: int, message: str) -> None:
            done.append((now, total))
            if now == 2:
                os.kill(processes[0] or 0, signal.SIGKILL)
                ports.append(listening())

        context = nh.RunContext(progress=kill_one)
        report = run(TransferJob(project), on_local_workers(workers, EMBEDDED), context)
        assert [worker.process.pid for worker in workers][1:] == processes[1:]
    assert done == [(count, 7) for count in range(1, 8)]
    assert (report.located, report.left) == (6, 0)
    assert [name for name, _ in report.failed] == ["damaged"]
    assert results(series) == results(alone)
    assert ports == [[], []], "no other user can reach a worker"
    assert not any(worker.process.is_alive() for worker in workers)


def listening() -> list[str]:
    """Return the network ports and named sockets at which this process and its children listen."""
    if not sys.platform.startswith("linux"):
        return []
    inodes = set()
    for process in [os.getpid(), *(child.pid for child in multiprocessing.active_children())]:
        for handle in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                inodes.add(os.readlink(handle).removeprefix("socket:[").removesuffix("]"))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                found.append(words[1])
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and words[6] in inodes:
            found.append(words[7])
    return found


def test_a_specimen_on_which_every_worker_dies_fails_alone(series: Path) -> None:
    with local_workers(1) as workers, Project.open(series) as project:
        job = TransferJob(project)
        first, *others = job.work.tasks
        job.work = replace(job.work, tasks=[replace(first, image=Deadly()), *others[:1]])
        report = run(job, on_local_workers(workers, EMBEDDED))
    assert report.located == 1
    ((name, reason),) = report.failed
    assert name == first.name
    assert reason.startswith(f"Every worker that processed {name!r} died")


class Deadly:
    """An image that kills whoever reads it."""

    def __call__(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_cluster_that_grows_with_its_work(series: Path) -> None:
    with (
        LocalCluster(n_workers=0, threads_per_worker=1, dashboard_address=None) as cluster,
        Project.open(series) as project,
    ):
        cluster.adapt(minimum=0, maximum=1, wait_count=1000)
        with cluster_at(cluster.scheduler_address) as client:
            runner = on_cluster(client, EMBEDDED)
            done: list[int] = []
            stop_after_two = nh.RunContext(
                progress=lambda now, total, message: done.append(now),
                should_stop=lambda: len(done) == 2,
            )
            assert run(TransferJob(project), runner, stop_after_two).left == 5
            assert run(TransferJob(project), runner).left == 0
            assert project.summary()[SpecimenStatus.FOUND] == 6
            assert run(TransferJob(project), runner).located == 0

            learned = project.landmark_set()
            assert learned is not None
            foreign = {**learned.backbone, "name": "other", "fingerprint": "00" * 32}
            project.add_landmark_set(type(learned)(**{**vars(learned), "backbone": foreign}))
            with pytest.raises(LandmarkSetError, match="learned on the model 'other'"):
                run(TransferJob(project), runner)
        assert project.summary()[SpecimenStatus.FAILED] == 1


def test_the_command_line_uses_local_workers(series: Path) -> None:
    command = ["project", "run", str(series), "--local-workers", "1", "--device", "cpu", "--json"]
    done = CliRunner().invoke(app, [*command, "--maps"])
    assert done.exit_code == 3
    report = json.loads(done.stdout)
    assert (report["found"], list(report["failed"])) == (6, ["damaged"])
    kept = MapStore.beside(series).read(2)
    assert kept is not None
    assert kept.maps.max() > 0


def test_an_address_without_a_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_homolog.jobs.cluster.SECONDS_TO_CONNECT", 1.0)
    for address in ("tcp://127.0.0.1:9", "no address at all"):
        with pytest.raises(ProjectError, match="No scheduler answers at"), cluster_at(address):
            pass
