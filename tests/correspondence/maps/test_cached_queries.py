from __future__ import annotations

import pytest
import torch

from napari_homolog.correspondence.maps.cached_queries import (
    CachedLayer,
    cached_attention,
    cached_maps,
    token_repeats,
)
from napari_homolog.diffusion import Backbone


@pytest.fixture
def layer() -> CachedLayer:
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(4, 3, 25, 8, generator=generator, dtype=torch.float64)
    weight = torch.randn(4, 8, 12, generator=generator, dtype=torch.float64)
    features = torch.randn(3, 25, 6, generator=generator, dtype=torch.float64)
    return CachedLayer(query, weight, torch.nn.functional.normalize(features, dim=-1), (5, 5))


def by_the_formula(layer: CachedLayer, prompts: torch.Tensor) -> torch.Tensor:
    """Return token 1's attention by the textbook's formula, for prompts written in full."""
    keys = torch.einsum("hde,nte->nhtd", layer.key_weight, prompts)
    logits = torch.einsum("hvpd,nhtd->vnhpt", layer.query, keys)
    return logits.softmax(-1)[..., 1].mean(2)


@pytest.mark.parametrize("distinct", [3, 5, 20])
def test_tokens_count_as_often_as_they_are_repeated(layer: CachedLayer, distinct: int) -> None:
    repeats = token_repeats(20, distinct)
    tokens = torch.randn(6, distinct, 12, dtype=torch.float64)
    prompts = tokens.repeat_interleave(torch.tensor(repeats), dim=1)
    torch.testing.assert_close(
        cached_attention(layer, tokens, repeats), by_the_formula(layer, prompts)
    )


def test_gradient_is_that_of_the_textbook_formula(layer: CachedLayer) -> None:
    repeats = token_repeats(20, 5)
    tokens = torch.randn(6, 5, 12, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(3, 6, 25, dtype=torch.float64)
    (ours,) = torch.autograd.grad(
        (cached_attention(layer, tokens, repeats) * weights).sum(), tokens
    )
    prompts = tokens.repeat_interleave(torch.tensor(repeats), dim=1)
    (textbook,) = torch.autograd.grad((by_the_formula(layer, prompts) * weights).sum(), tokens)
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


def test_views_one_at_a_time_give_the_same_maps(layer: CachedLayer) -> None:
    repeats = token_repeats(20, 4)
    tokens = torch.randn(2, 4, 12, dtype=torch.float64)
    (maps,) = cached_maps([layer], tokens, repeats)
    torch.testing.assert_close(maps, cached_attention(layer, tokens, repeats).unflatten(-1, (5, 5)))


@pytest.mark.parametrize("index", [0, 3, 5])
def test_cached_queries_give_the_attention_of_the_unet_for_the_prompt_of_the_pass(
    embedded: Backbone, index: int
) -> None:
    generator = torch.Generator().manual_seed(3)
    noisy = torch.randn(1, embedded.latent_channels, 16, 16, generator=generator)
    prompt = torch.randn(1, *embedded.prompt_shape, generator=generator)
    full = embedded.attention(noisy, 150, prompt, layers=[index], token=1)[0].mean(1)
    queries = embedded.queries(noisy, 150, prompt, layers=[index])[0]
    layer = CachedLayer(
        queries.query.transpose(0, 1), queries.key_weight, queries.features, queries.shape
    )
    repeats = (1,) * embedded.prompt_shape[0]
    (cached,) = cached_maps([layer], prompt, repeats)
    torch.testing.assert_close(cached[:, 0], full, atol=1e-6, rtol=1e-5)
