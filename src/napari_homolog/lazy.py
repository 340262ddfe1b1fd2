"""Names that are imported when first used, so that looking at a package costs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that imports names from its submodules on demand.

    Parameters
    ----------
    package : str
        The module's ``__name__``.
    places : mapping of str to str
        The submodule in which each name stands.
    """

    def find(name: str) -> Any:
        if name in places:
            return getattr(import_module(f".{places[name]}", package), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
