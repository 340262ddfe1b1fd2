"""The walks through the code that the architecture page describes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
STOPS = re.findall(r"^\d+\. `([\w.]+)`", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_both_walks_are_described() -> None:
    assert len(STOPS) >= 20


@pytest.mark.parametrize("stop", STOPS)
def test_every_stop_of_a_walk_exists(stop: str) -> None:
    parts = stop.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module("napari_homolog." + ".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            found = getattr(found, part)
        assert callable(found)
        return
    pytest.fail(f"there is no module of {stop}")
