"""The examples in docstrings, run as they are."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"


def modules_with_examples() -> list[str]:
    paths = sorted((SOURCE / "napari_homolog").rglob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    return [
        ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for path, text in texts.items()
        if ">>> " in text
    ]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_give_what_they_show(name: str) -> None:
    results = doctest.testmod(import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
