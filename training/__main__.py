"""``python -m training``: make the embedded model from nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_homolog.correspondence import preset, with_method
from napari_homolog.diffusion import load_backbone
from napari_homolog.synthetic import KINDS

from .autoencoder import train_autoencoder
from .calibrate import calibrate as fit_calibration
from .data import draw_pictures, load_pictures
from .denoiser import Recipe, prepare, train_denoiser
from .evaluate import evaluate as evaluate_model
from .export import export as export_model
from .photographs import SIZES, export_photographs, train_photographs
from .photographs import photographs as read_photographs

EMBEDDED = Path("src/napari_homolog/diffusion/embedded")
CALIBRATION = Path("src/napari_homolog/correspondence/calibration.json")
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
Work = Annotated[Path, typer.Option(help="Folder for pictures, latents and networks.")]
DEFAULT_WORK = Path("training/work")


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
    method: str = "frozen",
    targets: int = 20,
    kind: Annotated[list[str] | None, typer.Option(help="Kinds of specimen.")] = None,
) -> None:
    """Measure transfer on fresh drawings."""
    settings = with_method(preset("balanced"), method)  # type: ignore[arg-type]
    for row in evaluate_model(load_backbone(model), settings, targets, kind or KINDS):
        print(row, flush=True)


@app.command()
def calibrate(references: int = 2, targets: int = 14) -> None:
    """Fit what signs of doubt mean; needs the finished model."""
    fit_calibration(load_backbone("embedded"), references, targets, CALIBRATION)


if __name__ == "__main__":
    app()
