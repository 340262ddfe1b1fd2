"""Runs on several processes, one of which dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
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
from napari_homolog.jobs.cluster import ModelChoice, cluster_at, local_workers, on_cluster
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
    with local_workers(2) as client, Project.open(series) as project:
        processes = client.run(os.getpid)
        assert len(set(processes.values()) - {os.getpid()}) == 2
        done = []

        def kill_one(now: int, total: int, message: str) -> None:
            done.append((now, total))
            if now == 2:
                os.kill(next(iter(processes.values())), signal.SIGKILL)

        context = nh.RunContext(progress=kill_one)
        report = run(TransferJob(project), on_cluster(client, EMBEDDED), context)
    assert done == [(count, 7) for count in range(1, 8)]
    assert (report.located, report.left) == (6, 0)
    assert [name for name, _ in report.failed] == ["damaged"]
    assert results(series) == results(alone)


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
