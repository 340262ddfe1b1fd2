"""``homolog check``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ..errors import DatasetError
from .options import (
    AsJson,
    Change,
    Device,
    Precision,
    PresetName,
    PresetOptions,
    Seed,
    Unet,
    Vision,
    choose_preset,
    named_model,
)
from .terminal import load, progress_context, screen

if TYPE_CHECKING:
    from ..benchmark.model_check import Accuracy, Transfer
    from ..context import RunContext
    from ..diffusion import Backbone

SETS = {"synthetic": "drawings", "own": "your specimens"}


def check(
    model: Annotated[str, typer.Argument(help="Known name, hub id, folder or .safetensors file.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of your own digitised specimens: images with TPS files or JSON."),
    ] = None,
    targets: Annotated[int, typer.Option(help="Targets among the drawings.", min=2)] = 4,
    pairs: Annotated[int, typer.Option(help="Pairs of your own specimens.", min=2)] = 12,
    sources: Annotated[int, typer.Option(help="References among them.", min=1)] = 2,
    unet: Unet = None,
    vision: Vision = None,
    preset: PresetName = None,
    change: Change = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Load a model, let it learn and locate, and compare it with the shipped one."""
    from ..benchmark.model_check import conclude, own_transfers, synthetic_transfers

    settings = choose_preset(preset, None, change)
    sets = {"synthetic": synthetic_transfers(targets, seed)}
    if data is not None:
        sets["own"] = own_transfers(_pairs(data, pairs, sources, seed))
    name = named_model(model, unet, vision)
    with progress_context(as_json, seed) as context:
        # The small one first: the peak of memory is then the other's.
        shipped = None
        if name != "embedded":
            small = load("embedded", device, precision, context)
            shipped = _measure(small, sets, settings, context)
            del small
        start = time.perf_counter()
        backbone = load(name, device, precision, context)
        seconds = time.perf_counter() - start
        measured = _measure(backbone, sets, settings, context)
    conclusion = conclude(backbone.name, measured, shipped)
    told = _as_dict(backbone, seconds, measured, shipped) | {"conclusion": conclusion}
    if as_json:
        print(json.dumps(told))
        return
    _tell(backbone.name, measured, shipped)
    memory = told["peak_memory_gb"]
    screen.print(
        f"Loaded in {seconds:.0f} s on {backbone.device}"
        + ("." if memory is None else f"; at most {memory:.1f} GB of memory.")
    )
    for sentence in conclusion:
        screen.print(sentence)


def _pairs(data: Path, pairs: int, sources: int, seed: int) -> list[Any]:
    """Return pairs of the specimens in a folder, as `own_transfers` takes them."""
    from ..benchmark.datasets import DATASETS, choose_pairs
    from ..benchmark.model_check import Specimen

    chosen = choose_pairs(DATASETS["folder"].pairs(data, "corrected"), pairs, seed, sources)
    if not chosen:
        raise DatasetError(
            f"{data} holds no two specimens of one group that share a landmark; add some."
        )
    known = {
        one.name: Specimen(one.read, one.landmarks)
        for pair in chosen
        for one in (pair.source, pair.target)
    }
    return [(known[one.source.name], known[one.target.name], one.shared) for one in chosen]


def _measure(
    backbone: Backbone,
    sets: dict[str, list[Transfer]],
    settings: PresetOptions,
    context: RunContext,
) -> dict[str, Accuracy]:
    from ..benchmark.model_check import measure_accuracy

    chosen = settings.suited_to(backbone.latent_side)
    return {
        key: measure_accuracy(backbone, transfers, chosen, context)
        for key, transfers in sets.items()
    }


def _as_dict(
    backbone: Backbone,
    seconds: float,
    measured: dict[str, Accuracy],
    shipped: dict[str, Accuracy] | None,
) -> dict[str, Any]:
    from ..benchmark.model_check import peak_memory

    memory = peak_memory(backbone)
    return {
        "model": backbone.to_dict(),
        "device": str(backbone.device),
        "load_seconds": round(seconds, 2),
        "peak_memory_gb": None if memory is None else round(memory / 1e9, 2),
        "measured": {key: _numbers(one) for key, one in measured.items()},
        "shipped": None
        if shipped is None
        else {key: _numbers(one) for key, one in shipped.items()},
    }


def _numbers(one: Accuracy) -> dict[str, float]:
    return {
        "targets": len(one.found),
        "mean_error": round(float(one.found.mean()), 3),
        "mean_error_before_refinement": round(float(one.before_refinement.mean()), 3),
        "mean_error_same_place": round(float(one.same_place.mean()), 3),
        "learn_seconds": round(one.learn_seconds, 2),
        "locate_seconds": round(one.locate_seconds, 2),
    }


def _tell(name: str, measured: dict[str, Accuracy], shipped: dict[str, Accuracy] | None) -> None:
    table = Table(title="Mean error in % of the centroid size")
    table.add_column("specimens", overflow="fold")
    table.add_column("model", overflow="fold")
    for heading in ("by itself", "refined", "same place", "learning", "locating"):
        table.add_column(heading, justify="right")
    for key, title in SETS.items():
        for label, found in (("shipped", shipped), (name, measured)):
            if found is None or key not in found:
                continue
            one = found[key]
            table.add_row(
                f"{title} ({len(one.found)})",
                label,
                f"{one.before_refinement.mean():.2f}",
                f"{one.found.mean():.2f}",
                f"{one.same_place.mean():.2f}",
                f"{one.learn_seconds:.1f} s",
                f"{one.locate_seconds:.1f} s",
            )
    screen.print(table)
