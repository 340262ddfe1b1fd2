"""``homolog benchmark``: a command for each data set, and ``report``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..benchmark.datasets import DATASETS
from ..benchmark.matchers import MATCHERS, METHOD
from ..context import RunContext
from ..errors import SettingsError
from .options import (
    AsJson,
    Change,
    Device,
    MethodName,
    Model,
    Precision,
    PresetName,
    PresetOptions,
    Seed,
    Unet,
    Vision,
    choose_preset,
    file_name,
    named_model,
)
from .terminal import load, progress_context, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..benchmark.benchmark_run import BenchmarkTask
    from ..benchmark.matchers import Matcher
    from ..benchmark.review_session import ReviewSession
    from ..benchmark.run_results import DataGroup
    from ..diffusion import Backbone

benchmark = typer.Typer(
    help="Measure matchers on a data set with true landmarks, and report.", no_args_is_help=True
)

PROTOCOLS = ("official", "corrected")
POSES = ("slight", "any")


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
        unet: Unet = None,
        vision: Vision = None,
        checkpoint: Annotated[
            str | None,
            typer.Option(
                help="Folder or hub id of the network of a baseline; file for pwarpc-nc-net."
            ),
        ] = None,
        preset: PresetName = None,
        method: MethodName = None,
        change: Change = None,
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
        pose: Annotated[
            str | None,
            typer.Option(
                help="Turn, scale and move the targets by the seed: slight (by up to 20 degrees), or "
                "any (turn)."
            ),
        ] = None,
        boxes: Annotated[
            bool,
            typer.Option(
                "--boxes", help="Give a box around each specimen's landmarks, loose by the seed."
            ),
        ] = False,
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

        names = _checked(matcher or ["homolog"], protocol, pose)
        require_matplotlib()
        check_notes(out)
        chosen = choose_preset(preset, method, change)
        task = _Choice(protocol, pairs, sources, references, pose, boxes, seed).task(dataset, data)
        with progress_context(as_json, seed) as context:

            def backbone() -> Backbone:
                return load(named_model(model, unet, vision), device, precision, context)

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


def review(
    data: Annotated[Path, typer.Option(help="Folder with images and landmarks.")],
    out: Annotated[Path, typer.Option(help="JSON file for the results.")] = Path(
        "homolog-review.json"
    ),
    group: Annotated[
        str | None, typer.Option(help="Group of the images. Default: the first one.")
    ] = None,
    specimens: Annotated[int, typer.Option(help="Specimens of each session.", min=3)] = 20,
    corrections: Annotated[
        int, typer.Option(help="Specimens that are corrected in each session.", min=1)
    ] = 5,
    drag_beyond: Annotated[
        float,
        typer.Option(
            help="Error in % of the centroid size beyond which a person drags a landmark; 0: always.",
            min=0,
        ),
    ] = 2.0,
    sessions: Annotated[int, typer.Option(help="Sessions, each with other specimens.", min=1)] = 3,
    model: Model = "embedded",
    unet: Unet = None,
    vision: Vision = None,
    preset: PresetName = None,
    method: MethodName = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate reviews: count what a person drags as specimens are corrected, in two orders."""
    from ..benchmark.datasets import choose_specimens
    from ..benchmark.review_session import simulate_reviews, write_reviews

    wanted = choose_preset(preset, method)
    every = DATASETS["folder"].pairs(data, "corrected")
    results = []
    with progress_context(as_json, seed) as context:
        backbone = load(named_model(model, unet, vision), device, precision, context)
        chosen = wanted.suited_to(backbone.latent_side)
        for session in range(sessions):
            pictures = choose_specimens(every, group, specimens, seed + session)
            results += simulate_reviews(
                pictures,
                backbone,
                chosen,
                corrections=corrections,
                drag_beyond=drag_beyond,
                context=context,
            )
    document = {
        "data": data.resolve().name,
        "group": pictures[0].category,
        "specimens": specimens,
        "corrections": corrections,
        "drag_beyond": drag_beyond,
        "seed": seed,
        "model": backbone.to_dict(),
        "preset": chosen.name,
        "sessions": [asdict(result) for result in results],
    }
    write_reviews(out, document)
    if as_json:
        print(json.dumps(document))
    else:
        _tell_reviews(results, out)


for name in DATASETS:
    benchmark.command(name)(_measure(name))
benchmark.command()(report)
benchmark.command()(review)


def _checked(names: list[str], protocol: str, pose: str | None) -> list[str]:
    if protocol not in PROTOCOLS:
        raise SettingsError(
            f"There is no protocol {protocol!r}; choose one of {', '.join(PROTOCOLS)}."
        )
    if pose not in (None, *POSES):
        raise SettingsError(f"There is no pose {pose!r}; choose one of {', '.join(POSES)}.")
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
    pose: str | None
    boxes: bool
    seed: int

    def task(self, dataset: str, data: Path) -> BenchmarkTask:
        """Read a data set and return the chosen pairs."""
        from ..benchmark.benchmark_run import BenchmarkTask
        from ..benchmark.datasets import (
            choose_pairs,
            further_references,
            with_boxed_pictures,
            with_boxes,
            with_posed_targets,
        )

        protocol: Any = self.protocol
        pose: Any = self.pose
        every = DATASETS[dataset].pairs(data, protocol)
        some = choose_pairs(every, self.pairs, self.seed, self.sources)
        # A folder of one's own has no other name.
        title = data.resolve().name if dataset == "folder" else DATASETS[dataset].title
        count = self.references - 1
        further = further_references(every, some, count, self.seed) if count else {}
        if pose is not None:
            some = with_posed_targets(some, pose, self.seed)
            title = f"{title}, {pose} poses"
        if self.boxes:
            some = with_boxes(some, self.seed)
            further = with_boxed_pictures(further, self.seed)
            title = f"{title}, boxes given"
        return BenchmarkTask(dataset, protocol, some, self.seed, title, further)


@dataclass(frozen=True, eq=False)
class _Wanted:
    """The matchers asked for, and what is needed to create them."""

    names: list[str]
    backbone: Callable[[], Backbone]
    """Loads the diffusion model; called only if a matcher needs it."""
    preset: PresetOptions
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
            backbone = self.backbone()
            chosen = self.preset.suited_to(backbone.latent_side)
            created += create_method_matchers(own, backbone, chosen, folder=sets, context=context)
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
        for column in ("pairs", "@0.05", "@0.1", "error", "within 2 %", "95 %"):
            table.add_column(column, justify="right")
        for result in group.results:
            corrected = scores_of(result.measurements, "corrected")
            table.add_row(
                result.label,
                str(result.pairs),
                percent(corrected.pck(0.05, "image")),
                with_interval(corrected.pck(0.1, "image"), corrected.pck_interval(0.1, "image")),
                f"{corrected.mean_relative_error:.2f}",
                percent(corrected.share_within(2)),
                f"{corrected.relative_error_95:.2f}",
            )
        screen.print(table)
    screen.print(f"The report is {out / 'report.html'}.", markup=False)


def _tell_reviews(results: list[ReviewSession], out: Path) -> None:
    from rich.table import Table

    table = Table(
        title="Landmarks to drag (more than 2 % of the centroid size off) on what remains"
    )
    for column in ("reference", "order"):
        table.add_column(column, overflow="fold")
    for column in ("drags", "error, %", "in radius", "radius, %"):
        table.add_column(column, justify="right")
    for one in results:
        told = one.covered is not None and one.radius is not None
        table.add_row(
            Path(one.reference).stem,
            one.order,
            f"{one.drags_before} to {one.drags_after} of {one.landmarks}",
            f"{one.error_before:.2f} to {one.error_after:.2f}",
            f"{one.covered:.0%}" if told else "-",
            f"{one.radius:.2f}" if told else "-",
        )
    screen.print(table)
    screen.print(f"The results are in {out}.", markup=False)
