"""What is logged, where it goes, and how the command line reports faults of the program."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from napari_homolog.cli import ISSUES
from napari_homolog.context import LOGGER
from napari_homolog.errors import SettingsError
from napari_homolog.logs import configure_logging, describe_installation

FAULTY_COMMAND = """
from napari_homolog import cli
@cli.app.command()
def fail(name: str) -> None:
    raise KeyError(name)
cli.main()
"""


@pytest.fixture(autouse=True)
def logger_as_before():
    handlers, level = LOGGER.handlers[:], LOGGER.level
    yield
    LOGGER.handlers[:] = handlers
    LOGGER.setLevel(level)


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_package_is_silent_unless_it_is_configured(tmp_path):
    code = "import napari_homolog.context as c; c.LOGGER.error('not for the screen')"
    run = python("-c", code, cwd=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_configuring_twice_prints_each_message_once(capsys):
    configure_logging("debug")
    configure_logging("INFO")
    logging.getLogger("napari_homolog.somewhere").info("once")
    LOGGER.debug("below the level")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.endswith("INFO napari_homolog.somewhere: once\n")


def test_messages_follow_standard_error_when_it_is_replaced(capsys, monkeypatch, tmp_path):
    configure_logging(logging.INFO)
    with (tmp_path / "log").open("w+") as file:
        monkeypatch.setattr(sys, "stderr", file)
        LOGGER.info("into the file")
        file.seek(0)
        assert file.read().endswith("into the file\n")
    monkeypatch.setattr(sys, "stderr", None)
    LOGGER.info("nowhere")


def test_an_unknown_level_is_refused():
    with pytest.raises(SettingsError, match="no log level 'loud'; choose one of debug, info"):
        configure_logging("loud")


def test_the_installation_is_described():
    described = describe_installation()
    assert f"Python {sys.version.split()[0]}" in described
    assert "torch 2." in described


def test_verbose_logs_to_standard_error_and_leaves_the_output_alone(tmp_path):
    plain = python("-m", "napari_homolog.cli", "models", "--json", cwd=tmp_path)
    verbose = python("-m", "napari_homolog.cli", "-v", "models", "--json", cwd=tmp_path)
    assert plain.stderr == ""
    assert verbose.stdout == plain.stdout
    assert f"INFO napari_homolog: {describe_installation()}\n" in verbose.stderr


def test_an_unexpected_error_ends_in_one_sentence_and_exit_code_1(tmp_path):
    run = python("-c", FAULTY_COMMAND, "fail", "a [red] name", cwd=tmp_path)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("Unexpected error: KeyError: 'a [red] name'; run again with")
    assert run.stderr.endswith("please report it at " + ISSUES + ".\n")


def test_verbose_shows_the_traceback_of_an_unexpected_error(tmp_path):
    run = python("-c", FAULTY_COMMAND, "-v", "fail", "tip", cwd=tmp_path)
    assert run.returncode == 1
    assert "Traceback (most recent call last)" in run.stderr
    assert "in fail" in run.stderr
    assert "Unexpected error: KeyError: 'tip'" in run.stderr.splitlines()[-1]


def test_an_error_of_the_user_has_exit_code_2_and_no_traceback(tmp_path):
    run = python("-m", "napari_homolog.cli", "-vv", "convert", "[wing].csv", "x.tps", cwd=tmp_path)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert run.stderr.splitlines()[-1].startswith("Error: There is no file [wing].csv;")


def test_format_warnings_are_printed_and_their_place_is_logged(tmp_path):
    Image.new("L", (60, 50)).save(tmp_path / "[a].png")
    (tmp_path / "marks.csv").write_text("image,name,x,y\n[a].png,[red] tip,3,4\n")
    command = ("convert", "marks.csv", "[a].tps")
    plain = python("-m", "napari_homolog.cli", *command, cwd=tmp_path)
    assert plain.returncode == 0, plain.stderr
    assert plain.stderr.startswith("Warning: [a].tps: ")
    assert plain.stdout == "Wrote 1 specimens to [a].tps.\n"
    verbose = python("-m", "napari_homolog.cli", "-vv", *command, cwd=tmp_path)
    assert plain.stderr in verbose.stderr
    assert "DEBUG napari_homolog: FormatWarning issued at " in verbose.stderr
