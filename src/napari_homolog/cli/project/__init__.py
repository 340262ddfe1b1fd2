"""``homolog project``: series of specimens in one file."""

from __future__ import annotations

import typer

from .classifier_commands import classify, links
from .curve_commands import curves, export_curves_command
from .report_command import report
from .run_commands import learn, run
from .scale_command import scale
from .sides_command import sides
from .specimen_commands import add, boxes, export, images, new, status, suggest

app = typer.Typer(
    help="Find landmarks on series of specimens, which are kept in one file.", no_args_is_help=True
)
for command in (
    *(new, add, boxes, curves, classify, links, learn, run, status, suggest, images, export),
    *(report, scale, sides),
):
    app.command()(command)
app.command("export-curves")(export_curves_command)
