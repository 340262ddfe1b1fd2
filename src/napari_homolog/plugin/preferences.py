"""The plugin's page among napari's preferences."""

from __future__ import annotations

from typing import TypeVar

from napari.settings import get_plugin_settings

from ..logs import configure_logging

Value = TypeVar("Value", str, bool, int)

PLUGIN, CATEGORY = "napari-homolog", "homolog"


def preference(name: str, default: Value) -> Value:
    """Return a value of the preferences page.

    Parameters
    ----------
    name : str
        As in the manifest.
    default : str, bool or int
        Where the plugin is used without being installed as one, as in a notebook.
    """
    try:
        settings = get_plugin_settings(PLUGIN)
    except KeyError:
        return default
    value = getattr(getattr(settings, CATEGORY), name)
    return type(default)(value)


def apply_log_level() -> None:
    """Log from the level that the preferences page names."""
    configure_logging(preference("log_level", "warning"))
