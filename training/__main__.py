"""``python -m training``: make the embedded model from nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from napari_homolog.correspondence import preset, with_method
from napari_homolog.diffusion import load_backbone
from napari_homolog.synthetic import KINDS

from .autoencoder import train_autoencoder
from .data import draw_pictures, load_pictures
from .decoder import train_decoder
from .denoiser import Recipe, prepare, train_denoiser
from .evaluate import evaluate as evaluate_model
from .export import export as export_model
from .judge import judge as judge_model
from .photographs import SIZES, export_photographs, train_photographs
from .photographs import photographs as read_photographs
from .state import TrainingState, load_newest, read_model, write_model
from .warm_start import cold_start, warm_start
from .world_training import Log, Session
from .world_training import train as train_on_world

EMBEDDED = Path("src/napari_homolog/diffusion/embedded")
CALIBRATION = Path("src/napari_homolog/correspondence/inference/calibration.json")
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
Work = Annotated[Path, typer.Option(help="Folder for pictures, latents and networks.")]
DEFAULT_WORK = Path("training/work")
CHECKPOINT = Path("training/checkpoint")
DataFolder = Annotated[
    Path | None, typer.Option("--data-for-judging", help="Folder of the development sets.")
]


@app.command()
def train(
    minutes: Annotated[float, typer.Option(help="Wall time of this session.")],
    work: Work = DEFAULT_WORK,
    checkpoint: Annotated[Path, typer.Option(help="Where to resume from without a state.")] = (
        CHECKPOINT
    ),
    data: DataFolder = None,
    batch: int = 32,
    learning_rate: float = 1e-3,
    anneal: Annotated[
        int | None,
        typer.Option(min=1, help="Pictures over which the learning rate falls to nothing."),
    ] = None,
    judge_every: Annotated[float, typer.Option(help="Minutes; 0: never.")] = 60.0,
    threads: Annotated[int, typer.Option(help="Of the networks.")] = 1,
    cold: Annotated[bool, typer.Option(help="Start from untrained networks.")] = False,
) -> None:
    """Train on the wide world; go on from the newest state, or from the checkpoint."""
    torch.set_num_threads(threads)
    session = Session(minutes, batch, learning_rate, anneal=anneal, judge_every=judge_every)
    log = Log(work / "log.jsonl")

    def judged(state: TrainingState) -> None:
        write_model(state, work, work / "model")
        rows = judge_model(load_backbone(work / "model"), data, references=2, targets=4, quick=True)
        for row in rows:
            log.write({"event": "judged", "pictures_seen": state.counters["pictures_seen"], **row})

    def start() -> TrainingState:
        if cold:
            return cold_start()
        resumes = (checkpoint / "training.json").is_file()
        return read_model(checkpoint) if resumes else warm_start(EMBEDDED)

    train_on_world(work, start, session, judged if judge_every else None)


@app.command()
def checkpoint(work: Work = DEFAULT_WORK, target: Path = CHECKPOINT) -> None:
    """Write the newest state as a model folder, to be committed and resumed from."""
    state = load_newest(work / "states")
    if state is None:
        raise typer.BadParameter(f"{work / 'states'} holds no saved state; train first.")
    size = write_model(state, work, target)
    print(f"{size / 1e6:.1f} MB in {target}, {state.counters}")


@app.command()
def decoder(work: Work = DEFAULT_WORK, steps: int = 1500) -> None:
    """Train the decoder of the block transform's auto-encoder."""
    train_decoder(work / "vae", steps)


@app.command()
def judge(
    model: str = "embedded",
    data: DataFolder = None,
    references: int = 3,
    targets: int = 4,
    quick: bool = False,
    sets: Annotated[list[str] | None, typer.Option("--set", help="Default: all.")] = None,
    threads: int = 1,
) -> None:
    """Measure transfer with one reference on the development sets."""
    torch.set_num_threads(threads)
    backbone = load_backbone(model)
    options = {"references": references, "targets": targets, "quick": quick, "sets": sets}
    for row in judge_model(backbone, data, **options):
        print(json.dumps(row), flush=True)


@app.command()
def generate(work: Work = DEFAULT_WORK, count: int = 80_000, seed: int = 20261123) -> None:
    """Draw the captioned pictures."""
    draw_pictures(work / "pictures", count, seed)


@app.command()
def autoencoder(work: Work = DEFAULT_WORK, steps: int = 2200) -> None:
    """Train the auto-encoder."""
    train_autoencoder(load_pictures(work / "pictures"), work / "vae", steps=steps)


@app.command()
def denoiser(
    work: Work = DEFAULT_WORK,
    steps: int = 4300,
    batch: int = 32,
    learning_rate: float = 1e-3,
    resume: bool = False,
) -> None:
    """Train denoiser and text encoder."""
    if not (work / "latents.safetensors").is_file():
        prepare(load_pictures(work / "pictures"), work)
    train_denoiser(work, Recipe(steps, batch, learning_rate, resume=resume))


@app.command()
def export(work: Work = DEFAULT_WORK, target: Path = EMBEDDED) -> None:
    """Put the trained model into the package."""
    size = export_model(work, target)
    print(f"{size / 1e6:.1f} MB in {target}")


@app.command()
def photographs(
    data: Annotated[Path, typer.Argument(help="Folder with keypoints.json and square pictures.")],
    work: Work = Path("training/work/photographs"),
    size: Annotated[str, typer.Option(help="small or large.")] = "small",
    device: str = "cpu",
) -> None:
    """Train a model of photographs and write it to the folder `model` in the work folder."""
    train_photographs(read_photographs(data), work, SIZES[size], device=device)
    written = export_photographs(work, work / "model", SIZES[size])
    print(f"{written / 1e6:.1f} MB in {work / 'model'}")


@app.command()
def evaluate(
    model: str = "embedded",
    method: str = "cached-queries",
    targets: int = 20,
    kind: Annotated[list[str] | None, typer.Option(help="Kinds of specimen.")] = None,
) -> None:
    """Measure transfer on fresh drawings."""
    settings = with_method(preset("attention"), method)  # type: ignore[arg-type]
    for row in evaluate_model(load_backbone(model), settings, targets, kind or KINDS):
        print(row, flush=True)


@app.command()
def calibrate(references: int = 2, targets: int = 14) -> None:
    """Fit the calibration of uncertainty features; needs the finished model."""
    # Only this command needs scikit-learn.
    from .calibrate import calibrate as fit_calibration

    fit_calibration(load_backbone("embedded"), references, targets, CALIBRATION)


if __name__ == "__main__":
    app()
