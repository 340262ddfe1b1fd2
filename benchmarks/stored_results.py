"""Writing figures with what is needed to read them later."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

FOLDER = Path(__file__).with_name("results")
PACKAGES = ("napari-homolog", "torch", "diffusers", "transformers", "numpy")


def store(name: str, figures: dict[str, Any]) -> Path:
    """Write figures with machine, versions and date to ``results/NAME.json``."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": processor(),
        "threads": torch.get_num_threads(),
        "versions": {package: version(package) for package in PACKAGES},
        "figures": figures,
    }
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return path


def store_part(name: str, part: str, figures: dict[str, Any]) -> Path:
    """Write one part of the figures of ``results/NAME.json`` anew, with its date; keep the others."""
    path = FOLDER / f"{name}.json"
    stored = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else {}
    today = datetime.now(UTC).date().isoformat()
    return store(name, {**stored, part: {**figures, "date": today, "machine": processor()}})


def processor() -> str:
    """Return the processor's name, as the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
