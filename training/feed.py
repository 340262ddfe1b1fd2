"""Pictures for the training: generated in a process of their own, kept in a reservoir."""

from __future__ import annotations

import multiprocessing
import os
import queue
from multiprocessing.queues import Queue

import numpy as np
from numpy.typing import NDArray

from napari_homolog.synthetic import KINDS, render
from napari_homolog.synthetic.world import generate_world_picture

from .block_transform import CELL, LATENT_CHANNELS, encode
from .vocabulary import MAX_TOKENS, Tokens

SIDES = {48: 0.75, 64: 0.25}
"""Sides of the pictures in pixels, and the share of the steps that show each.

Networks of convolutions and attention take any size. Small pictures cost half as much as those of 64
pixels, which the model is used at, and teach nearly as much.
"""

FIVE_KINDS_SHARE = 0.1
"""Share of the pictures that show the five kinds of `napari_homolog.synthetic.generate`, as it paints
them; the others are of the wide world."""

REACH = (0.6, 1.12)
"""Share of the frame that a specimen of the five kinds takes; above 1 the frame cuts some off."""

EASY = (0.8, 0.25, 250_000)
"""Probability of an easy picture at the start, from a number of generated pictures on, and that number:
parts emerge sooner where specimens are upright, large and alone."""

USES = 4.0
"""How often each picture is shown, on average, each time with other noise."""

LEAST = 1500
"""Pictures in a reservoir before it gives any, so that batches are mixed."""

CAPACITY = 12_288
"""Most pictures in a reservoir; the oldest make way."""

PIECE = 64
"""Pictures that are handed over at a time."""

Piece = tuple[NDArray[np.float16], NDArray[np.int16]]
"""Latents (n, channels, side, side) and tokens (n, 48)."""


def make_picture(seed: int, number: int, side: int) -> tuple[NDArray[np.uint8], str]:
    """Return a training picture and its caption.

    Parameters
    ----------
    seed : int
        Of the training.
    number : int
        The same number gives the same picture.
    side : int
        Of the picture, in pixels; other sides give other pictures.
    """
    rng = np.random.default_rng((seed, number, side))
    if rng.random() < FIVE_KINDS_SHARE:
        kind = KINDS[int(rng.integers(len(KINDS)))]
        picture = render(kind, rng, (side, side), reach=REACH)
        return picture.image, picture.caption
    first, last, end = EASY
    easy = first + (last - first) * min(1.0, number / end)
    world = generate_world_picture((seed, number, side, 1), (side, side), easy=easy)
    return world.image, world.caption


def make_piece(seed: int, first: int, side: int, tokens: Tokens) -> Piece:
    """Return `PIECE` pictures from a number on, as latents and tokens."""
    made = [make_picture(seed, first + index, side) for index in range(PIECE)]
    latents = encode(np.stack([image for image, _ in made])).astype(np.float16)
    return latents, tokens([caption for _, caption in made])


def _produce(
    pieces: Queue[Piece], vocabulary: dict[str, int], seed: int, first: int, side: int, parent: int
) -> None:
    """Make pieces until the parent process is gone."""
    tokens = Tokens(vocabulary)
    # Nobody reads the last pieces once the parent is gone; the process must not wait for it.
    pieces.cancel_join_thread()
    while True:
        piece = make_piece(seed, first, side, tokens)
        first += PIECE
        while True:
            if os.getppid() != parent:
                return
            try:
                pieces.put(piece, timeout=5)
                break
            except queue.Full:
                continue


class Reservoir:
    """Recent pictures of one size, from which batches are drawn.

    Parameters
    ----------
    vocabulary : dict of str to int
        The tokenizer's.
    seed : int
        Of the pictures.
    first : int
        Number of the first picture: how many were made before.
    side : int
        Of the pictures, in pixels.
    least, capacity : int
        See `LEAST` and `CAPACITY`.
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        seed: int,
        first: int,
        side: int,
        *,
        least: int = LEAST,
        capacity: int = CAPACITY,
    ) -> None:
        cells = side // CELL
        self.generated = 0
        self._least, self._shown = least, 0
        self._latents = np.empty((capacity, LATENT_CHANNELS, cells, cells), dtype=np.float16)
        self._tokens = np.empty((capacity, MAX_TOKENS), dtype=np.int16)
        context = multiprocessing.get_context("spawn")
        self._pieces = context.Queue(maxsize=3)
        self._process = context.Process(
            target=_produce,
            args=(self._pieces, vocabulary, seed, first, side, os.getpid()),
            daemon=True,
        )
        self._process.start()

    def batch(self, count: int, rng: np.random.Generator) -> Piece:
        """Return a random batch, after as many new pictures as are due.

        Parameters
        ----------
        count : int
            Pictures in the batch.
        rng : numpy.random.Generator
            Draws the batch.
        """
        self._shown += count
        while self.generated < self._least + self._shown / USES:
            self._take()
        chosen = rng.integers(0, min(self.generated, len(self._latents)), count)
        return self._latents[chosen], self._tokens[chosen]

    def close(self) -> None:
        """End the process that makes pictures."""
        self._process.terminate()
        self._process.join()

    def _take(self) -> None:
        while True:
            try:
                latents, tokens = self._pieces.get(timeout=10)
                break
            except queue.Empty:
                if not self._process.is_alive():
                    raise RuntimeError(
                        "The process that generates pictures has ended; its error is printed above."
                    ) from None
        places = (self.generated + np.arange(len(latents))) % len(self._latents)
        self._latents[places], self._tokens[places] = latents, tokens
        self.generated += len(latents)
