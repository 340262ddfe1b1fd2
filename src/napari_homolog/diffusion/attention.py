"""Capturing a UNet's cross-attention in chosen layers, without running the layers after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch import Tensor

from ..errors import CheckpointError, SettingsError


@dataclass(frozen=True, eq=False)
class Queries:
    """The queries of one cross-attention layer, and the features they are computed from.

    Attributes
    ----------
    query : Tensor of float32, shape (n, heads, positions, dim)
        Scaled, so that ``softmax(query @ (key_weight @ prompt))`` is the layer's attention.
    key_weight : Tensor, shape (heads, dim, prompt_dim)
        Projects a prompt token to one key for each head; in the model's precision.
    features : Tensor of float32, shape (n, positions, channels)
        Image features: the layer's input, normalised by the layer norm before it, or another facet.
    shape : (int, int)
        Rows and columns of the positions.
    """

    query: Tensor
    key_weight: Tensor
    features: Tensor
    shape: tuple[int, int]


class _LastLayerReached(Exception):
    """Ends a forward pass once all chosen layers were captured."""


Capture = Callable[[Attention, Tensor, Tensor], Any]
"""Called with a layer, its image features (n, positions, c) and its prompt (n, tokens, dim);
returns what to keep."""


@dataclass
class _Recording:
    """State that the processors of one UNet share during a forward pass."""

    capture: Capture | None = None
    pending: set[int] = field(default_factory=set)
    captured: dict[int, Any] = field(default_factory=dict)


class _CapturingProcessor(AttnProcessor2_0):  # type: ignore[misc]
    """The fused attention processor of one layer, which captures before it computes."""

    def __init__(self, index: int, recording: _Recording) -> None:
        super().__init__()
        self._index = index
        self._recording = recording

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        *args: Any,
        **kwargs: Any,
    ) -> Tensor:
        recording = self._recording
        if recording.capture is not None and self._index in recording.pending:
            recording.captured[self._index] = recording.capture(
                attn, hidden_states, encoder_hidden_states
            )
            recording.pending.discard(self._index)
            if not recording.pending:
                raise _LastLayerReached
        output: Tensor = super().__call__(
            attn, hidden_states, encoder_hidden_states, *args, **kwargs
        )
        return output


class CrossAttention:
    """The cross-attention layers of one UNet, numbered through the down, middle and up blocks.

    Parameters
    ----------
    unet : UNet2DConditionModel
        Its cross-attention layers get new processors. Other models are not affected.

    Raises
    ------
    CheckpointError
        If the UNet has no cross-attention, or normalises keys or queries, which Stable Diffusion
        does not.
    """

    def __init__(self, unet: UNet2DConditionModel) -> None:
        self._recording = _Recording()
        self.layers = [unet.get_submodule(name) for name in self.names(unet)]
        unusual = any(layer.norm_cross or layer.norm_q or layer.norm_k for layer in self.layers)
        if unusual or not self.layers:
            raise CheckpointError(
                "This UNet has no cross-attention like Stable Diffusion's, from which landmarks are "
                "read; use Stable Diffusion 1, 2 or XL or a model of the same architecture."
            )
        before = [name.removesuffix("attn2") + "attn1" for name in self.names(unet)]
        self._self_attention = [dict(unet.named_modules()).get(name) for name in before]
        for index, layer in enumerate(self.layers):
            layer.set_processor(_CapturingProcessor(index, self._recording))

    @staticmethod
    def names(unet: UNet2DConditionModel) -> list[str]:
        """Return the module names of the cross-attention layers: down, middle and up blocks."""
        layers = [name for name, _ in unet.named_modules() if name.endswith("attn2")]
        order = ("down_blocks", "mid_block", "up_blocks")
        return sorted(layers, key=lambda name: order.index(name.partition(".")[0]))

    def check(self, layers: Sequence[int]) -> None:
        """Raise `SettingsError` unless all the layers exist."""
        wrong = [index for index in layers if not 0 <= index < len(self.layers)]
        if wrong or not layers:
            raise SettingsError(
                f"There are no cross-attention layers {list(layers)}; choose one or more of this "
                f"model's layers 0 to {len(self.layers) - 1}."
            )

    def run(self, forward: Callable[[], Any], layers: Sequence[int], capture: Capture) -> list[Any]:
        """Run a forward pass up to the last of the layers and return what was captured.

        Parameters
        ----------
        forward : callable
            Runs the UNet.
        layers : sequence of int
            Layers to capture.
        capture : callable
            Called in each layer; returns what to keep.

        Returns
        -------
        list
            What `capture` returned, in the order of `layers`.
        """
        self.check(layers)
        with self._capturing(set(layers), capture) as captured, suppress(_LastLayerReached):
            forward()
        return [captured[index] for index in layers]

    @contextmanager
    def self_values(self, layers: Sequence[int]) -> Iterator[dict[Attention, Tensor]]:
        """Keep the values of the self-attention in the block of each layer, while this block runs.

        Parameters
        ----------
        layers : sequence of int
            Cross-attention layers; none: nothing is kept.

        Yields
        ------
        dict
            Values (n, positions, channels) by cross-attention layer, filled as the UNet runs.

        Raises
        ------
        CheckpointError
            If one of the blocks has no self-attention.
        """
        if layers:
            self.check(layers)
        kept: dict[Attention, Tensor] = {}

        def keep(layer: Attention) -> Callable[[Any, Any, Tensor], None]:
            return lambda _module, _given, values: kept.__setitem__(layer, values)

        hooks = []
        try:
            for index in layers:
                before = self._self_attention[index]
                if not isinstance(before, Attention) or before.is_cross_attention:
                    raise CheckpointError(
                        f"Layer {index} of this UNet has no self-attention before it, whose values "
                        "were asked for; choose the features 'input' or 'queries'."
                    )
                hooks.append(before.to_v.register_forward_hook(keep(self.layers[index])))
            yield kept
        finally:
            for hook in hooks:
                hook.remove()

    @contextmanager
    def _capturing(self, layers: set[int], capture: Capture) -> Iterator[dict[int, Any]]:
        recording = self._recording
        recording.capture, recording.pending, recording.captured = capture, layers, {}
        try:
            yield recording.captured
        finally:
            recording.capture, recording.pending, recording.captured = None, set(), {}


def probabilities(attn: Attention, features: Tensor, prompt: Tensor, token: int | None) -> Tensor:
    """Return the attention probabilities of all tokens of a prompt, or of one.

    Parameters
    ----------
    attn : Attention
        The layer.
    features : Tensor, shape (n, positions, c)
        Image features.
    prompt : Tensor, shape (n, tokens, prompt_dim)
        Prompt embeddings.
    token : int or None
        The token; None: all of them.

    Returns
    -------
    Tensor, shape (n, heads, positions, tokens) or (n, heads, positions)
        Float32; probabilities of each position sum to one over all tokens.
    """
    query: Tensor = _by_head(attn.to_q(features), attn.heads).float() * attn.scale
    key = _by_head(attn.to_k(prompt), attn.heads).float()
    logits = query @ key.transpose(-1, -2)
    if token is None:
        return logits.softmax(-1)
    return (logits[..., token] - logits.logsumexp(-1)).exp()


def scaled_queries(attn: Attention, features: Tensor, shape: tuple[int, int]) -> Queries:
    """Return the queries of a layer for its image features, see `Queries`.

    Parameters
    ----------
    attn : Attention
        The cross-attention layer.
    features : Tensor, shape (views, positions, channels)
        Its image features.
    shape : (int, int)
        Rows and columns of the positions.
    """
    weight = attn.to_k.weight
    return Queries(
        query=_by_head(attn.to_q(features), attn.heads).float() * attn.scale,
        key_weight=weight.unflatten(0, (attn.heads, -1)),
        features=features.float(),
        shape=shape,
    )


def _by_head(projected: Tensor, heads: int) -> Tensor:
    count, positions, _ = projected.shape
    return projected.reshape(count, positions, heads, -1).transpose(1, 2)


def grid(latents: Tensor, positions: int) -> tuple[int, int]:
    """Return the rows and columns of a layer's positions.

    Parameters
    ----------
    latents : Tensor, shape (n, channels, height, width)
        The UNet's input.
    positions : int
        The layer's number of positions.

    Raises
    ------
    ValueError
        If no number of halvings of the latents' sides, rounded up, gives that many positions.
    """
    rows, cols = latents.shape[-2:]
    while rows * cols > positions:
        rows, cols = (rows + 1) // 2, (cols + 1) // 2
    if rows * cols != positions:
        height, width = latents.shape[-2:]
        raise ValueError(
            f"{positions} positions do not result from halving {height} x {width} latents"
        )
    return rows, cols
