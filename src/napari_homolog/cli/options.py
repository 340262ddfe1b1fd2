"""Options that several commands share, and their checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SettingsError

if TYPE_CHECKING:
    from ..correspondence import Preset

Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="Known name, hub id, folder or .safetensors file; see `models`."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]
Precision = Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
MethodName = Annotated[
    str | None, typer.Option("--method", help="frozen or exact, instead of the preset's own.")
]


def check_method(name: str) -> Any:
    """Return the name of a method, or refuse it."""
    if name not in ("frozen", "exact"):
        raise SettingsError(f"There is no method {name!r}; choose frozen or exact.")
    return name


def find_preset(name: str, method: str | None) -> Preset:
    """Return a preset, perhaps with another method."""
    from ..correspondence import preset, with_method

    chosen = preset(name)
    return chosen if method is None else with_method(chosen, check_method(method))


def check_target(path: Path, *suffixes: str) -> None:
    """Refuse a file that could not be written, before any long computation."""
    if path.suffix.lower() not in suffixes:
        raise SettingsError(f"{path} has to end in {' or '.join(suffixes)}; choose such a name.")
    if not path.absolute().parent.is_dir():
        raise SettingsError(f"There is no folder {path.absolute().parent}; make it first.")


def file_name(name: str) -> str:
    """Return a landmark's name as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
