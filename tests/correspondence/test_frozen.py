from __future__ import annotations

import pytest
import torch

from napari_homolog.correspondence.frozen import (
    FrozenLayer,
    Plateau,
    frozen_attention,
    frozen_maps,
    token_repeats,
)
from napari_homolog.correspondence.settings import LearnSettings
from napari_homolog.diffusion import Backbone


@pytest.fixture
def layer() -> FrozenLayer:
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(4, 3, 25, 8, generator=generator, dtype=torch.float64)
    weight = torch.randn(4, 8, 12, generator=generator, dtype=torch.float64)
    features = torch.randn(3, 25, 6, generator=generator, dtype=torch.float64)
    return FrozenLayer(query, weight, torch.nn.functional.normalize(features, dim=-1), (5, 5))


def straightforward(layer: FrozenLayer, prompts: torch.Tensor) -> torch.Tensor:
    """Return token 1's attention by the textbook's formula, for prompts written in full."""
    keys = torch.einsum("hde,nte->nhtd", layer.key_weight, prompts)
    logits = torch.einsum("hvpd,nhtd->vnhpt", layer.query, keys)
    return logits.softmax(-1)[..., 1].mean(2)


@pytest.mark.parametrize("distinct", [3, 5, 20])
def test_repeated_tokens_count_as_often_as_they_stand(layer: FrozenLayer, distinct: int) -> None:
    repeats = token_repeats(20, distinct)
    tokens = torch.randn(6, distinct, 12, dtype=torch.float64)
    prompts = tokens.repeat_interleave(torch.tensor(repeats), dim=1)
    torch.testing.assert_close(
        frozen_attention(layer, tokens, repeats), straightforward(layer, prompts)
    )


def test_gradient_is_that_of_the_textbook_formula(layer: FrozenLayer) -> None:
    repeats = token_repeats(20, 5)
    tokens = torch.randn(6, 5, 12, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(3, 6, 25, dtype=torch.float64)
    (ours,) = torch.autograd.grad(
        (frozen_attention(layer, tokens, repeats) * weights).sum(), tokens
    )
    prompts = tokens.repeat_interleave(torch.tensor(repeats), dim=1)
    (textbook,) = torch.autograd.grad((straightforward(layer, prompts) * weights).sum(), tokens)
    torch.testing.assert_close(ours, textbook)


@pytest.mark.parametrize(("tokens", "distinct"), [(77, 12), (48, 12), (77, 77), (10, 3), (8, 50)])
def test_repeats_fill_the_prompt_with_the_landmark_once_and_second(
    tokens: int, distinct: int
) -> None:
    repeats = token_repeats(tokens, distinct)
    assert sum(repeats) == tokens
    assert repeats[:2] == (1, 1)
    assert len(repeats) == min(distinct, tokens)
    assert max(repeats[2:]) - min(repeats[2:]) <= 1


def test_views_one_at_a_time_give_the_same_maps(layer: FrozenLayer) -> None:
    repeats = token_repeats(20, 4)
    tokens = torch.randn(2, 4, 12, dtype=torch.float64)
    (maps,) = frozen_maps([layer], tokens, repeats)
    torch.testing.assert_close(maps, frozen_attention(layer, tokens, repeats).unflatten(-1, (5, 5)))


@pytest.mark.parametrize("index", [0, 3, 5])
def test_frozen_equals_exact_attention_for_the_prompt_of_the_pass(
    embedded: Backbone, index: int
) -> None:
    generator = torch.Generator().manual_seed(3)
    noisy = torch.randn(1, embedded.latent_channels, 16, 16, generator=generator)
    prompt = torch.randn(1, *embedded.prompt_shape, generator=generator)
    exact = embedded.attention(noisy, 150, prompt, layers=[index], token=1)[0].mean(1)
    queries = embedded.queries(noisy, 150, prompt, layers=[index])[0]
    layer = FrozenLayer(
        queries.query.transpose(0, 1), queries.key_weight, queries.features, queries.shape
    )
    repeats = (1,) * embedded.prompt_shape[0]
    (frozen,) = frozen_maps([layer], prompt, repeats)
    torch.testing.assert_close(frozen[:, 0], exact, atol=1e-6, rtol=1e-5)


def test_plateau_waits_while_the_loss_falls_and_stops_when_it_does_not() -> None:
    falling = Plateau(LearnSettings(tolerance=0.01, patience=20))
    assert not any(falling.reached(0.98**step) for step in range(200))
    flat = Plateau(LearnSettings(tolerance=0.01, patience=20))
    stopped = [step for step in range(200) if flat.reached(max(0.5, 0.9**step))]
    assert 40 <= stopped[0] <= 60


def test_no_tolerance_means_no_plateau() -> None:
    plateau = Plateau(LearnSettings(tolerance=0, patience=5))
    assert not any(plateau.reached(1.0) for _ in range(100))
