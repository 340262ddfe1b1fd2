"""The paper preset against values that the authors' own code gave on a small random model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from napari_homolog.correspondence.exact import Step, attention_loss, exact_attention, learn_exact
from torch.nn import functional

from napari_homolog.correspondence import preset
from napari_homolog.correspondence.paper import (
    Crop,
    PastedMaps,
    crop_latents,
    crop_step,
    paper_read_out,
)
from napari_homolog.correspondence.settings import LearnSettings, LocateSettings
from napari_homolog.correspondence.views import gaussian_targets
from napari_homolog.diffusion import Backbone, load_backbone

SIDE = 512


@dataclass(frozen=True)
class Reference:
    backbone: Backbone
    values: dict[str, np.ndarray]
    settings: dict[str, object]
    learn: LearnSettings
    locate: LocateSettings

    def tensor(self, name: str) -> torch.Tensor:
        return torch.from_numpy(self.values[name])

    def timestep(self, phase: str) -> int:
        return int(self.settings["t_learn" if phase == "opt" else "t_locate"])  # type: ignore[call-overload]

    @property
    def square(self) -> torch.Tensor:
        return self.tensor("image").permute(2, 0, 1)[None].float() / 255

    @property
    def pixel(self) -> np.ndarray:
        x, y = self.settings["position_xy"]  # type: ignore[misc]
        return np.array([[y * SIDE, x * SIDE]])


@pytest.fixture(scope="module")
def reference(reference_values: Path) -> Reference:
    settings = json.loads((reference_values / "settings.json").read_text())
    with np.load(reference_values / "golden.npz") as archive:
        values = dict(archive)
    backbone = load_backbone(reference_values / "model", device="cpu", precision="fp32")
    paper = preset("paper")
    # The authors count only layers of at most 32 x 32 positions; the two layers of the first
    # downward block, 64 x 64, come before those in the project's count.
    layers = tuple(layer + 2 for layer in settings["layers"])
    learn = paper.learn.model_copy(
        update={
            "steps": settings["steps"],
            "learning_rate": settings["learning_rate"],
            "sigma": settings["sigma_px"] / SIDE,
            "timestep": settings["t_learn"],
            "layers": layers,
        }
    )
    locate = paper.locate.model_copy(update={"timestep": settings["t_locate"], "layers": layers})
    return Reference(backbone, values, settings, learn, locate)


def crop(row: np.ndarray) -> Crop:
    top, left, size = (int(value) for value in row)
    return Crop(top, left, size)


def full_size(maps: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(
        [
            functional.interpolate(m, (SIDE, SIDE), mode="bilinear", align_corners=False)[0]
            for m in maps
        ]
    )


def test_the_checkpoints_own_layers_are_those_of_the_authors(reference: Reference) -> None:
    assert reference.backbone.layers == reference.learn.layers


def test_preset_has_the_recorded_settings(reference: Reference) -> None:
    paper = preset("paper")
    assert paper.learn.learning_rate == reference.settings["learning_rate"]
    assert paper.learn.sigma * SIDE == pytest.approx(reference.settings["sigma_px"], rel=1e-15)
    assert paper.learn.crop_share * 100 == pytest.approx(
        reference.settings["crop_percent"], rel=1e-12
    )
    assert (paper.learn.timestep, paper.locate.timestep) == (140, 40)
    assert (paper.learn.steps, paper.learn.rounds, paper.locate.crops) == (129, 5, 20)


def test_latent(reference: Reference) -> None:
    latent = reference.backbone.encode(reference.square)
    torch.testing.assert_close(latent, reference.tensor("latent"), atol=1e-5, rtol=0)


@pytest.mark.parametrize("phase", ["opt", "infer"])
def test_noisy_latent(reference: Reference, phase: str) -> None:
    noisy = reference.backbone.add_noise(
        reference.tensor("latent"), reference.tensor("noise"), reference.timestep(phase)
    )
    torch.testing.assert_close(noisy, reference.tensor(f"noisy_{phase}"), atol=1e-6, rtol=0)


@pytest.mark.parametrize("phase", ["opt", "infer"])
def test_maps(reference: Reference, phase: str) -> None:
    with torch.no_grad():
        maps = reference.backbone.attention(
            reference.tensor(f"noisy_{phase}"),
            reference.timestep(phase),
            reference.tensor("context"),
            layers=reference.learn.layers,
            token=1,
        )
    by_head = full_size(maps)[:, 4:]
    torch.testing.assert_close(
        by_head[:, :, ::8, ::8],
        reference.tensor(f"maps_{phase}_heads_sub8"),
        atol=2e-5,
        rtol=0,
    )
    torch.testing.assert_close(
        by_head.mean(1)[:, ::4, ::4],
        reference.tensor(f"maps_{phase}_mean_sub4"),
        atol=2e-5,
        rtol=0,
    )


def test_gaussian(reference: Reference) -> None:
    shares = torch.from_numpy(reference.pixel / SIDE).float()
    target = gaussian_targets(shares, (SIDE, SIDE), reference.learn.sigma, offset=0.0)
    torch.testing.assert_close(
        target[0, ::4, ::4], reference.tensor("gaussian_sub4"), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("phase", ["opt", "infer"])
def test_loss_and_gradient(reference: Reference, phase: str) -> None:
    shares = torch.from_numpy(reference.pixel / SIDE).float()
    target = gaussian_targets(shares, (SIDE, SIDE), reference.learn.sigma, offset=0.0)
    step = Step(reference.tensor(f"noisy_{phase}"), target, torch.ones(1))
    settings = reference.learn.model_copy(update={"timestep": reference.timestep(phase)})
    context = reference.tensor("context").requires_grad_()
    loss = attention_loss(exact_attention(reference.backbone, step.noisy, context, settings), step)
    loss.sum().backward()
    assert loss.item() == pytest.approx(float(reference.values[f"loss_{phase}"]), abs=1e-7)
    assert context.grad is not None
    torch.testing.assert_close(context.grad, reference.tensor(f"grad_{phase}"), atol=1e-8, rtol=0)


def test_six_steps_of_learning(reference: Reference) -> None:
    crops = [crop(row) for row in reference.values["opt_crops_y_x_size"]]

    def next_step(index: int) -> Step:
        noise = reference.tensor("opt_noise")[index : index + 1]
        return crop_step(
            reference.backbone,
            reference.square,
            reference.pixel,
            [crops[index]],
            noise,
            reference.learn,
        )

    learned = learn_exact(
        reference.backbone, reference.tensor("context"), next_step, reference.learn
    )
    torch.testing.assert_close(learned, reference.tensor("opt_context"), atol=1e-4, rtol=0)
    moved = (learned - reference.tensor("context")).abs().max()
    assert moved > 100 * 1e-4, "the tolerance would hide that nothing was learned"


def test_landmark_in_every_learning_crop(reference: Reference) -> None:
    crops = reference.values["opt_crops_y_x_size"]
    expected = (reference.pixel - crops[:, :2]) / crops[:, 2:]
    np.testing.assert_allclose(reference.values["opt_pixel"][:, ::-1], expected, atol=1e-6)


def test_six_views_of_locating(reference: Reference) -> None:
    pasted = PastedMaps(len(reference.learn.layers or ()), 1, SIDE)
    for row, noise in zip(
        reference.values["infer_crops_y_x_size"], reference.tensor("infer_noise"), strict=True
    ):
        with torch.no_grad():
            noisy = crop_latents(
                reference.backbone, reference.square, [crop(row)], noise[None], reference.locate
            )
            maps = exact_attention(
                reference.backbone, noisy, reference.tensor("opt_context"), reference.locate
            )
        pasted.paste(maps, [crop(row)])
    torch.testing.assert_close(
        pasted.average[:, 0, ::4, ::4],
        reference.tensor("infer_maps_mean_sub4"),
        atol=2e-5,
        rtol=0,
    )
    row, col = paper_read_out(pasted.average)[0].tolist()
    assert [col, row] == reference.values["infer_point_xy"].tolist()
