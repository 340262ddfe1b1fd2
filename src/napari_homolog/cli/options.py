"""Options that several commands share, and their checks."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SettingsError
from ..files import check_writable
from ..image_names import comparable

if TYPE_CHECKING:
    from ..correspondence import Preset

Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="Known name, hub id, folder or .safetensors file; see `models`."
    ),
]
Unet = Annotated[
    Path | None,
    typer.Option(
        help="A .safetensors file whose UNet takes the place of the model's own, such as CleanDIFT's."
    ),
]
Vision = Annotated[
    str | None,
    typer.Option(
        help="Join the image features of a vision transformer as further evidence: dinov2-small "
        "(0.09 GB), dinov2-base (0.35 GB), both Apache-2.0, a folder or a hub id. Default: none."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]
Precision = Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.")]
Page = Annotated[
    int | None,
    typer.Option(help="Which page of image files that hold several, counted from 0.", min=0),
]
Channel = Annotated[
    str | None,
    typer.Option(
        help="Channels of image files that hold several: rgb for the first three, a number counted "
        "from 0, or three such as 2,1,0 for red, green and blue."
    ),
]
AsStored = Annotated[
    bool,
    typer.Option(
        "--as-stored",
        help="Landmarks were placed on the images as they are stored, without the turn by their EXIF "
        "orientation.",
    ),
]
KeepOutside = Annotated[
    bool,
    typer.Option(
        "--keep-outside", help="Keep landmarks of TPS files outside the image on one side."
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
MethodName = Annotated[
    str | None,
    typer.Option("--method", help="cached-queries or full-unet, instead of the preset's own."),
]
PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset", help="A preset of `homolog presets`; default: standard, for large models lean."
    ),
]
Change = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a setting of the preset, such as learn.steps=100."),
]


def named_model(model: str, unet: Path | None, vision: str | None) -> str:
    """Return the name of a model together with what is laid over it or joined to it.

    Parameters
    ----------
    model : str
        As the user or a landmark set names it.
    unet : Path or None
        A UNet file, instead of any that the name has.
    vision : str or None
        A vision transformer, instead of any that the name has.
    """
    from ..diffusion import ModelName

    return str(ModelName.parse(model).over(unet, vision))


@dataclass(frozen=True)
class PresetOptions:
    """What the options say of the preset, before it is known which one suits the model.

    Attributes
    ----------
    name, method : str or None
        Of the preset, and another method; None where none is chosen.
    changes : sequence of str
        As in `change_preset`.
    """

    name: str | None
    method: str | None
    changes: Sequence[str] = ()

    def suited_to(self, latent_side: int) -> Preset:
        """Return the preset for a model whose latents have this side."""
        from ..correspondence import preset, preset_for, with_method

        chosen = preset_for(latent_side) if self.name is None else preset(self.name)
        chosen = chosen if self.method is None else with_method(chosen, self.method)
        return change_preset(chosen, self.changes)


def choose_preset(
    name: str | None, method: str | None, changes: Sequence[str] | None = None
) -> PresetOptions:
    """Return the options of the preset, checked before any model is loaded.

    Parameters
    ----------
    name, method : str or None
        As in `PresetOptions`.
    changes : sequence of str, optional
        Likewise.
    """
    chosen = PresetOptions(name, method, changes or ())
    chosen.suited_to(0)
    return chosen


def change_preset(settings: Preset, changes: Sequence[str]) -> Preset:
    """Return a preset with single settings changed, each given as ``learn.restarts=1``.

    Parameters
    ----------
    settings : Preset
        To start from.
    changes : sequence of str
        ``shared``, ``learn`` or ``locate``, a dot, the setting's name, an equals sign and its value,
        as JSON or as plain text.
    """
    parts: dict[str, dict[str, Any]] = {"shared": {}, "learn": {}, "locate": {}}
    for change in changes:
        place, equals, text = change.partition("=")
        part, dot, name = place.partition(".")
        if part not in parts or not equals or not dot:
            raise SettingsError(
                f"{change!r} changes no setting; write shared.NAME=VALUE, learn.NAME=VALUE or "
                "locate.NAME=VALUE, with a name that `homolog presets` lists."
            )
        try:
            parts[part][name] = json.loads(text)
        except json.JSONDecodeError:
            parts[part][name] = text
    name = ", ".join([settings.name, *changes])
    return settings.changed(name, **parts) if changes else settings


def check_target(path: Path, *suffixes: str) -> None:
    """Refuse a file that could not be written, before any long computation."""
    if path.suffix.lower() not in suffixes:
        raise SettingsError(f"{path} must end in {' or '.join(suffixes)}; choose such a name.")
    if not os.path.isdir(path.absolute().parent):
        raise SettingsError(f"There is no folder {path.absolute().parent}; create it first.")
    check_writable(path)


def file_names(names: Sequence[str]) -> list[str]:
    """Return names as parts of file names, of which no two are equal on any system."""
    used, found = set[str](), []
    for name in map(file_name, names):
        free, count = name, 1
        while comparable(free) in used:
            count += 1
            free = f"{name}_{count}"
        used.add(comparable(free))
        found.append(free)
    return found


def file_name(name: str) -> str:
    """Return a landmark's name as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
