"""Stopping downloads: a real client, and a server on this machine that keeps it waiting."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from pathlib import Path

import pytest

from fake_hub import COMMIT, serving
from napari_homolog.context import RunContext
from napari_homolog.diffusion.download import fetch_in_subprocess
from napari_homolog.errors import Cancelled, CheckpointError

BIG = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def hub(sd1_folder, tmp_path, monkeypatch):
    with serving(Path(shutil.copytree(sd1_folder, tmp_path / "model"))) as served:
        for name, value in {
            "HF_ENDPOINT": served.address,
            "HF_HUB_CACHE": str(tmp_path / "cache"),
            "HF_HUB_OFFLINE": "0",
        }.items():
            monkeypatch.setenv(name, value)
        yield served


def test_the_subprocess_fetches_reports_and_fails_like_the_client(hub, caplog):
    caplog.set_level(logging.INFO, "napari_homolog")
    steps = []
    folder, commit = fetch_in_subprocess(
        "somebody/model", None, RunContext(progress=lambda *step: steps.append(step))
    )
    assert commit == COMMIT
    begin, end = (record.getMessage() for record in caplog.records)
    assert begin == "downloading somebody/model, revision main"
    assert f"somebody/model, commit {COMMIT}, is in {folder} after" in end
    assert (folder / BIG).read_bytes() == (hub.folder / BIG).read_bytes()
    assert steps[-1][0] == steps[-1][1] == sum(path.stat().st_size for path in folder.rglob("*.*"))
    with pytest.raises(CheckpointError, match="no model 'somebody/else' at revision 'main'"):
        fetch_in_subprocess("somebody/else", None)


def test_a_download_stops_within_a_second_and_can_be_repeated(hub):
    hub.stuck = BIG
    stop = threading.Event()
    stopped_at = []

    def stop_once_stuck() -> None:
        while BIG not in hub.downloads:
            time.sleep(0.01)
        stopped_at.append(time.monotonic())
        stop.set()

    threading.Thread(target=stop_once_stuck, daemon=True).start()
    with pytest.raises(Cancelled):
        fetch_in_subprocess("somebody/model", None, RunContext(should_stop=stop.is_set))
    assert time.monotonic() - stopped_at[0] < 1
    hub.stuck = None
    hub.go_on.set()
    folder, _ = fetch_in_subprocess("somebody/model", None)
    assert (folder / BIG).read_bytes() == (hub.folder / BIG).read_bytes()
