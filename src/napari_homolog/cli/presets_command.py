"""``homolog presets``."""

from __future__ import annotations

import json

from rich.table import Table
from rich.text import Text

from .options import AsJson
from .terminal import screen

TITLES = {
    "shared": "Settings that learning and locating share",
    "learn": "Settings of learning",
    "locate": "Settings of locating",
}


def presets(as_json: AsJson = False) -> None:
    """List the presets with every setting; those that differ from the default are bold."""
    from ..correspondence import PRESETS, preset

    if as_json:
        dumped = {name: chosen.model_dump(mode="json") for name, chosen in PRESETS.items()}
        print(json.dumps(dumped))
        return
    usual = preset()
    for part, title in TITLES.items():
        table = Table(title=title)
        table.add_column("setting")
        for name in PRESETS:
            table.add_column(name)
        for setting in type(getattr(usual, part)).model_fields:
            values = [getattr(getattr(chosen, part), setting) for chosen in PRESETS.values()]
            common = getattr(getattr(usual, part), setting)
            table.add_row(setting, *(_cell(value, value == common) for value in values))
        screen.print(table)


def _cell(value: object, usual: bool) -> Text:
    text = f"{value:.6g}" if isinstance(value, float) else "own" if value is None else str(value)
    return Text(text, style="dim" if usual else "bold")
