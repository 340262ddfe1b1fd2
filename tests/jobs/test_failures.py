"""Whatever goes wrong on one specimen fails for that specimen, and for no other."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from napari_homolog.diffusion import Backbone
from napari_homolog.errors import Cancelled
from napari_homolog.jobs import TransferJob, in_this_thread, run
from napari_homolog.jobs.failures import NOT_ENOUGH_MEMORY
from napari_homolog.project import Project, SpecimenStatus
from series import QUICK, SIZE, make_series

SHORT = QUICK.changed("short", learn={"steps": 2})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, embedded: Backbone) -> Path:
    """Return a project with three targets, the second of which is a black image."""
    path = make_series(tmp_path_factory.mktemp("failures") / "beetles", embedded, 1, preset=SHORT)
    with Project.open(path) as project:
        for name, level in (("black", 0), ("white", 255)):
            file = path.with_name(f"{name}.png")
            Image.fromarray(np.full(SIZE, level, np.uint8)).save(file)
            project.add_image(file)
    return path


@pytest.fixture
def series(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared.parent, tmp_path / "beetles")
    return tmp_path / "beetles" / prepared.name


def fail_on_black(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    encode = Backbone.encode

    def failing(self: Backbone, images: torch.Tensor, *args: Any, **options: Any) -> torch.Tensor:
        if not images.is_meta and images.max() < 0.01:
            raise error
        return encode(self, images, *args, **options)

    monkeypatch.setattr(Backbone, "encode", failing)


ERRORS = {
    "RuntimeError": (
        RuntimeError("CUDA error: an illegal access.\nCompile with flags\nfor details."),
        "Unexpected error (RuntimeError: CUDA error: an illegal access. Compile with flags for details",
    ),
    "KeyError": (KeyError("attn2"), "Unexpected error (KeyError: 'attn2')"),
    "OSError": (OSError(5, "Input/output error"), "Unexpected error (OSError: [Errno 5] Input"),
    "MemoryError": (MemoryError(), NOT_ENOUGH_MEMORY),
    "OutOfMemoryError": (torch.OutOfMemoryError("CUDA out of memory."), NOT_ENOUGH_MEMORY),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_unexpected_error_fails_for_its_specimen_alone(
    series: Path,
    embedded: Backbone,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    error, expected = ERRORS[name]
    fail_on_black(monkeypatch, error)
    with Project.open(series) as project, caplog.at_level(logging.ERROR):
        report = run(TransferJob(project), in_this_thread(embedded))
        status = {specimen.name: specimen.status for specimen in project.specimens()}
        black = project.find("black")
    assert (report.located, report.left) == (2, 0)
    ((failed, reason),) = report.failed
    assert failed == "black"
    assert reason.startswith(expected)
    assert "\n" not in reason
    assert reason.endswith(".")
    assert status["black"] is SpecimenStatus.FAILED
    assert black is not None
    assert black.reason == reason
    assert [status["beetle 001"], status["white"]] == [SpecimenStatus.FOUND] * 2
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert "failing" in caplog.text, "the traceback tells where it was raised"


def test_a_failure_is_forgotten_once_the_specimen_is_located(
    series: Path, embedded: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on_black(monkeypatch, RuntimeError("once"))
    with Project.open(series) as project:
        assert len(run(TransferJob(project), in_this_thread(embedded)).failed) == 1
        monkeypatch.undo()
        assert run(TransferJob(project), in_this_thread(embedded)).located == 0
        assert run(TransferJob(project, retry=True), in_this_thread(embedded)).located == 1
        black = project.find("black")
        assert black is not None
        assert (black.status, black.reason) == (SpecimenStatus.FOUND, None)


def test_cancelling_is_no_failure(
    series: Path, embedded: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on_black(monkeypatch, Cancelled("Stopped as requested."))
    with Project.open(series) as project:
        report = run(TransferJob(project), in_this_thread(embedded))
        assert (report.located, report.failed, report.left) == (1, (), 2)
        names = [specimen.name for specimen in project.specimens(SpecimenStatus.NEW)]
        assert names == ["black", "white"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_not_swallowed(
    series: Path, embedded: Backbone, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    fail_on_black(monkeypatch, error())  # type: ignore[arg-type]
    with Project.open(series) as project:
        with pytest.raises(error):
            run(TransferJob(project), in_this_thread(embedded))
        assert project.summary()[SpecimenStatus.FOUND] == 1, "what was located is kept"
        assert project.summary()[SpecimenStatus.FAILED] == 0
