"""``homolog project learn`` and ``homolog project run``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import ProjectError, SettingsError
from ...jobs import CurveJob, LearnJob, RefineJob, TransferJob, in_this_thread
from ...jobs import run as run_job
from ...jobs.workers import ModelChoice
from ...project import MapStore, Project
from ..options import (
    AsJson,
    Change,
    Device,
    MethodName,
    Precision,
    PresetName,
    Unet,
    Vision,
    choose_preset,
    named_model,
)
from ..terminal import load, progress_context, screen
from .project_options import ProjectFile, end, tell_not_found

if TYPE_CHECKING:
    from ...context import RunContext
    from ...jobs.runners import Runner


def learn(
    project: ProjectFile,
    reference: Annotated[
        list[str] | None,
        typer.Option(help="Specimen to learn from. Default: those marked as references."),
    ] = None,
    extend: Annotated[
        bool, typer.Option("--extend", help="Continue from what the project learned before.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Default: embedded, or the model used before."),
    ] = None,
    unet: Unet = None,
    vision: Vision = None,
    preset: PresetName = None,
    change: Change = None,
    method: MethodName = None,
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: AsJson = False,
) -> None:
    """Learn the landmarks that were placed or accepted by hand on references."""
    if extend and (preset or method or change):
        raise SettingsError(
            "--extend continues with the settings used before; leave out --preset, "
            "--method and --set."
        )
    chosen = None if extend else choose_preset(preset, method, change)
    with Project.open(project) as opened, progress_context(as_json) as context:
        if reference:
            _mark(opened, set(reference))
        job = LearnJob(opened, extend=extend)
        backbone = load(
            named_model(model or opened.model or "embedded", unet, vision),
            device,
            precision,
            context,
            download=model is not None,
        )
        if chosen is not None:
            job.preset = chosen.suited_to(backbone.latent_side)
        learned = job.run(backbone, context)
    if as_json:
        print(json.dumps({"landmarks": list(learned.names), "model": backbone.name}))
    else:
        screen.print(
            f"Learned {len(learned)} landmarks of {len(learned.references)} references. Continue "
            "with `project run`."
        )


def run(
    project: ProjectFile,
    retry: Annotated[bool, typer.Option("--retry", help="Try again where it failed.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Repeat specimens that are done already.")
    ] = False,
    local_workers: Annotated[
        int | None, typer.Option(help="Use this many processes on this machine.", min=1)
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Use the workers of a Dask scheduler at this address.")
    ] = None,
    maps: Annotated[
        bool, typer.Option("--maps", help="Store the attention maps in a zarr store beside it.")
    ] = False,
    refine: Annotated[
        bool,
        typer.Option(
            help="Place what is still in review anew by everything that was decided meanwhile."
        ),
    ] = True,
    by_series: Annotated[
        bool,
        typer.Option(
            "--by-series",
            help="Let the specimens in review help to place one another: better where specimens "
            "differ much, in about twice the time.",
        ),
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Default: the model it was learned on.")
    ] = None,
    unet: Unet = None,
    vision: Vision = None,
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: AsJson = False,
) -> None:
    """Locate the landmarks on all specimens that lack them; after a stop, continue where it was."""
    if local_workers and cluster:
        raise SettingsError("Give either --local-workers or --cluster, not both.")
    if by_series and not refine:
        raise SettingsError("Give either --by-series or --no-refine, not both.")
    store = MapStore.beside(project) if maps else None
    with Project.open(project) as opened, progress_context(as_json) as context:
        job = TransferJob(opened, retry=retry, again=again, maps=store)
        choice = ModelChoice(
            named_model(model or job.model, unet, vision),
            device,
            precision,
            download=model is not None,
        )
        with _runner(choice, local_workers, cluster, context) as runner:
            report = run_job(job, runner, context)
        refined = RefineJob(opened).run(context) if refine else 0
        if refine and by_series:
            refined = RefineJob(opened, by_series=True).run(context)
        curves, without_curves = CurveJob(opened).run(context)
        lost = opened.probably_not_found()
        not_found = sorted(opened.specimen(number).name for number in lost)
        if not as_json:
            tell_not_found(opened, lost)
    if as_json:
        told = {
            "found": report.located,
            "refined": refined,
            "curves": curves,
            "probably_not_found": not_found,
            "failed": {**dict(without_curves), **dict(report.failed)},
            "seconds": round(report.seconds, 2),
        }
        print(json.dumps(told))
    else:
        screen.print(f"Located landmarks on {report.located} specimens in {report.seconds:.0f} s.")
        if refined:
            screen.print(f"Placed the landmarks of {refined} specimens in review anew.")
        if curves:
            screen.print(f"Located the curves of {curves} specimens.")
    end([*report.failed, *without_curves])


@contextmanager
def _runner(
    choice: ModelChoice,
    local_workers: int | None,
    cluster: str | None,
    context: RunContext,
) -> Iterator[Runner]:
    """Load the model here, or let workers load it."""
    if local_workers is None and cluster is None:
        loaded = load(
            choice.model, choice.device, choice.precision, context, download=choice.download
        )
        yield in_this_thread(loaded)
        return
    if cluster is not None:
        from ...jobs.cluster import cluster_at, on_cluster

        with cluster_at(cluster) as client:
            yield on_cluster(client, choice)
        return
    from ...jobs.local_processes import local_workers as start_workers
    from ...jobs.local_processes import on_local_workers

    with start_workers(local_workers or 1) as workers:
        yield on_local_workers(workers, choice)


def _mark(project: Project, names: set[str]) -> None:
    """Use these specimens as references, and no others."""
    unknown = names - {specimen.name for specimen in project.specimens()}
    if unknown:
        raise ProjectError(
            f"The project has no specimen {', '.join(sorted(unknown))}; see `project status`."
        )
    with project.transaction():
        for specimen in project.specimens():
            project.mark_reference(specimen.id, specimen.name in names)
