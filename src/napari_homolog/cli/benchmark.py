"""``homolog benchmark``: a command for each data set, and ``report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..benchmark.datasets import DATASETS
from ..benchmark.matchers import MATCHERS, METHOD
from ..errors import SettingsError
from .options import (
    AsJson,
    Device,
    MethodName,
    Model,
    Precision,
    Seed,
    change_preset,
    file_name,
    find_preset,
)
from .terminal import bar, load, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..benchmark.matchers import Matcher
    from ..benchmark.results import Result

benchmark = typer.Typer(
    help="Measure matchers on a data set with true landmarks, and report.", no_args_is_help=True
)

PROTOCOLS = ("official", "corrected")


def _measure(dataset: str) -> Callable[..., None]:
    """Return the command that measures on a data set."""

    def measure(
        data: Annotated[Path, typer.Option(help="Where the data set lies.")],
        out: Annotated[Path, typer.Option(help="Folder for results; a run there goes on.")] = Path(
            "homolog-benchmark"
        ),
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
        preset: Annotated[str, typer.Option(help="See `presets`.")] = "balanced",
        method: MethodName = None,
        change: Annotated[
            list[str] | None,
            typer.Option("--set", help="Change a setting of the preset, such as learn.rounds=1."),
        ] = None,
        pairs: Annotated[
            int | None, typer.Option(help="Fair subset of so many pairs; default: all.", min=1)
        ] = None,
        sources: Annotated[
            int | None,
            typer.Option(help="Draw pairs of so many sources only; each is learned once.", min=1),
        ] = None,
        references: Annotated[
            int,
            typer.Option(
                help="Learn each source with so many pictures of its class, itself among them.",
                min=1,
            ),
        ] = 1,
        protocol: Annotated[
            str, typer.Option(help="official or corrected: which pairs; both are reported.")
        ] = "official",
        device: Device = "auto",
        precision: Precision = "auto",
        seed: Seed = 0,
        as_json: AsJson = False,
    ) -> None:
        from ..benchmark.datasets import choose_pairs, further_references
        from ..benchmark.examples import write_examples
        from ..benchmark.report import write_report
        from ..benchmark.runs import Task, run
        from ..figures import require_matplotlib

        names = _checked(matcher or ["homolog"], protocol)
        require_matplotlib()
        chosen = change_preset(find_preset(preset, method), change or [])
        every = DATASETS[dataset].pairs(data, protocol)  # type: ignore[arg-type]
        some = choose_pairs(every, pairs, seed, sources)
        # A folder of one's own has no other name.
        title = data.resolve().name if dataset == "folder" else DATASETS[dataset].title
        further = further_references(every, some, references - 1, seed) if references > 1 else {}
        task = Task(dataset, protocol, some, seed, title, further)  # type: ignore[arg-type]
        ending = f"-references-{references}" if references > 1 else ""
        with bar(as_json) as report:

            def backbone() -> Any:
                return load(model, device, precision, report)

            for one in _matchers(names, backbone, chosen, checkpoint, device, seed, out):
                folder = out / file_name(one.name.replace(", ", "-").replace("=", "-") + ending)
                rows = run(task, one, folder, progress=report)
                write_examples(task.pairs, rows, folder)
        _tell(write_report([out], out), out, as_json)

    measure.__doc__ = f"Measure on {DATASETS[dataset].title} ({DATASETS[dataset].place})."
    return measure


def report(
    folders: Annotated[list[Path], typer.Argument(help="Runs, or folders with runs in them.")],
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("homolog-report"),
    as_json: AsJson = False,
) -> None:
    """Write tables, plots and pictures of any number of runs, as Markdown and HTML."""
    from ..benchmark.report import write_report

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


def _matchers(
    names: list[str],
    backbone: Callable[[], Any],
    preset: Any,
    checkpoint: str | None,
    device: str,
    seed: int,
    out: Path,
) -> list[Matcher[Any]]:
    """Return the matchers asked for; the diffusion model is loaded only where one needs it."""
    from ..benchmark.matchers import baseline
    from ..benchmark.matchers import method as of_the_method
    from ..diffusion.hardware import choose_device

    own = [name for name in names if name in METHOD]
    found = [
        baseline(name, checkpoint=checkpoint, device=choose_device(device), seed=seed)
        for name in names
        if name not in METHOD
    ]
    if own:
        sets = out / "landmark-sets"
        found += of_the_method(own, backbone(), preset, seed=seed, folder=sets)
    return found


def _tell(results: list[Result], out: Path, as_json: bool) -> None:
    if as_json:
        print(json.dumps([result.summary() for result in results]))
        return
    from rich.table import Table

    from ..benchmark.plots import label
    from ..benchmark.report import percent, with_interval

    for title in dict.fromkeys(result.title for result in results):
        table = Table(title=f"{title}: PCK per image, error in % of centroid size")
        table.add_column("matcher", overflow="fold", min_width=16)
        for heading in ("pairs", "official @0.1", "@0.05", "@0.1", "error"):
            table.add_column(heading, justify="right")
        for result in (one for one in results if one.title == title):
            told = result.summary()
            official = told["official"]["per_image"]["0.1"]
            fine, usual = (told["corrected"]["per_image"][share] for share in ("0.05", "0.1"))
            table.add_row(
                label(result),
                str(result.pairs),
                percent(official["pck"]),
                percent(fine["pck"]),
                with_interval(usual["pck"], usual["interval"]),
                f"{told['mean_error_percent_of_centroid_size']:.1f}",
            )
        screen.print(table)
    screen.print(f"The report is {out / 'report.html'}.")
