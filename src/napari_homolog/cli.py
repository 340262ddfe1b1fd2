"""The command line: ``homolog``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from .errors import HomologError, SettingsError

if TYPE_CHECKING:
    from .correspondence import Prediction, Preset
    from .diffusion import Backbone
    from .formats import Specimen
    from .progress import Progress as Report

USER_ERROR = 2
"""Exit code of errors that the user can mend."""

app = typer.Typer(
    help="Mark homologous landmarks on one specimen and find them on others.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
screen = Console()
messages = Console(stderr=True)

Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="Known name, hub id, folder or .safetensors file; see `models`."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]
Precision = Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
PresetName = Annotated[str, typer.Option("--preset", help="balanced or paper.")]
MethodName = Annotated[
    str | None, typer.Option("--method", help="frozen or exact, instead of the preset's own.")
]


def main() -> None:
    """Run the command line; errors that a user can mend end in one sentence and exit code 2."""
    try:
        app()
    except HomologError as error:
        messages.print(f"[bold red]Error:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(USER_ERROR)


@app.command()
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
    from .demo import run_demo
    from .drawn import KINDS

    if kind not in KINDS:
        raise SettingsError(f"No {kind!r} can be drawn; choose one of {', '.join(KINDS)}.")
    chosen = _method(method)
    with _bar(as_json) as report:
        backbone = _load(model, device, precision, report)
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


@app.command()
def learn(
    reference: Annotated[Path, typer.Argument(help="The image that has landmarks.")],
    landmarks: Annotated[Path, typer.Option(help="Its landmarks: a .tps or .csv file.")],
    out: Annotated[Path, typer.Option(help="The landmark set to write, .safetensors.")],
    model: Model = "embedded",
    preset: PresetName = "balanced",
    method: MethodName = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn the landmarks of one reference image."""
    from .correspondence import learn as learn_landmarks
    from .images import image_size, read_image

    _check_target(out, ".safetensors")
    settings = _preset(preset, method)
    marks = _specimen_of(landmarks, reference, image_size(reference)).landmarks
    image = read_image(reference)
    with _bar(as_json) as report:
        backbone = _load(model, device, precision, report)
        learned = learn_landmarks(
            backbone,
            image,
            marks,
            settings=settings.learn,
            seed=seed,
            reference=reference.name,
            progress=report,
        )
    learned.save(out)
    if as_json:
        print(
            json.dumps({"out": str(out), "landmarks": list(learned.names), "model": backbone.name})
        )
    else:
        screen.print(f"Learned {len(learned)} landmarks of {reference.name}; written to {out}.")


@app.command()
def locate(
    landmark_set: Annotated[Path, typer.Argument(help="What `learn` wrote.")],
    images: Annotated[list[Path], typer.Argument(help="The targets.")],
    out: Annotated[Path, typer.Option(help="Landmarks found: a .tps or .csv file.")],
    maps: Annotated[
        Path | None, typer.Option(help="Folder for attention maps, one TIFF for each landmark.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Contact sheet to write, .png.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Default: the model it was learned on.")
    ] = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Find learned landmarks on other images."""
    from . import formats
    from .correspondence import LandmarkSet
    from .correspondence import locate as locate_landmarks
    from .images import image_size, read_image
    from .pictures import Tile, save_map, write_contact_sheet

    _check_target(out, *formats.SUFFIXES)
    if sheet is not None:
        _check_target(sheet, ".png")
    learned = LandmarkSet.load(landmark_set)
    # Every image is looked at before the first long computation.
    sizes = [image_size(path) for path in images]
    specimens, tiles = [], []
    with _bar(as_json) as report:
        backbone = _load(model or learned.backbone["name"], device, precision, report)
        learned.check_backbone(backbone)
        for index, (path, size) in enumerate(zip(images, sizes, strict=True)):
            image = read_image(path)
            found = locate_landmarks(backbone, image, learned, seed=seed)
            specimens.append(_predicted(path, size, found))
            if maps is not None:
                maps.mkdir(parents=True, exist_ok=True)
                for name, one in zip(found.names, found.maps, strict=True):
                    save_map(maps / f"{path.stem}.{_file_name(name)}.tif", one)
            if sheet is not None:
                tiles.append(Tile(image, found.landmarks, None, found.maps.max(0), path.name))
            if report is not None:
                report(index + 1, len(images), "locating the landmarks")
    formats.write(out, specimens)
    if sheet is not None:
        write_contact_sheet(sheet, tiles)
    if as_json:
        print(json.dumps([_as_dict(specimen) for specimen in specimens]))
    else:
        screen.print(f"Found {len(learned)} landmarks on {len(images)} images; written to {out}.")


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the known models with licence, download size and memory need."""
    from .diffusion.catalogue import CATALOGUE

    if as_json:
        print(json.dumps([asdict(checkpoint) for checkpoint in CATALOGUE.values()]))
        return
    table = Table(title="Known models; a hub id, a folder or a .safetensors file will do as well")
    for heading in ("name", "what it is", "terms"):
        table.add_column(heading, overflow="fold")
    for checkpoint in CATALOGUE.values():
        table.add_row(checkpoint.name, checkpoint.about, checkpoint.terms)
    screen.print(table)


@contextmanager
def _bar(quiet: bool) -> Iterator[Report | None]:
    """Show a progress bar while the block runs; yield what reports to it."""
    if quiet:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=messages) as bar:
        tasks: dict[str, Any] = {}

        def report(done: int, total: int, message: str) -> None:
            if message not in tasks:
                tasks[message] = bar.add_task(message, total=total)
            bar.update(tasks[message], completed=done, total=total)

        yield report
        for task in tasks.values():
            # Learning may stop before its last step: it has converged.
            bar.update(task, completed=bar.tasks[task].total)


def _load(model: str, device: str, precision: str, report: Report | None) -> Backbone:
    from .diffusion import CATALOGUE
    from .diffusion import load as load_backbone

    if model in CATALOGUE and model != "embedded":
        messages.print(f"{CATALOGUE[model].about} {CATALOGUE[model].terms}", highlight=False)
    return load_backbone(model, device=device, precision=precision, progress=report)


def _method(name: str) -> Any:
    if name not in ("frozen", "exact"):
        raise SettingsError(f"There is no method {name!r}; choose frozen or exact.")
    return name


def _preset(name: str, method: str | None) -> Preset:
    from .correspondence import preset, with_method

    chosen = preset(name)
    return chosen if method is None else with_method(chosen, _method(method))


def _check_target(path: Path, *suffixes: str) -> None:
    """Refuse a file that could not be written, before any long computation."""
    if path.suffix.lower() not in suffixes:
        raise SettingsError(f"{path} has to end in {' or '.join(suffixes)}; choose such a name.")
    if not path.absolute().parent.is_dir():
        raise SettingsError(f"There is no folder {path.absolute().parent}; make it first.")


def _specimen_of(file: Path, image: Path, size: tuple[int, int]) -> Specimen:
    """Return the specimen of a landmark file that belongs to an image."""
    from . import formats
    from .errors import FormatError

    specimens = formats.read(file, image_size=size)
    matching = [
        s for s in specimens if Path(s.image.replace("\\", "/")).name.lower() == image.name.lower()
    ]
    if len(matching) > 1:
        raise FormatError(
            f"{file} has {len(matching)} specimens for {image.name}; keep the one that shall be "
            "learned."
        )
    if not matching and len(specimens) != 1:
        raise FormatError(
            f"{file} has {len(specimens)} specimens, none of them for {image.name}; give a file "
            "with this image's landmarks."
        )
    return (matching or specimens)[0]


def _predicted(path: Path, size: tuple[int, int], found: Prediction) -> Specimen:
    from .formats import Specimen

    return Specimen(
        image=path.name,
        landmarks=found.landmarks,
        identifier=path.stem,
        confidence=found.confidence,
        spread=found.spread,
        status=("predicted",) * len(found.names),
        image_size=size,
    )


def _as_dict(specimen: Specimen) -> dict[str, Any]:
    points = zip(specimen.landmarks.names, specimen.landmarks.points.tolist(), strict=True)
    confidence = specimen.confidence.tolist() if specimen.confidence is not None else None
    return {"image": specimen.image, "points": dict(points), "confidence": confidence}


def _file_name(name: str) -> str:
    """Return a landmark's name as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)


if __name__ == "__main__":
    main()
