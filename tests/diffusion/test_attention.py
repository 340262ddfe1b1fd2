"""Attention is the UNet's own, differentiable, and nothing is computed after it."""

from __future__ import annotations

import pytest
import torch
from diffusers import UNet2DConditionModel

from napari_homolog.diffusion import load_backbone
from napari_homolog.diffusion.attention import grid
from napari_homolog.errors import CheckpointError, SettingsError
from small_models import save_small_sd1


class Scores:
    """A processor in diffusers' oldest manner, by its own function for attention scores."""

    def __init__(self):
        self.scores = None

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, **kwargs):
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        value = attn.head_to_batch_dim(attn.to_v(encoder_hidden_states))
        self.scores = attn.get_attention_scores(query, key)
        out = attn.batch_to_head_dim(torch.bmm(self.scores, value))
        return attn.to_out[1](attn.to_out[0](out))


def inputs(backbone, count=2, seed=1):
    generator = torch.Generator().manual_seed(seed)
    side = backbone.latent_side
    noisy = torch.randn(count, backbone.latent_channels, side, side, generator=generator)
    prompt = torch.randn(count, *backbone.prompt_shape, generator=generator)
    return noisy, prompt


def all_layers(backbone):
    return tuple(range(backbone.cross_attention_layers))


def scores_by_diffusers(unet, noisy, timestep, prompt, **conditions):
    """Return every cross-attention layer's scores (n, heads, positions, tokens), down, mid, up."""
    processors = []
    for part in ("down_blocks", "mid_block", "up_blocks"):
        for name, module in getattr(unet, part).named_modules():
            if name.endswith("attn2"):
                processors.append((module, Scores()))
                module.set_processor(processors[-1][1])
    with torch.no_grad():
        unet(noisy, timestep, prompt, **conditions)
    return [
        processor.scores.unflatten(0, (len(noisy), module.heads))
        for module, processor in processors
    ]


def test_attention_of_every_layer_is_that_of_diffusers(sd1, sd1_folder):
    noisy, prompt = inputs(sd1)
    unet = UNet2DConditionModel.from_pretrained(sd1_folder / "unet")
    expected = scores_by_diffusers(unet, noisy, 140, prompt)
    with torch.no_grad():
        maps = sd1.attention(noisy, 140, prompt, layers=all_layers(sd1))
    assert len(maps) == len(expected) == 16
    for attention, reference in zip(maps, expected, strict=True):
        torch.testing.assert_close(attention.flatten(2, 3), reference, atol=1e-5, rtol=0)


def test_attention_of_sdxl_with_its_added_conditions_is_that_of_diffusers(sdxl, sdxl_folder):
    noisy, prompt = inputs(sdxl)
    unet = UNet2DConditionModel.from_pretrained(sdxl_folder / "unet")
    pooled = sdxl._empty_conditioning.pooled.expand(2, -1)
    place = torch.tensor([[128.0, 128, 0, 0, 128, 128]]).expand(2, -1)
    added = {"text_embeds": pooled, "time_ids": place}
    expected = scores_by_diffusers(unet, noisy, 140, prompt, added_cond_kwargs=added)
    with torch.no_grad():
        maps = sdxl.attention(noisy, 140, prompt, layers=all_layers(sdxl))
    assert len(maps) == len(expected) == 6 + 2 + 9
    for attention, reference in zip(maps, expected, strict=True):
        torch.testing.assert_close(attention.flatten(2, 3), reference, atol=1e-5, rtol=0)


def test_attention_sums_to_one_and_one_token_is_part_of_it(sd1):
    noisy, prompt = inputs(sd1)
    with torch.no_grad():
        whole = sd1.attention(noisy, 140, prompt)
        part = sd1.attention(noisy, 140, prompt, token=1)
    for all_tokens, one_token in zip(whole, part, strict=True):
        torch.testing.assert_close(all_tokens.sum(-1), torch.ones_like(one_token))
        torch.testing.assert_close(all_tokens[..., 1], one_token)


def test_maps_are_in_the_order_of_the_given_layers(sd1):
    noisy, prompt = inputs(sd1)
    with torch.no_grad():
        late, early = sd1.attention(noisy, 140, prompt, layers=(10, 1))
    assert late.shape == (2, 8, 8, 8, 77)
    assert early.shape == (2, 8, 16, 16, 77)


def test_one_prompt_serves_all_latents(sd1):
    noisy, prompt = inputs(sd1)
    with torch.no_grad():
        shared = sd1.attention(noisy, 140, prompt[:1])[0]
        repeated = sd1.attention(noisy, 140, prompt[:1].repeat(2, 1, 1))[0]
    torch.testing.assert_close(shared, repeated)


@pytest.mark.parametrize("model", ["sd1", "sdxl"])
def test_queries_and_key_weights_give_the_attention_of_their_own_prompt(model, request):
    backbone = request.getfixturevalue(model)
    noisy, prompt = inputs(backbone)
    layers = all_layers(backbone)
    with torch.no_grad():
        maps = backbone.attention(noisy, 140, prompt, layers=layers)
    for queries, own in zip(backbone.queries(noisy, 140, prompt, layers=layers), maps, strict=True):
        keys = torch.einsum("hde,nte->nhdt", queries.key_weight, prompt)
        attention = (queries.query @ keys).softmax(-1).unflatten(2, queries.shape)
        torch.testing.assert_close(attention, own, atol=2e-6, rtol=0)
        assert not queries.query.requires_grad


def test_queries_without_prompt_are_those_of_the_empty_text(sd1):
    noisy, _ = inputs(sd1)
    default = sd1.queries(noisy, 140)[-1].query
    given = sd1.queries(noisy, 140, sd1.encode_text(""))[-1].query
    of_text = sd1.queries(noisy, 140, sd1.encode_text("a wing"))[-1].query
    torch.testing.assert_close(default, given)
    assert (default - of_text).abs().max() > 1e-4


def test_the_gradient_agrees_with_finite_differences(sd1):
    """Central differences along a random direction, through all layers up to the last."""
    noisy, prompt = inputs(sd1)
    direction = torch.randn(prompt.shape, generator=torch.Generator().manual_seed(2))
    weights = torch.randn(2, 8, 8, 8, generator=torch.Generator().manual_seed(3))

    def value(step):
        maps = sd1.attention(noisy, 140, prompt + step * direction, layers=(7, 10), token=1)
        return (maps[1] * weights).double().sum()

    step = torch.zeros((), requires_grad=True)
    (slope,) = torch.autograd.grad(value(step), step)
    with torch.no_grad():
        difference = (value(1e-2) - value(-1e-2)) / 2e-2
    assert slope.item() == pytest.approx(difference.item(), rel=0.01)


def test_weights_get_no_gradient(sd1):
    noisy, prompt = inputs(sd1)
    prompt.requires_grad_()
    sum(layer.sum() for layer in sd1.attention(noisy, 140, prompt, token=1)).backward()
    assert prompt.grad.abs().max() > 0
    assert all(weight.grad is None for weight in sd1._unet.parameters())
    assert not any(weight.requires_grad for weight in sd1._unet.parameters())


def test_no_module_after_the_last_layer_is_run(sd1):
    noisy, prompt = inputs(sd1)
    run = []
    handles = [
        module.register_forward_hook(lambda *_, name=name: run.append(name))
        for name, module in sd1._unet.named_modules()
    ]
    with torch.no_grad():
        sd1.attention(noisy, 140, prompt, layers=(7, 10))
    for handle in handles:
        handle.remove()
    last = "up_blocks.2.attentions.0.transformer_blocks.0"
    assert f"{last}.attn1" in run
    assert f"{last}.attn2.to_q" in run
    assert f"{last}.attn2.to_k" in run
    assert "up_blocks.1" in run
    after = ("attn2.to_v", "attn2.to_out", "ff", "norm3")
    forbidden = tuple(f"{last}.{name}" for name in after)
    forbidden += ("up_blocks.2.resnets.1", "up_blocks.2.attentions.1", "up_blocks.3", "conv_out")
    assert not [name for name in run if name.startswith(forbidden)]


def test_layers_that_are_not_captured_use_the_fused_kernel(sd1, monkeypatch):
    """Only the last requested layer of a pass needs no fused attention of its own."""
    noisy, prompt = inputs(sd1)
    calls = []
    fused = torch.nn.functional.scaled_dot_product_attention

    def counted(*args, **kwargs):
        calls.append(1)
        return fused(*args, **kwargs)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", counted)
    with torch.no_grad():
        sd1.attention(noisy, 140, prompt, layers=(10,))
    assert len(calls) == 2 * 10 + 1


def test_two_backbones_do_not_disturb_each_other(sd1, tmp_path):
    noisy, prompt = inputs(sd1)
    with torch.no_grad():
        alone = sd1.attention(noisy, 140, prompt)
        another = load_backbone(save_small_sd1(tmp_path, seed=5), device="cpu")
        different = another.attention(noisy, 140, prompt, layers=(0, 1))
        together = sd1.attention(noisy, 140, prompt)
    assert [tuple(layer.shape) for layer in different] == [(2, 8, 16, 16, 77)] * 2
    for before, after in zip(alone, together, strict=True):
        torch.testing.assert_close(before, after, atol=0, rtol=0)
    assert another.fingerprint != sd1.fingerprint


def test_a_failed_pass_leaves_no_state(sd1):
    noisy, prompt = inputs(sd1)
    with pytest.raises(RuntimeError):
        sd1.attention(noisy, 140, prompt[..., :5])
    with torch.no_grad():
        whole = sd1._unet(noisy, 140, prompt).sample
        maps = sd1.attention(noisy, 140, prompt)
    assert whole.shape == noisy.shape
    assert len(maps) == 4


@pytest.mark.parametrize("layers", [(16,), (-1,), (3, 99), ()])
def test_layers_that_do_not_exist_are_named(sd1, layers):
    noisy, prompt = inputs(sd1)
    with pytest.raises(SettingsError, match="layers 0 to 15"):
        sd1.attention(noisy, 140, prompt, layers=layers)


@pytest.mark.parametrize("timestep", [-1, 1000])
def test_timesteps_that_do_not_exist_are_named(sd1, timestep):
    noisy, prompt = inputs(sd1)
    with pytest.raises(SettingsError, match="0 to 999"):
        sd1.attention(noisy, timestep, prompt)
    with pytest.raises(SettingsError, match="0 to 999"):
        sd1.add_noise(noisy, noisy, timestep)


def test_latents_that_are_not_square_give_maps_of_their_proportions(sd1):
    noisy = torch.randn(1, 4, 11, 26, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        maps = sd1.attention(noisy, 140, sd1.empty_prompt, token=1)
    assert [tuple(layer.shape[2:]) for layer in maps] == [(3, 7)] * 3 + [(6, 13)]


def test_positions_that_do_not_result_from_halving_are_refused():
    assert grid(torch.zeros(1, 4, 64, 64), 64 * 64) == (64, 64)
    assert grid(torch.zeros(1, 4, 65, 17), 17 * 5) == (17, 5)
    with pytest.raises(ValueError, match="do not result from halving"):
        grid(torch.zeros(1, 4, 64, 64), 1000)


def test_a_unet_without_cross_attention_is_refused(sd1_folder):
    from napari_homolog.diffusion.attention import CrossAttention

    unet = UNet2DConditionModel(
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        mid_block_type="UNetMidBlock2D",
        norm_num_groups=8,
    )
    with pytest.raises(CheckpointError, match="no cross-attention"):
        CrossAttention(unet)


def test_facets_of_the_features(sd1):
    """Queries of the layer, and values of the self-attention in its block, by their weights."""
    noisy = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(5))
    layers = (8, 10)
    found = {
        facet: sd1.queries(noisy, 140, layers=layers, facet=facet)
        for facet in ("input", "queries", "values")
    }
    seen = []
    blocks = [name for name, _ in sd1._unet.named_modules() if name.endswith("attn1")]
    order = sorted(blocks, key=lambda name: "dmu".index(name[0]))
    chosen = [sd1._unet.get_submodule(order[index]) for index in layers]
    hooks = [
        one.register_forward_pre_hook(lambda _m, given: seen.append(given[0])) for one in chosen
    ]
    sd1.queries(noisy, 140, layers=layers)
    for hook in hooks:
        hook.remove()
    for index, (plain, queries, values) in enumerate(zip(*found.values(), strict=True)):
        attn = sd1._cross_attention.layers[layers[index]]
        torch.testing.assert_close(queries.features, attn.to_q(plain.features) * attn.scale)
        torch.testing.assert_close(values.features, chosen[index].to_v(seen[index]))
        torch.testing.assert_close(values.query, plain.query)
    assert not any(one.to_v._forward_hooks for one in chosen)
