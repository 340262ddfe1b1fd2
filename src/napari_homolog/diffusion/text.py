"""Words in, prompt embeddings out: the one or two text encoders of a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import CheckpointError


@dataclass(frozen=True, eq=False)
class Conditioning:
    """What a text becomes.

    Attributes
    ----------
    prompt : Tensor, shape (1, tokens, dim)
        The prompt embedding.
    pooled : Tensor, shape (1, dim)
        One vector for the whole text, of the last encoder.
    """

    prompt: Tensor
    pooled: Tensor


class Words:
    """The text encoders of a checkpoint.

    Parameters
    ----------
    tokenizers : sequence of CLIPTokenizer
        One for each encoder.
    encoders : sequence of CLIPTextModel or CLIPTextModelWithProjection
        One as in Stable Diffusion 1 and 2, or two as in SDXL, whose penultimate layers are joined.
    """

    def __init__(self, tokenizers: Sequence[Any], encoders: Sequence[Any]) -> None:
        self._tokenizers = tuple(tokenizers)
        self._encoders = tuple(encoder.eval().requires_grad_(False) for encoder in encoders)
        self.tokens = int(self._encoders[0].config.max_position_embeddings)

    @torch.no_grad()
    def encode(self, text: str, device: torch.device) -> Conditioning:
        """Return what a text becomes; words beyond the encoder's length are cut off."""
        parts = []
        for tokenizer, encoder in zip(self._tokenizers, self._encoders, strict=True):
            ids = tokenizer(
                text,
                padding="max_length",
                max_length=self.tokens,
                truncation=True,
                return_tensors="pt",
            ).input_ids
            output = encoder.to(device)(ids.to(device), output_hidden_states=True)
            joined = len(self._encoders) > 1
            parts.append(output.hidden_states[-2] if joined else output.last_hidden_state)
        pooled = output.text_embeds if hasattr(output, "text_embeds") else output.pooler_output
        return Conditioning(torch.cat(parts, dim=-1).float(), pooled.float())

    @staticmethod
    def missing(name: str) -> CheckpointError:
        """Return the error for a checkpoint without text encoder."""
        return CheckpointError(
            f"The model {name!r} has no text encoder, so that it knows no words, not even the empty "
            "text that frozen queries need; use a complete checkpoint, or the method 'exact'."
        )
