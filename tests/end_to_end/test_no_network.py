"""No file starts a download: commands are watched by an audit hook."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from napari_homolog.correspondence import LandmarkSet
from napari_homolog.diffusion import Backbone
from napari_homolog.project import Project
from series import make_series

WATCHED = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo") or (
        # platform.processor asks this program.
        event == "subprocess.Popen" and arguments[0] != "uname"
    ):
        print("CALLED", event, arguments, file=sys.stderr)
sys.addaudithook(watch)
from napari_homolog.cli import main
main()
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, embedded: Backbone) -> Path:
    """Return a folder with a project and a landmark set that name a model of the hub."""
    path = make_series(tmp_path_factory.mktemp("foreign"), embedded, 1)
    with Project.open(path) as project:
        learned = project.landmark_set()
        assert learned is not None
        learned = replace(learned, backbone={**learned.backbone, "name": "somebody/model"})
        project.add_landmark_set(learned)
        learned.save(path.with_name("set.safetensors"))
    Image.effect_noise((60, 50), 50).save(path.with_name("target.png"))
    assert LandmarkSet.load(path.with_name("set.safetensors")).backbone["name"] == "somebody/model"
    return path


def watched(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_HUB_CACHE": str(folder / "cache")}
    command = [sys.executable, "-c", WATCHED, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, timeout=120
    )


@pytest.mark.parametrize("command", ["locate", "run", "learn", "workers"])
def test_a_file_that_names_a_hub_model_starts_no_download(foreign: Path, command: str) -> None:
    folder = foreign.parent
    arguments: dict[str, list[object]] = {
        "locate": [
            *("locate", folder / "set.safetensors", folder / "target.png"),
            *("--out", folder / "out.tps"),
        ],
        "run": ["project", "run", foreign],
        "learn": ["project", "learn", foreign, "--extend"],
        "workers": ["project", "run", foreign, "--local-workers", "1"],
    }
    run = watched(folder, *arguments[command])
    assert run.returncode == 2, run.stderr
    assert "Error: The landmarks were learned on the model 'somebody/model'" in run.stderr
    assert "--model somebody/model" in run.stderr
    assert "CALLED" not in run.stderr
    assert not (folder / "out.tps").exists()


def test_commands_on_local_files_use_no_network(foreign: Path) -> None:
    folder = foreign.parent
    for arguments in (
        ["project", "status", foreign],
        ["project", "images", foreign],
        ["project", "export", foreign, folder / "a.csv"],
        ["convert", folder / "a.csv", folder / "a.tps"],
        ["models"],
        ["presets"],
    ):
        run = watched(folder, *arguments)
        assert run.returncode == 0, run.stderr
        assert "CALLED" not in run.stderr
