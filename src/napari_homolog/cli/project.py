"""``homolog project``: series of specimens in one file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ..errors import ImageError, ProjectError, SettingsError
from ..project import (
    ChangedImage,
    Project,
    SpecimenStatus,
    in_this_process,
    learn_from_references,
    read_landmarks,
    run,
    write_landmarks,
)
from .options import AsJson, Device, MethodName, Precision, Seed, check_target, find_preset
from .terminal import bar, load, messages, screen

if TYPE_CHECKING:
    from ..correspondence import LandmarkSet
    from ..progress import Progress
    from ..project.run import Worker

SOME_FAILED = 3
"""Exit code where the command did its work, but not on every image."""

IMAGE_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}
"""What is taken of a folder."""

app = typer.Typer(
    help="Find landmarks on series of specimens, which are kept in one file.", no_args_is_help=True
)
ProjectFile = Annotated[Path, typer.Argument(help="The project, .homolog.")]


@app.command()
def new(
    project: ProjectFile,
    landmarks: Annotated[
        list[Path] | None,
        typer.Option(help="Landmark files of specimens to start with, which become references."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of their images. Default: the landmark file's.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Make a project, perhaps with specimens whose landmarks are in files."""
    if project.exists():
        raise ProjectError(f"{project} is there already; choose another name.")
    # In memory first: a file that cannot be read leaves no half a project.
    with Project.create(seed=seed) as made:
        for file in landmarks or []:
            for number in read_landmarks(made, file, images or file.parent):
                made.mark_reference(number)
        made.save_as(project)
        count = len(made.specimens())
    screen.print(f"{project} is ready; it has {count} specimens. Go on with `project add`.")


@app.command()
def add(
    project: ProjectFile,
    images: Annotated[list[Path], typer.Argument(help="Images, or folders of images.")],
    as_json: AsJson = False,
) -> None:
    """Add specimens with their images; those that are there already are left as they are."""
    files = [file for path in images for file in _images_in(path)]
    added, failed = [], []
    with Project.open(project) as opened, bar(as_json) as report:
        for index, file in enumerate(files):
            try:
                if opened.find_image(file) is None:
                    added.append(opened.specimen(opened.add_image(file)).name)
            except ImageError as error:
                failed.append((file.name, str(error)))
            if report is not None:
                report(index + 1, len(files), "adding images")
    there = len(files) - len(added) - len(failed)
    if as_json:
        print(json.dumps({"added": added, "there": there, "failed": dict(failed)}))
    else:
        screen.print(f"Added {len(added)} specimens; {there} were there already.")
    _end(failed)


@app.command()
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
        used = opened.landmark_set()
        usual = "embedded" if used is None else used.backbone["name"]
        backbone = load(model or usual, device, precision, report)
        learn_from_references(opened, backbone, preset=chosen, earlier=extend, progress=report)
        learned = _learned(opened)
    if as_json:
        print(json.dumps({"landmarks": list(learned.names), "model": backbone.name}))
    else:
        screen.print(
            f"Learned {len(learned)} landmarks of {len(learned.references)} references. Go on with "
            "`project run`."
        )


@app.command("run")
def run_project(
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
    with Project.open(project) as opened, bar(as_json) as report:
        name = model or _learned(opened).backbone["name"]
        with _worker(name, device, precision, local_workers, cluster, report) as worker:
            done = run(opened, worker, retry=retry, again=again, progress=report)
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
    _end(done.failed)


@app.command()
def status(
    project: ProjectFile,
    check_images: Annotated[
        bool, typer.Option("--check-images", help="Look for images that went, moved or changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell how far a project has come; also while it is open elsewhere."""
    with Project.open(project, read_only=True) as opened:
        number = opened.landmark_set_id
        failed = [(one.name, one.reason) for one in opened.specimens(SpecimenStatus.FAILED)]
        changed = opened.changed_images() if check_images else []
        told: dict[str, Any] = {
            "specimens": {str(key): count for key, count in opened.summary().items()},
            "landmarks": [one.name for one in opened.landmarks],
            "references": [one.name for one in opened.references()],
            "learned": number is not None,
            "pending": 0 if number is None else len(opened.pending(number)),
            "failed": dict(failed),
        }
    if check_images:
        told["changed_images"] = {one.specimen.name: _changed(one) for one in changed}
    if as_json:
        print(json.dumps(told))
        return
    table = Table(title=f"{project}: {len(told['landmarks'])} landmarks")
    for status in (*told["specimens"], "still to be run"):
        table.add_column(status, justify="right")
    table.add_row(*map(str, (*told["specimens"].values(), told["pending"])))
    screen.print(table)
    for name, what in (*failed, *told.get("changed_images", {}).items()):
        screen.print(f"{name}: {what}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def export(
    project: ProjectFile,
    out: Annotated[Path, typer.Argument(help="Landmark file to write; see `docs/formats.md`.")],
    only: Annotated[
        list[SpecimenStatus] | None,
        typer.Option("--status", help="Only specimens of this status. Default: all."),
    ] = None,
) -> None:
    """Write the landmarks to a file for other programs; also while the project is open elsewhere."""
    from .. import formats

    check_target(out, *formats.SUFFIXES)
    with Project.open(project, read_only=True) as opened:
        chosen = [one for one in opened.specimens() if not only or one.status in only]
        count = write_landmarks(opened, out, chosen)
    screen.print(f"The landmarks of {count} specimens are in {out}.")


@contextmanager
def _worker(
    model: str,
    device: str,
    precision: str,
    local_workers: int | None,
    cluster: str | None,
    report: Progress | None,
) -> Iterator[Worker]:
    """Load the model here, or let it be loaded elsewhere."""
    if local_workers is None and cluster is None:
        yield in_this_process(load(model, device, precision, report))
        return
    from ..project.cluster import ModelChoice, cluster_at, on_cluster
    from ..project.cluster import local_workers as start

    clients = cluster_at(cluster) if cluster is not None else start(local_workers or 1)
    with clients as client:
        yield on_cluster(client, ModelChoice(model, device, precision))


def _images_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES)


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


def _changed(image: ChangedImage) -> str:
    place = "" if image.found is None else f"; it is now {image.found}"
    return f"{image.specimen.path} is {image.trouble}{place}"


def _end(failed: Any) -> None:
    """List what failed, and tell by the exit code."""
    for name, reason in failed:
        messages.print(f"{name}: {reason}", highlight=False, markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(SOME_FAILED)
