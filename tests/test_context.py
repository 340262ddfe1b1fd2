"""The context of long calls."""

from __future__ import annotations

import pytest

from napari_homolog.context import RunContext
from napari_homolog.errors import Cancelled


def test_a_context_without_callables_reports_nothing_and_never_stops() -> None:
    context = RunContext()
    context.report(1, 2, "learning")
    context.check_stop()


def test_the_stop_check_cancels_once_it_returns_true() -> None:
    answers = iter([False, True])
    context = RunContext(should_stop=lambda: next(answers))
    context.check_stop()
    with pytest.raises(Cancelled):
        context.check_stop()


def test_the_seed_of_a_specimen_is_the_same_on_every_machine() -> None:
    """The expected value are the first 8 digits that ``printf '3 wing_01' | sha256sum`` prints."""
    assert RunContext(seed=3).for_specimen("wing_01").seed == 0xA4A461F6


def test_a_part_without_progress_keeps_the_rest_of_its_context() -> None:
    steps: list[tuple[int, int, str]] = []
    context = RunContext(
        seed=7, progress=lambda *step: steps.append(step), should_stop=lambda: True
    ).without_progress()
    context.report(1, 2, "learning")
    assert steps == []
    assert context.seed == 7
    with pytest.raises(Cancelled):
        context.check_stop()
