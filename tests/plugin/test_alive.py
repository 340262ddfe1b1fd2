"""The window stays alive while something is computed."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from hands import finish
from qtpy.QtCore import QTimer

from napari_homolog.plugin.dock import HomologWidget

TICK = 10
"""Milliseconds between two beats of the window's heart."""


class Heart:
    """Measures how late the window's own timer comes."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(TICK)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append((now - self._last) * 1000 - TICK)
        self._last = now

    def stop(self) -> np.ndarray:
        self._timer.stop()
        return np.array(self.late)


def test_the_window_answers_while_learning_and_transferring(
    ready: HomologWidget, click: Any, qtbot: Any, record_property: Any
) -> None:
    ready.tabs.setCurrentWidget(ready.learn)
    ready.learn.preset.setCurrentText("fast")
    ready.learn.live.setChecked(True)
    heart = Heart()
    click(ready.learn.learn_button)
    finish(ready, qtbot)
    ready.tabs.setCurrentWidget(ready.transfer)
    ready.transfer.with_maps.setChecked(True)
    click(ready.transfer.layers_button)
    click(ready.transfer.transfer_button)
    finish(ready, qtbot)
    late = heart.stop()
    record_property("median_ms", float(np.median(late)))
    record_property("longest_ms", float(late.max()))
    print(f"late by {np.median(late):.0f} ms in the median, {late.max():.0f} ms at most")
    assert np.median(late) < 50
    assert np.quantile(late, 0.99) < 200
