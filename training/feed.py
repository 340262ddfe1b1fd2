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

RESOLUTION = 64
"""Side of the pictures in pixels."""

FIVE_KINDS_SHARE = 0.1
"""Share of the pictures that show the five kinds of `napari_homolog.synthetic.generate`, as it paints
them; the others are of the wide world."""

REACH = (0.6, 1.12)
"""Share of the frame that a specimen of the five kinds takes; above 1 the frame cuts some off."""

USES = 2.5
"""How often each picture is shown, on average, each time with other noise."""

LEAST = 3000
"""Pictures in the reservoir before the training starts, so that batches are mixed."""

CAPACITY = 16_384
"""Most pictures in the reservoir; the oldest make way."""

PIECE = 64
"""Pictures that are handed over at a time."""

Piece = tuple[NDArray[np.float16], NDArray[np.int16]]
"""Latents (n, channels, side, side) and tokens (n, 48)."""


def make_picture(seed: int, number: int) -> tuple[NDArray[np.uint8], str]:
    """Return a training picture and its caption.

    Parameters
    ----------
    seed : int
        Of the training.
    number : int
        The same number gives the same picture.
    """
    rng = np.random.default_rng((seed, number, 5))
    if rng.random() < FIVE_KINDS_SHARE:
        kind = KINDS[int(rng.integers(len(KINDS)))]
        picture = render(kind, rng, (RESOLUTION, RESOLUTION), reach=REACH)
        return picture.image, picture.caption
    world = generate_world_picture((seed, number), (RESOLUTION, RESOLUTION))
    return world.image, world.caption


def make_piece(seed: int, first: int, tokens: Tokens) -> Piece:
    """Return `PIECE` pictures from a number on, as latents and tokens."""
    made = [make_picture(seed, first + index) for index in range(PIECE)]
    latents = encode(np.stack([image for image, _ in made])).astype(np.float16)
    return latents, tokens([caption for _, caption in made])


def _produce(
    pieces: Queue[Piece], vocabulary: dict[str, int], seed: int, first: int, parent: int
) -> None:
    """Make pieces until the parent process is gone."""
    tokens = Tokens(vocabulary)
    while True:
        piece = make_piece(seed, first, tokens)
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
    """Recent pictures, from which batches are drawn.

    Parameters
    ----------
    vocabulary : dict of str to int
        The tokenizer's.
    seed : int
        Of the pictures.
    generated : int
        Number of the first picture: how many were made before.
    least, capacity : int
        See `LEAST` and `CAPACITY`.
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        seed: int,
        generated: int = 0,
        *,
        least: int = LEAST,
        capacity: int = CAPACITY,
    ) -> None:
        side = RESOLUTION // CELL
        self.generated = generated
        self._latents = np.empty((capacity, LATENT_CHANNELS, side, side), dtype=np.float16)
        self._tokens = np.empty((capacity, MAX_TOKENS), dtype=np.int16)
        self._kept = 0
        context = multiprocessing.get_context("spawn")
        self._pieces = context.Queue(maxsize=3)
        self._process = context.Process(
            target=_produce,
            args=(self._pieces, vocabulary, seed, generated, os.getpid()),
            daemon=True,
        )
        self._process.start()
        while self._kept < least:
            self._take()

    def batch(self, count: int, seen: int, rng: np.random.Generator) -> Piece:
        """Return a random batch, after as many new pictures as are due.

        Parameters
        ----------
        count : int
            Pictures in the batch.
        seen : int
            Pictures that the training has been shown in all its life.
        rng : numpy.random.Generator
            Draws the batch.
        """
        while self.generated < seen / USES:
            self._take()
        chosen = rng.integers(0, min(self._kept, len(self._latents)), count)
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
        places = (self._kept + np.arange(len(latents))) % len(self._latents)
        self._latents[places], self._tokens[places] = latents, tokens
        self._kept += len(latents)
        self.generated += len(latents)
