"""Whatever a model or a download raises, the window stays usable and the other specimens are done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hands import PATIENCE, QUICK, finish

from napari_homolog.correspondence import PRESETS
from napari_homolog.diffusion import Backbone, loading
from napari_homolog.errors import ProjectError
from napari_homolog.jobs import LearnJob
from napari_homolog.plugin.background_run import BackgroundRun, Stopped
from napari_homolog.plugin.dock import HomologWidget
from napari_homolog.plugin.run_bar import RUNNING
from napari_homolog.project import SpecimenStatus

ERRORS = [RuntimeError("shapes differ"), KeyError("token"), MemoryError(), OSError("disk gone")]
NAMES_OF_ERRORS = [type(error).__name__ for error in ERRORS]


@pytest.fixture(params=ERRORS, ids=NAMES_OF_ERRORS)
def error(request: pytest.FixtureRequest) -> Exception:
    return request.param


def check_usable(dock: HomologWidget, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    """One sentence for the user, the traceback in the log, and every button as before."""
    assert not dock.bar.running
    assert not dock.bar.cancel_button.isVisible()
    for button in (dock.learn.learn_button, dock.transfer.transfer_button, dock.words.show_button):
        assert button.toolTip() != RUNNING
    logged = [record for record in caplog.records if record.exc_info]
    assert any(record.exc_info[1] is error for record in logged if record.exc_info)


def said_of(error: Exception) -> str:
    return "not enough memory" if isinstance(error, MemoryError) else type(error).__name__


def raiser(error: Exception) -> Callable[..., None]:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    return fail


def encoding_that_fails(error: Exception) -> Callable[..., torch.Tensor]:
    """Return a `Backbone.encode` that fails on pictures, not on the trial of a loaded model."""
    encode = Backbone.encode

    def fail(self: Backbone, views: torch.Tensor) -> torch.Tensor:
        if views.is_meta:
            return encode(self, views)
        raise error

    return fail


def test_learning(
    dock: HomologWidget,
    fish: list[Any],
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    monkeypatch.setitem(PRESETS, "fast", QUICK.changed("fast", learn={"steps": 5}))
    monkeypatch.setattr(Backbone, "encode", encoding_that_fails(error))
    dock.learn.preset.setCurrentText("fast")
    dock.tabs.setCurrentWidget(dock.learn)
    with caplog.at_level(logging.ERROR, logger="napari_homolog"):
        click(dock.learn.learn_button)
        finish(dock, qtbot)
    check_usable(dock, caplog, error)
    assert said_of(error) in dock.bar.message.text()
    assert "\n" not in dock.bar.message.text()
    monkeypatch.undo()
    monkeypatch.setitem(PRESETS, "fast", QUICK.changed("fast", learn={"steps": 5}))
    click(dock.learn.learn_button)
    finish(dock, qtbot)
    assert dock.bar.message.text().startswith("Learned 3 landmarks")


def test_transferring(
    ready: HomologWidget,
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    encode, calls = Backbone.encode, [0]

    def fail_first(self: Backbone, images: torch.Tensor) -> torch.Tensor:
        calls[0] += not images.is_meta
        if calls[0] == 1:
            raise error
        return encode(self, images)

    monkeypatch.setattr(Backbone, "encode", fail_first)
    ready.tabs.setCurrentWidget(ready.transfer)
    click(ready.transfer.layers_button)
    with caplog.at_level(logging.ERROR, logger="napari_homolog"):
        click(ready.transfer.transfer_button)
        finish(ready, qtbot)
    check_usable(ready, caplog, error)
    first, *lines = ready.bar.message.text().split("\n")
    assert first == "1 transferred, 1 failed:"
    assert len(lines) == 1
    assert said_of(error) in lines[0]
    counts = ready.session.project.summary()
    assert (counts[SpecimenStatus.FAILED], counts[SpecimenStatus.FOUND]) == (1, 1)
    click(ready.transfer.transfer_button)
    finish(ready, qtbot)
    assert ready.bar.message.text().startswith("Transferred to 1"), "the one that failed is retried"


def test_words(
    dock: HomologWidget,
    fish: list[Any],
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    monkeypatch.setattr(Backbone, "encode", encoding_that_fails(error))
    dock.tabs.setCurrentWidget(dock.words)
    dock.words.text.setText("a fish")
    with caplog.at_level(logging.ERROR, logger="napari_homolog"):
        click(dock.words.show_button)
        finish(dock, qtbot)
    check_usable(dock, caplog, error)
    assert said_of(error) in dock.bar.message.text()


def test_downloads(
    dock: HomologWidget,
    fish: list[Any],
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    monkeypatch.setattr(loading, "fetch_in_subprocess", raiser(error))
    dock.learn.model.names.setCurrentText("somebody/model")
    dock.tabs.setCurrentWidget(dock.learn)
    with caplog.at_level(logging.ERROR, logger="napari_homolog"):
        click(dock.learn.learn_button)
        finish(dock, qtbot)
    check_usable(dock, caplog, error)
    assert said_of(error) in dock.bar.message.text()


def test_the_end_is_noticed_without_its_signal(dock: HomologWidget, qtbot: Any) -> None:
    """A lost signal does not lock the dock: the end is looked for as well."""
    outcomes: list[Any] = []

    def work(run: BackgroundRun) -> str:
        run.changed.disconnect()
        return "done"

    dock.bar.start(work, on_outcome=outcomes.append)
    qtbot.waitUntil(lambda: not dock.bar.running, timeout=PATIENCE)
    assert outcomes == ["done"]


def test_results_come_before_the_outcome(dock: HomologWidget, qtbot: Any) -> None:
    order: list[Any] = []

    def work(run: BackgroundRun) -> str:
        for number in range(50):
            run.put(number)
        return "outcome"

    dock.bar.start(work, on_result=order.append, on_outcome=order.append)
    qtbot.waitUntil(lambda: not dock.bar.running, timeout=PATIENCE)
    assert order == [*range(50), "outcome"]


def test_even_an_exit_ends_the_run(dock: HomologWidget, qtbot: Any) -> None:
    outcomes: list[Any] = []

    def work(run: BackgroundRun) -> None:
        raise SystemExit(1)

    dock.bar.start(work, on_outcome=outcomes.append)
    qtbot.waitUntil(lambda: not dock.bar.running, timeout=PATIENCE)
    assert "SystemExit" in outcomes[0].reason


def test_an_error_while_results_are_shown_is_told_and_logged(
    dock: HomologWidget, qtbot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def work(run: BackgroundRun) -> Stopped:
        run.put("result")
        return Stopped()

    def show(result: str) -> None:
        raise ValueError(result)

    outcomes: list[Any] = []
    with caplog.at_level(logging.ERROR, logger="napari_homolog"):
        dock.bar.start(work, on_result=show, on_outcome=outcomes.append)
        qtbot.waitUntil(lambda: not dock.bar.running, timeout=PATIENCE)
    assert isinstance(outcomes[0], Stopped)
    assert "ValueError" in dock.bar.message.text()
    assert "Traceback" in caplog.text


def test_a_landmark_set_that_cannot_be_stored_is_told(
    dock: HomologWidget,
    fish: list[Any],
    click: Any,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PRESETS, "fast", QUICK.changed("fast", learn={"steps": 5}))
    full = ProjectError("The disk is full. Free some space and try again.")
    monkeypatch.setattr(LearnJob, "record", raiser(full))
    dock.learn.preset.setCurrentText("fast")
    dock.tabs.setCurrentWidget(dock.learn)
    click(dock.learn.learn_button)
    finish(dock, qtbot)
    assert dock.bar.message.text() == str(full)
