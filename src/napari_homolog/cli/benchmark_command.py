"""``homolog benchmark``: a command for each data set, and ``report``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..benchmark.datasets import DATASETS
from ..benchmark.matchers import MATCHERS, METHOD
from ..context import RunContext
from ..errors import SettingsError
from .options import (
    AsJson,
    Device,
    MethodName,
    Model,
    Precision,
    PresetName,
    Seed,
    change_preset,
    file_name,
    find_preset,
)
from .terminal import load, progress_context, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..benchmark.benchmark_run import BenchmarkTask
    from ..benchmark.matchers import Matcher
    from ..benchmark.run_results import DataGroup
    from ..correspondence import Preset
    from ..diffusion import Backbone

benchmark = typer.Typer(
    help="Measure matchers on a data set with true landmarks, and report.", no_args_is_help=True
)

PROTOCOLS = ("official", "corrected")


def _measure(dataset: str) -> Callable[..., None]:
    """Return the command that measures on a data set."""

    def measure(
        data: Annotated[Path, typer.Option(help="Folder of the data set.")],
        out: Annotated[
            Path, typer.Option(help="Folder for results; an interrupted run there continues.")
        ] = Path("homolog-benchmark"),
        matcher: Annotated[
            list[str] | None,
            typer.Option(help=f"One or several of {', '.join(MATCHERS)}; default: homolog."),
        ] = None,
        model: Model = "embedded",
        checkpoint: Annotated[
            str | None,
            typer.Option(
                help="Folder or hub id of the network of a baseline; file for pwarpc-nc-net."
            ),
        ] = None,
        preset: PresetName = None,
        method: MethodName = None,
        change: Annotated[
            list[str] | None,
            typer.Option("--set", help="Change a setting of the preset, such as learn.steps=100."),
        ] = None,
        pairs: Annotated[
            int | None, typer.Option(help="Balanced subset of so many pairs; default: all.", min=1)
        ] = None,
        sources: Annotated[
            int | None,
            typer.Option(help="Draw pairs of so many sources only; each is learned once.", min=1),
        ] = None,
        references: Annotated[
            int,
            typer.Option(
                help="Learn each source with so many images of its class, itself included.", min=1
            ),
        ] = 1,
        protocol: Annotated[
            str,
            typer.Option(help="official or corrected: chooses pairs; both are reported."),
        ] = "official",
        device: Device = "auto",
        precision: Precision = "auto",
        seed: Seed = 0,
        as_json: AsJson = False,
    ) -> None:
        from ..benchmark.benchmark_report import write_report
        from ..benchmark.run_results import check_notes
        from ..figures import require_matplotlib

        names = _checked(matcher or ["homolog"], protocol)
        require_matplotlib()
        check_notes(out)
        chosen = change_preset(find_preset(preset, method), change or [])
        task = _Choice(protocol, pairs, sources, references, seed).task(dataset, data)
        with progress_context(as_json, seed) as context:

            def backbone() -> Backbone:
                return load(model, device, precision, context)

            wanted = _Wanted(names, backbone, chosen, checkpoint, device, out)
            for each in wanted.matchers(context):
                _run(task, each, out, context)
        _tell(write_report([out], out), out, as_json)

    measure.__doc__ = f"Measure on {DATASETS[dataset].title} ({DATASETS[dataset].place})."
    return measure


def report(
    folders: Annotated[list[Path], typer.Argument(help="Runs, or folders with runs in them.")],
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("homolog-report"),
    as_json: AsJson = False,
) -> None:
    """Write tables, plots and pictures of any number of runs, as Markdown and HTML."""
    from ..benchmark.benchmark_report import write_report

    _tell(write_report(folders, out), out, as_json)


for name in DATASETS:
    benchmark.command(name)(_measure(name))
benchmark.command()(report)


def _checked(names: list[str], protocol: str) -> list[str]:
    if protocol not in PROTOCOLS:
        raise SettingsError(
            f"There is no protocol {protocol!r}; choose one of {', '.join(PROTOCOLS)}."
        )
    for name in names:
        if name not in MATCHERS:
            raise SettingsError(
                f"There is no matcher {name!r}; choose one of {', '.join(MATCHERS)}."
            )
    return names


@dataclass(frozen=True)
class _Choice:
    """Which pairs of a data set are measured, and with how many references."""

    protocol: str
    pairs: int | None
    sources: int | None
    references: int
    seed: int

    def task(self, dataset: str, data: Path) -> BenchmarkTask:
        """Read a data set and return the chosen pairs."""
        from ..benchmark.benchmark_run import BenchmarkTask
        from ..benchmark.datasets import choose_pairs, further_references

        protocol: Any = self.protocol
        every = DATASETS[dataset].pairs(data, protocol)
        some = choose_pairs(every, self.pairs, self.seed, self.sources)
        # A folder of one's own has no other name.
        title = data.resolve().name if dataset == "folder" else DATASETS[dataset].title
        count = self.references - 1
        further = further_references(every, some, count, self.seed) if count else {}
        return BenchmarkTask(dataset, protocol, some, self.seed, title, further)


@dataclass(frozen=True, eq=False)
class _Wanted:
    """The matchers asked for, and what is needed to create them."""

    names: list[str]
    backbone: Callable[[], Backbone]
    """Loads the diffusion model; called only if a matcher needs it."""
    preset: Preset
    checkpoint: str | None
    device: str
    out: Path

    def matchers(self, context: RunContext) -> list[Matcher[Any]]:
        """Create the matchers, those without the diffusion model first."""
        from ..benchmark.matchers import create_baseline, create_method_matchers
        from ..diffusion.hardware import choose_device

        device = choose_device(self.device)
        created = [
            create_baseline(name, checkpoint=self.checkpoint, device=device, seed=context.seed)
            for name in self.names
            if name not in METHOD
        ]
        own = [name for name in self.names if name in METHOD]
        if own:
            sets = self.out / "landmark-sets"
            created += create_method_matchers(
                own, self.backbone(), self.preset, folder=sets, context=context
            )
        return created


def _run(task: BenchmarkTask, matcher: Matcher[Any], out: Path, context: RunContext) -> None:
    """Run a matcher in the folder that belongs to it and to the data."""
    from ..benchmark.benchmark_run import run_benchmark
    from ..benchmark.examples import write_examples

    ending = f"-references-{task.references}" if task.references > 1 else ""
    name = matcher.name.replace(", ", "-").replace("=", "-") + ending
    folder = out / task.data.folder_name / file_name(name)
    measurements = run_benchmark(task, matcher, folder, context=context)
    write_examples(task.pairs, measurements, folder)


def _tell(groups: list[DataGroup], out: Path, as_json: bool) -> None:
    from ..benchmark.run_results import summaries

    if as_json:
        print(json.dumps({"data_sets": summaries(groups)}))
        return
    from rich.table import Table

    from ..benchmark.benchmark_report import percent, with_interval
    from ..benchmark.measurements import scores_of

    for group in groups:
        table = Table(title=f"{group.heading}: PCK per image, error in % of centroid size")
        table.add_column("matcher", overflow="fold", min_width=16)
        for column in ("pairs", "official @0.1", "@0.05", "@0.1", "error"):
            table.add_column(column, justify="right")
        for result in group.results:
            official = scores_of(result.measurements, "official")
            corrected = scores_of(result.measurements, "corrected")
            table.add_row(
                result.label,
                str(result.pairs),
                percent(official.pck(0.1, "image")),
                percent(corrected.pck(0.05, "image")),
                with_interval(corrected.pck(0.1, "image"), corrected.pck_interval(0.1, "image")),
                f"{corrected.mean_relative_error:.1f}",
            )
        screen.print(table)
    screen.print(f"The report is {out / 'report.html'}.", markup=False)
