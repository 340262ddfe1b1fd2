"""One bad item never spoils the whole: real files that may not be read, in real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from PIL import Image

from napari_homolog.diffusion import Backbone
from napari_homolog.project import Project
from series import make_series
from without_privileges import needs_permissions, run_python

pytestmark = needs_permissions


def homolog(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run_python("-m", "napari_homolog.cli", *arguments)


def test_files_that_may_not_be_read_fail_alone(tmp_path: Path, embedded: Backbone) -> None:
    path = make_series(tmp_path / "beetles", embedded, 2)
    with Project.open(path) as project:
        learned = project.landmark_set()
        assert learned is not None
        learned.save(tmp_path / "set.safetensors")
        files = [one.path for one in project.specimens() if one.path is not None]
    files[-1].chmod(0)
    (tmp_path / "out").mkdir()

    run = homolog("project", "run", path, "--device", "cpu", "--json")
    assert run.returncode == 3, run.stderr
    told = json.loads(run.stdout)
    assert told["found"] == 1
    ((name, reason),) = told["failed"].items()
    assert name == files[-1].stem
    assert reason == (
        f"{files[-1]} cannot be read (Permission denied); check its name, its permissions and those "
        "of its folder."
    )

    too_long = tmp_path / ("n" * 300 + ".png")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    targets = [files[0], files[-1], too_long, closed / "a.png"]
    out = tmp_path / "out" / "a.tps"
    run = homolog(
        *(
            "locate",
            tmp_path / "set.safetensors",
            *targets,
            "--out",
            out,
            "--device",
            "cpu",
            "--json",
        )
    )
    assert run.returncode == 3, run.stderr
    rows = json.loads(run.stdout)
    assert [("points" in row, "error" in row) for row in rows] == [(True, False)] + 3 * [
        (False, True)
    ]
    assert out.read_text().count("LM=") == 1
    for said in ("Permission denied", "File name too long"):
        assert said in run.stderr

    # What cannot be written is told before anything is computed, here before the set is read.
    tmp_path.chmod(0o555)
    for name, reason in (("a.tps", "Permission denied"), ("out/" + "n" * 300 + ".tps", "too long")):
        run = homolog("locate", tmp_path / "nothing", files[0], "--out", tmp_path / name)
        assert run.returncode == 2
        assert "cannot be written" in run.stderr
        assert reason in run.stderr
        assert "Traceback" not in run.stderr
    tmp_path.chmod(0o755)
    closed.chmod(0o700)


def test_names_that_are_not_text_and_closed_folders_are_told(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    Image.effect_noise((60, 40), 50).save(images / "good.png")
    bad = os.fsdecode(os.fsencode(str(images)) + b"/w\xfcng.png")
    shutil.copy(images / "good.png", bad)
    (images / "closed").mkdir(mode=0)
    path = tmp_path / "a.homolog"
    Project.create(path).close()
    run = homolog("project", "add", path, images, "--recursive", "--json")
    assert run.returncode == 3, run.stderr
    told = json.loads(run.stdout)
    assert told["added"] == ["good"]
    assert told["skipped"] == [f"1 unreadable folder in {images}"]
    ((name, reason),) = told["failed"].items()
    assert name == "w\udcfcng.png"
    assert "not valid Unicode" in reason
    assert "w\\udcfcng.png" in run.stderr
    (images / "closed").chmod(0o700)
