"""``homolog project learn`` and ``homolog project run``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import ProjectError, SettingsError
from ...project import MapStore, Project, in_this_process, learn_from_references
from ...project import run as run_over
from ..options import AsJson, Device, MethodName, Precision, find_preset
from ..terminal import bar, load, screen
from .shared import ProjectFile, end

if TYPE_CHECKING:
    from ...correspondence import LandmarkSet
    from ...progress import Progress
    from ...project.run import Worker


def learn(
    project: ProjectFile,
    reference: Annotated[
        list[str] | None,
        typer.Option(help="Specimen to learn from. Default: those marked as references."),
    ] = None,
    extend: Annotated[
        bool, typer.Option("--extend", help="Go on from what the project learned before.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Default: embedded, or the model used before."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="See `homolog presets`; default: balanced.")
    ] = None,
    method: MethodName = None,
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: AsJson = False,
) -> None:
    """Learn the landmarks that were placed or accepted by hand on references."""
    if extend and (preset or method):
        raise SettingsError(
            "--extend goes on with the settings of before; leave out --preset and --method."
        )
    chosen = find_preset(preset or "balanced", method)
    with Project.open(project) as opened, bar(as_json) as report:
        if reference:
            _mark(opened, set(reference))
        backbone = load(model or opened.model or "embedded", device, precision, report)
        learn_from_references(opened, backbone, preset=chosen, earlier=extend, progress=report)
        learned = _learned(opened)
    if as_json:
        print(json.dumps({"landmarks": list(learned.names), "model": backbone.name}))
    else:
        screen.print(
            f"Learned {len(learned)} landmarks of {len(learned.references)} references. Go on with "
            "`project run`."
        )


def run(
    project: ProjectFile,
    retry: Annotated[bool, typer.Option("--retry", help="Try again where it failed.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Do those again that are done already.")
    ] = False,
    local_workers: Annotated[
        int | None, typer.Option(help="Use so many processes on this machine.", min=1)
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Use the workers of a Dask scheduler at this address.")
    ] = None,
    maps: Annotated[
        bool, typer.Option("--maps", help="Keep the attention maps in a zarr store beside it.")
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Default: the model it was learned on.")
    ] = None,
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: AsJson = False,
) -> None:
    """Find the landmarks on all specimens that lack them; after a stop, go on where it was."""
    if local_workers and cluster:
        raise SettingsError("Give either --local-workers or --cluster, not both.")
    store = MapStore.beside(project) if maps else None
    with Project.open(project) as opened, bar(as_json) as report:
        usual = _learned(opened).backbone["name"]
        with _worker(
            model or usual, device, precision, local_workers, cluster, maps, report
        ) as worker:
            done = run_over(opened, worker, retry=retry, again=again, maps=store, progress=report)
    if as_json:
        print(
            json.dumps(
                {
                    "found": done.found,
                    "failed": dict(done.failed),
                    "seconds": round(done.seconds, 2),
                }
            )
        )
    else:
        screen.print(f"Found landmarks on {done.found} specimens in {done.seconds:.0f} s.")
    end(done.failed)


@contextmanager
def _worker(
    model: str,
    device: str,
    precision: str,
    local_workers: int | None,
    cluster: str | None,
    keep_maps: bool,
    report: Progress | None,
) -> Iterator[Worker]:
    """Load the model here, or let it be loaded elsewhere."""
    if local_workers is None and cluster is None:
        yield in_this_process(load(model, device, precision, report))
        return
    from ...project.cluster import ModelChoice, cluster_at, on_cluster
    from ...project.cluster import local_workers as start

    clients = cluster_at(cluster) if cluster is not None else start(local_workers or 1)
    with clients as client:
        yield on_cluster(client, ModelChoice(model, device, precision), keep_maps=keep_maps)


def _mark(project: Project, names: set[str]) -> None:
    """Take these specimens as references, and no others."""
    unknown = names - {one.name for one in project.specimens()}
    if unknown:
        raise ProjectError(
            f"The project has no specimen {', '.join(sorted(unknown))}; see `project status`."
        )
    with project.transaction():
        for one in project.specimens():
            project.mark_reference(one.id, one.name in names)


def _learned(project: Project) -> LandmarkSet:
    learned = project.landmark_set()
    if learned is None:
        raise ProjectError(f"Nothing was learned in {project.path}; use `project learn` first.")
    return learned
