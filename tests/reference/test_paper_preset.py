"""The preset ``paper`` against reference values: loss, gradient, learning, locating."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from reference_set import SIDE, ReferenceSet
from test_backbone_values import PHASES, noisy_latent, thinned

from napari_homolog.context import RunContext
from napari_homolog.correspondence import preset
from napari_homolog.correspondence.maps.full_unet import full_unet_attention
from napari_homolog.correspondence.optimisation.by_full_unet import (
    Step,
    attention_loss,
    optimise_by_full_unet,
)
from napari_homolog.correspondence.optimisation.gaussian_targets import gaussian_targets
from napari_homolog.correspondence.paper import crop_step, read_out
from napari_homolog.correspondence.paper_crops import Crop, PastedMaps, crop_latents


def crop(row: torch.Tensor) -> Crop:
    top, left, size = row.tolist()
    return Crop(top, left, size)


def target(reference: ReferenceSet) -> torch.Tensor:
    normalised = torch.from_numpy(reference.pixel / SIDE).float()
    sigma = reference.preset.learn.sigma
    return gaussian_targets(normalised, (SIDE, SIDE), sigma, offset=0.0)


def test_the_preset_has_the_published_settings() -> None:
    paper = preset("paper")
    assert paper.learn.learning_rate == 0.0023755632081200314
    assert paper.learn.sigma * SIDE == pytest.approx(27.97853316316864, rel=1e-15)
    assert paper.shared.crop_share == pytest.approx(0.9316549294381423, rel=1e-15)
    assert (paper.learn.timestep, paper.locate.timestep) == (140, 40)
    assert (paper.learn.steps, paper.learn.restarts, paper.locate.crops) == (129, 5, 20)


def test_gaussian(reference: ReferenceSet) -> None:
    expected, step = reference.sampled("gaussian")
    torch.testing.assert_close(thinned(target(reference)[0], step), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("phase", PHASES)
def test_loss_and_gradient(reference: ReferenceSet, phase: str) -> None:
    step = Step(noisy_latent(reference, phase), target(reference), torch.ones(1))
    chosen = reference.preset
    attention = chosen.learning_attention if phase == "opt" else chosen.locating_attention
    prompt = reference.values["context"].clone().requires_grad_()
    maps = full_unet_attention(reference.backbone, step.noisy, prompt, attention)
    loss = attention_loss(maps, step)
    loss.sum().backward()
    assert loss.item() == pytest.approx(reference.values[f"loss_{phase}"].item(), abs=1e-7)
    expected, every = reference.sampled(f"grad_{phase}")
    assert prompt.grad is not None
    torch.testing.assert_close(prompt.grad[..., ::every], expected, atol=1e-8, rtol=0)
    assert expected.abs().max() > 100 * 1e-8, "the tolerance would hide any gradient"


def test_learning(reference: ReferenceSet) -> None:
    crops = [crop(row) for row in reference.values["opt_crops_y_x_size"]]
    chosen = reference.preset

    def next_step(index: int) -> Step:
        noise = reference.values["opt_noise"][index : index + 1]
        return crop_step(
            reference.backbone, reference.square, reference.pixel, [crops[index]], noise, chosen
        )

    learned = optimise_by_full_unet(
        reference.backbone,
        reference.values["context"],
        next_step,
        chosen.learn,
        chosen.learning_attention,
        context=RunContext(),
    )
    torch.testing.assert_close(learned, reference.values["opt_context"], atol=1e-4, rtol=0)
    moved = (learned - reference.values["context"]).abs().max()
    assert moved > 100 * 1e-4, "the tolerance would hide that nothing was learned"


def test_landmark_in_every_learning_crop(reference: ReferenceSet) -> None:
    crops = reference.values["opt_crops_y_x_size"].numpy()
    normalised = (reference.pixel - crops[:, :2]) / crops[:, 2:]
    recorded = reference.values["opt_pixel"].numpy()[:, ::-1]
    np.testing.assert_allclose(normalised, recorded, atol=1e-6)


def test_locating(reference: ReferenceSet) -> None:
    attention = reference.preset.locating_attention
    pasted = PastedMaps(len(attention.layers or ()), 1, SIDE)
    for row, noise in zip(
        reference.values["infer_crops_y_x_size"], reference.values["infer_noise"], strict=True
    ):
        view = crop(row)
        with torch.no_grad():
            noisy = crop_latents(
                reference.backbone, reference.square, [view], noise[None], attention
            )
            maps = full_unet_attention(
                reference.backbone, noisy, reference.values["opt_context"], attention
            )
        pasted.paste(maps, [view])
    expected, step = reference.sampled("infer_maps_mean")
    torch.testing.assert_close(thinned(pasted.average[:, 0], step), expected, atol=2e-5, rtol=0)
    row, col = read_out(pasted.average)[0].tolist()
    assert [col, row] == reference.values["infer_point_xy"].tolist()
