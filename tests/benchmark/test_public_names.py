from __future__ import annotations

import pytest

from napari_homolog import benchmark
from napari_homolog.benchmark import matchers


@pytest.mark.parametrize("package", [benchmark, matchers], ids=lambda one: one.__name__)
def test_names_stay_what_they_are_once_their_modules_are_imported(package: object) -> None:
    # A module of the same name would take a lazily imported name's place.
    for name in package.__all__:
        first = getattr(package, name)
        assert getattr(package, name) is first
