"""The words of the captions, and captions as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from napari_homolog.synthetic import KINDS, render
from napari_homolog.synthetic.palette import COLOURS as OLD_COLOURS
from napari_homolog.synthetic.world import COLOURS, FAMILIES

MAX_TOKENS = 48
"""Length of a prompt."""

SPECIMENS = 40
"""Specimens of each family whose parts' names are collected: many more than it takes to see each."""


@cache
def words() -> tuple[str, ...]:
    """Return all words of all captions, sorted."""
    collected = {"a", "on", ",", *COLOURS, *OLD_COLOURS}
    for family in FAMILIES:
        for seed in range(SPECIMENS):
            anatomy = family(np.random.default_rng(seed))
            collected |= {word for part in anatomy.parts for word in part.name.split(" ")}
            collected.add(anatomy.kind)
    for kind in KINDS:
        picture = render(kind, np.random.default_rng(0), (16, 16), reach=(0.8, 0.9))
        collected |= set(picture.caption.split(" "))
    return tuple(sorted(collected))


class Tokens:
    """Turns captions into token numbers, as the tokenizer does but without loading it.

    Parameters
    ----------
    vocabulary : dict of str to int
        The tokenizer's.
    """

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self._number = vocabulary
        self._start, self._end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]

    def __call__(self, captions: Sequence[str]) -> NDArray[np.int16]:
        """Return token numbers, shape (n, 48).

        Raises
        ------
        ValueError
            If a caption has a word that is no token, or too many words.
        """
        rows = np.full((len(captions), MAX_TOKENS), self._end, dtype=np.int16)
        rows[:, 0] = self._start
        for row, caption in zip(rows, captions, strict=True):
            pieces = caption.split(" ") if caption else []
            unknown = [word for word in pieces if f"{word}</w>" not in self._number]
            if unknown or len(pieces) > MAX_TOKENS - 2:
                raise ValueError(
                    f"The caption {caption!r} has {len(pieces)} words, of which {unknown} are not "
                    f"in the vocabulary; at most {MAX_TOKENS - 2} known words are possible."
                )
            row[1 : len(pieces) + 1] = [self._number[f"{word}</w>"] for word in pieces]
        return rows
