"""``homolog demo``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ..errors import SettingsError
from .options import (
    AsJson,
    Device,
    Model,
    Precision,
    Seed,
    Unet,
    Vision,
    named_model,
)
from .terminal import load, progress_context, screen


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("homolog-demo"),
    kind: Annotated[str, typer.Option(help="butterfly, beetle, fish, leaf or wing.")] = "butterfly",
    specimens: Annotated[int, typer.Option(help="Synthetic targets.", min=1)] = 20,
    method: Annotated[str, typer.Option(help="cached-queries or full-unet.")] = "cached-queries",
    model: Model = "embedded",
    unet: Unet = None,
    vision: Vision = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Generate synthetic specimens, learn on one, transfer to the others and measure the errors."""
    from ..demo import run_demo
    from ..synthetic import KINDS

    if kind not in KINDS:
        raise SettingsError(
            f"There are no synthetic specimens of the kind {kind!r}; choose one of {', '.join(KINDS)}."
        )
    with progress_context(as_json, seed) as context:
        backbone = load(named_model(model, unet, vision), device, precision, context)
        summary = run_demo(
            backbone, out, kind=kind, specimens=specimens, method=method, context=context
        )
    if as_json:
        print(json.dumps(asdict(summary)))
        return
    table = Table(
        title=f"{summary.specimens} synthetic specimens ({kind}), {summary.landmarks} landmarks"
    )
    for heading in (
        "mean error",
        "% of centroid size",
        "PCK@0.05",
        "PCK@0.1",
        "sides confused",
        "learning",
        "locating",
    ):
        table.add_column(heading, justify="right")
    table.add_row(
        f"{summary.mean_error_px:.1f} px",
        f"{summary.mean_error_centroid_size:.2f}",
        f"{summary.pck['0.05']:.3f}",
        f"{summary.pck['0.1']:.3f}",
        "-" if summary.side_confusion is None else f"{100 * summary.side_confusion:.1f} %",
        f"{summary.learn_seconds:.1f} s",
        f"{summary.locate_seconds / summary.specimens:.2f} s each",
    )
    screen.print(table)
    screen.print(f"Points, table and pictures are in {out}; see {out / 'contact-sheet.png'}.")
