"""No file starts a download: commands are watched by an audit hook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from napari_homolog.correspondence import LandmarkSet
from napari_homolog.diffusion import Backbone
from napari_homolog.project import Project
from series import make_series

WATCHED = """
import json, sys
called = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo") or (
        # platform.processor asks this program.
        event == "subprocess.Popen" and arguments[0] != "uname"
    ):
        called.append([event, repr(arguments)])
sys.addaudithook(watch)
sys.path.insert(0, sys.argv[1])
from command_line import homolog
told = []
for arguments in json.loads(sys.stdin.read()):
    run = homolog(*arguments)
    told.append([run.returncode, run.stderr, called.copy()])
    called.clear()
print(json.dumps(told))
"""
"""Runs commands one after the other in one process, and tells what each of them called."""


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


def watched(folder: Path, *commands: Sequence[object]) -> list[tuple[int, str, list[list[str]]]]:
    """Return the exit code of each command, what it said, and its calls of others."""
    given = json.dumps([[str(word) for word in command] for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(Path(__file__).parents[1])],
        input=given,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_CACHE": str(folder / "cache")},
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return [(code, said, calls) for code, said, calls in json.loads(done.stdout)]


def test_a_file_that_names_a_hub_model_starts_no_download(foreign: Path) -> None:
    folder = foreign.parent
    target = ("locate", folder / "set.safetensors", folder / "target.png")
    for code, said, calls in watched(
        folder,
        (*target, "--out", folder / "out.tps"),
        ("project", "run", foreign),
        ("project", "learn", foreign, "--extend"),
        ("project", "run", foreign, "--local-workers", 1),
    ):
        assert code == 2, said
        assert "Error: The landmarks were learned on the model 'somebody/model'" in said
        assert "--model somebody/model" in said
        assert calls == []
    assert not (folder / "out.tps").exists()


EVERY = """
import json, sys, typer
from typer.testing import CliRunner
from napari_homolog.cli import app

def commands(group, before=()):
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*before, name))
        else:
            yield " ".join((*before, name))

def run(arguments):
    end = CliRunner().invoke(app, arguments)
    return [end.exit_code, f"{end.output[-500:]} {end.exception!r}"]

ends = [run(arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps({"commands": list(commands(typer.main.get_command(app))), "ends": ends}))
"""

WATCH_EACH_PROCESS = """
import os, sys
def watch(event, arguments):
    if event == "socket.getaddrinfo" or (
        # Other addresses are those of sockets within this machine.
        event == "socket.connect" and isinstance(arguments[1], tuple)
    ):
        with open(os.environ["NETWORK_CALLS"], "a") as file:
            print(event, arguments, sys.argv, file=file)
sys.addaudithook(watch)
"""


def test_no_command_uses_the_network(tmp_path: Path, embedded: Backbone) -> None:
    """Every command, in a process of which each child is watched too."""
    path = make_series(tmp_path / "own", embedded, 1)
    folder = path.parent
    first, second = sorted(image.name for image in folder.glob("*.png"))
    (folder / "classes.csv").write_text(f"image,sex\n{first},f\n{second},m\n")
    (folder / "boxes.csv").write_text(f"image,top,left,height,width\n{second},5,5,100,100\n")
    tps = "".join(f"LM=2\n20 30\n80 90\nIMAGE={name}\n" for name in (first, second))
    (folder / "group.tps").write_text(tps)
    with Project.open(path) as project:
        learned = project.landmark_set()
        assert learned is not None
        learned.save(folder / "set.safetensors")
        (reference,) = project.references()
        ends = project.landmarks_of(reference.id).points[:2].tolist()
    rows = "".join(f"{first},back,{col},{row}\n" for row, col in ends)
    (folder / "curves.csv").write_text(f"image,curve,x,y\n{rows}")
    own = path.name
    cpu = "--device cpu"
    data_sets = ("spair-71k", "pf-willow", "pf-pascal", "cub", "ap-10k")
    runs = [
        *(f"project export {own} a.csv", "convert a.csv a.tps", "models", "presets"),
        f"learn FIRST --landmarks a.csv --extend set.safetensors --out b.safetensors {cpu}",
        f"locate set.safetensors SECOND --out b.csv --maps maps --sheet b.png {cpu}",
        f"words SECOND beetle --out words {cpu}",
        f"demo --specimens 1 --out demo {cpu}",
        f"check embedded {cpu}",
        *("project new new.homolog --landmarks group.tps", "project add new.homolog ."),
        *(f"project boxes {own} boxes.csv", f"project classify {own} classes.csv"),
        *(f"project links {own}", f"project sides {own}", f"project curves {own} curves.csv"),
        *(f"project run {own} --local-workers 1 {cpu}", f"project scale {own}"),
        *(f"project learn {own} --extend {cpu}", f"project suggest {own}"),
        *(f"project status {own}", f"project images {own}"),
        *(f"project export-curves {own} drawn.csv", f"project report {own}"),
        f"benchmark folder --data . --matcher same-place --out runs {cpu}",
        *("benchmark report runs --out report", f"benchmark review --data . {cpu}"),
        *(f"benchmark {name} --data . {cpu}" for name in data_sets),
    ]
    # There are no data of the others here, and too few for sessions of reviews.
    refused = {f"benchmark {name}" for name in (*data_sets, "review")}
    names = {"FIRST": first, "SECOND": second}
    arguments = [[names.get(word, word) for word in line.split()] for line in runs]

    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCH_EACH_PROCESS)
    calls = tmp_path / "calls.txt"
    search = filter(None, (str(tmp_path / "site"), os.environ.get("PYTHONPATH")))
    variables = {"NETWORK_CALLS": str(calls), "PYTHONPATH": os.pathsep.join(search)}
    run = subprocess.run(
        [sys.executable, "-c", EVERY, json.dumps(arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        cwd=folder,
        check=False,
        timeout=580,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    done = set()
    for line, (code, output) in zip(runs, told["ends"], strict=True):
        name = next(one for one in told["commands"] if f"{line} ".startswith(f"{one} "))
        # The error that the program turns into its message.
        assert ("Error(" in output) == (name in refused), f"{line}: {output}"
        assert code == (name in refused), f"{line}: {output}"
        done.add(name)
    assert done == set(told["commands"])
    assert not calls.exists(), calls.read_text()


def test_the_watch_sees_calls_of_children(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH_EACH_PROCESS)
    calls = tmp_path / "calls.txt"
    variables = {"NETWORK_CALLS": str(calls), "PYTHONPATH": str(tmp_path)}
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    child = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    subprocess.run([sys.executable, "-c", code, child], env={**os.environ, **variables}, check=True)
    assert "socket.connect" in calls.read_text()
