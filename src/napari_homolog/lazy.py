"""Names that are imported at their first use, so that importing a package does not import torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, places: Mapping[str, str], deprecated: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that imports names from its submodules on demand.

    Parameters
    ----------
    package : str
        The module's ``__name__``.
    places : mapping of str to str
        The submodule that defines each name.
    deprecated : mapping of str to str, optional
        The current name for each old name. The old name still works and issues a
        `DeprecationWarning` that states the current one.

    Returns
    -------
    callable
        Takes a name and returns the object; raises `AttributeError` for an unknown name.
    """
    renamed = deprecated or {}

    def get_attribute(name: str) -> Any:
        current = renamed.get(name, name)
        if current not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if current != name:
            warnings.warn(
                f"{package}.{name} is deprecated; use {package}.{current}.",
                DeprecationWarning,
                stacklevel=2,
            )
        return getattr(import_module(f".{places[current]}", package), current)

    return get_attribute
