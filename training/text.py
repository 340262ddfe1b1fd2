"""The embedded model's words: a CLIP tokenizer in which each word of the captions is one token."""

from __future__ import annotations

import math
import re

import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

MAX_TOKENS = 48
WIDTH = 128
WORD_END = "</w>"


def new_tokenizer(captions: list[str]) -> CLIPTokenizer:
    """Return a tokenizer for the words of the captions; other words fall into letters.

    Parameters
    ----------
    captions : list of str
        All that the model will be trained on.

    Raises
    ------
    ValueError
        If a word of the captions would not be one token.
    """
    words = sorted({word for text in captions for word in _words(text)})
    letters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    tokens = [*letters, *(letter + WORD_END for letter in letters)]
    merges = _merges(words)
    tokens += [first + second for first, second in merges]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=MAX_TOKENS)
    broken = [word for word in words if len(tokenizer.tokenize(word)) != 1]
    if broken:
        raise ValueError(f"These words are not one token each, change the merges' order: {broken}")
    return tokenizer


def _merges(words: list[str]) -> list[tuple[str, str]]:
    """Return byte-pair merges under which each of the words ends as one token.

    Words are added one by one: what the merges so far leave of a word is joined from its end, so
    that each new merge holds a word's last letter and cannot break up another word.
    """
    merges: list[tuple[str, str]] = []
    for word in words:
        pieces = [*word[:-1], word[-1] + WORD_END]
        for first, second in merges:
            pieces = _join(pieces, first, second)
        while len(pieces) > 1:
            merges.append((pieces[-2], pieces[-1]))
            pieces[-2:] = [pieces[-2] + pieces[-1]]
    return merges


def _join(pieces: list[str], first: str, second: str) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and joined[-1] == first and piece == second:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Return an untrained text encoder of two causal layers."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=MAX_TOKENS,
        hidden_act="quick_gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    encoder = CLIPTextModel(config)
    _look_back(encoder)
    return encoder


@torch.no_grad()
def _look_back(encoder: CLIPTextModel) -> None:
    """Start the first layer's heads as looks at a token itself and at the three before it.

    A colour word belongs to the part named before it. With learned positions of random start every
    position would have to find out by itself which tokens those are; here positions start as
    sinusoids, under which a look back is one rotation, the same for all positions.
    """
    modules = dict(encoder.named_modules())
    embeddings = next(m for name, m in modules.items() if name.endswith("embeddings"))
    first = next(m for name, m in modules.items() if name.endswith("layers.0.self_attn"))
    heads, dim = 4, WIDTH // 4
    rates = math.pi * (torch.arange(dim // 2) + 0.5) / (dim // 2)
    angles = torch.arange(MAX_TOKENS)[:, None] * rates
    places = torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1)
    embeddings.position_embedding.weight.zero_()
    embeddings.position_embedding.weight[:, :dim] = places
    embeddings.token_embedding.weight.normal_(0, 0.4)
    embeddings.token_embedding.weight[:, :dim] = 0
    for projection in (first.q_proj, first.k_proj):
        projection.weight.zero_()
        projection.bias.zero_()
    for head in range(heads):
        rows = slice(head * dim, (head + 1) * dim)
        turn = -head * rates
        blocks = [
            torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]])
            for t in turn.tolist()
        ]
        first.q_proj.weight[rows, :dim] = torch.block_diag(*blocks)
        first.k_proj.weight[rows, :dim] = torch.eye(dim)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+|[^\sa-z]+", text.lower())
