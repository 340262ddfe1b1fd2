"""``homolog models``."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.table import Table

from .options import AsJson
from .terminal import screen


def models(as_json: AsJson = False) -> None:
    """List the models known by name with their licence, download size and memory."""
    from ..diffusion import CATALOGUE

    if as_json:
        print(json.dumps([asdict(checkpoint) for checkpoint in CATALOGUE.values()]))
        return
    table = Table(
        title="Models known by name; a hub id, a folder or a .safetensors file can be given, too"
    )
    for heading in ("name", "description", "terms"):
        table.add_column(heading, overflow="fold")
    for checkpoint in CATALOGUE.values():
        table.add_row(checkpoint.name, checkpoint.about, checkpoint.terms)
    screen.print(table)
