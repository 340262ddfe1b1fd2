"""``homolog demo``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ..errors import SettingsError
from .options import AsJson, Device, Model, Precision, Seed, check_method
from .terminal import bar, load, screen


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("homolog-demo"),
    kind: Annotated[str, typer.Option(help="butterfly, beetle, fish, leaf or wing.")] = "butterfly",
    specimens: Annotated[int, typer.Option(help="Drawn targets.", min=1)] = 20,
    method: Annotated[str, typer.Option(help="frozen or exact.")] = "frozen",
    model: Model = "embedded",
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw fresh specimens, learn on one, transfer to the others and tell how well it went."""
    from ..demo import run_demo
    from ..synthetic import KINDS

    if kind not in KINDS:
        raise SettingsError(f"No {kind!r} can be drawn; choose one of {', '.join(KINDS)}.")
    chosen = check_method(method)
    with bar(as_json) as report:
        backbone = load(model, device, precision, report)
        summary = run_demo(
            backbone, out, kind=kind, specimens=specimens, method=chosen, seed=seed, progress=report
        )
    if as_json:
        print(json.dumps(asdict(summary)))
        return
    table = Table(
        title=f"{summary.specimens} drawn specimens ({kind}), {summary.landmarks} landmarks"
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
