"""The one or two text encoders of a checkpoint: from text to prompt embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from ..errors import CheckpointError
from .quiet import quiet_libraries

TOKENS = 77
"""Tokens of a prompt in CLIP's text encoders, for checkpoints without a text encoder."""

CLIP_START, CLIP_END = 49406, 49407
"""CLIP's tokens for the start and the end of a text."""


@dataclass(frozen=True, eq=False)
class Conditioning:
    """The embedding of a text, on which the UNet is conditioned.

    Attributes
    ----------
    prompt : Tensor, shape (1, tokens, dim)
        The prompt embedding.
    pooled : Tensor, shape (1, dim)
        One vector for the whole text, from the last encoder.
    """

    prompt: Tensor
    pooled: Tensor


class EmptyTextTokenizer:
    """A tokenizer for the empty text only, which needs no vocabulary.

    A single-file checkpoint holds the weights of its encoders but not their vocabulary.

    Parameters
    ----------
    padding : int
        The token that fills the prompt: `CLIP_END` in Stable Diffusion 1 and in SDXL's first
        encoder, 0 in Stable Diffusion 2 and in SDXL's second.
    """

    model_max_length = TOKENS

    def __init__(self, padding: int) -> None:
        self._padding = padding

    def __call__(self, text: str, *, max_length: int, **options: Any) -> SimpleNamespace:
        """Return the tokens of the empty text, shape (1, max_length).

        Raises
        ------
        CheckpointError
            If the text is not empty.
        """
        if text:
            raise self.no_vocabulary(text)
        ids = [CLIP_START, CLIP_END, *[self._padding] * (max_length - 2)]
        return SimpleNamespace(input_ids=torch.tensor([ids]))

    @staticmethod
    def no_vocabulary(text: str) -> CheckpointError:
        """Return the error for a text that is not empty."""
        return CheckpointError(
            f"A single-file checkpoint holds no vocabulary, so that {text!r} cannot be encoded; "
            "load the model from its folder or from the Hugging Face hub."
        )


class TextEncoders:
    """The text encoders of a checkpoint, on the CPU in single precision.

    They run once or twice per loaded model and would only occupy memory of the graphics card.

    Parameters
    ----------
    tokenizers : sequence of CLIPTokenizer or EmptyTextTokenizer
        One for each encoder.
    encoders : sequence of CLIPTextModel or CLIPTextModelWithProjection
        One for Stable Diffusion 1 and 2; two for SDXL, whose penultimate layers are concatenated.
    """

    def __init__(self, tokenizers: Sequence[Any], encoders: Sequence[Any]) -> None:
        self._tokenizers = tuple(tokenizers)
        self._encoders = tuple(encoder.float().eval().requires_grad_(False) for encoder in encoders)
        self.widths = tuple(int(encoder.config.hidden_size) for encoder in self._encoders)
        self.tokens = min(
            int(self._tokenizers[0].model_max_length),
            int(self._encoders[0].config.max_position_embeddings),
        )

    @cached_property
    def empty(self) -> Conditioning:
        """The embedding of the empty text, which every use of a model needs."""
        return self.encode("")

    @torch.no_grad()
    def encode(self, text: str) -> Conditioning:
        """Return the embedding of a text, truncated to the encoder's number of tokens."""
        prompts = []
        for tokenizer, encoder in zip(self._tokenizers, self._encoders, strict=True):
            ids = tokenizer(
                text,
                padding="max_length",
                max_length=self.tokens,
                truncation=True,
                return_tensors="pt",
            ).input_ids
            output = encoder(ids, output_hidden_states=True)
            penultimate = len(self._encoders) > 1
            prompts.append(output.hidden_states[-2] if penultimate else output.last_hidden_state)
        pooled = output.text_embeds if hasattr(output, "text_embeds") else output.pooler_output
        return Conditioning(torch.cat(prompts, dim=-1), pooled)

    def tokens_of(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text by the first tokenizer, without start and end tokens."""
        tokenizer = self._tokenizers[0]
        if isinstance(tokenizer, EmptyTextTokenizer):
            raise EmptyTextTokenizer.no_vocabulary(text)
        # A long text makes transformers print a warning; prompts are truncated when encoded.
        with quiet_libraries():
            pieces = tokenizer.tokenize(text)
        return tuple(piece.removesuffix("</w>") for piece in pieces)

    @staticmethod
    def missing(name: str) -> CheckpointError:
        """Return the error for a checkpoint without text encoder."""
        return CheckpointError(
            f"The model {name!r} has no text encoder, so it cannot encode any text, not even the "
            "empty one, which cached queries and SDXL need; use a complete checkpoint, or pass a "
            "prompt."
        )
