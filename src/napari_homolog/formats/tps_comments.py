"""Estimated landmarks in TPS files: their numbers at the end of the comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .file_specimen import ESTIMATED

_NUMBERS = re.compile(r"\s*\[estimated: ([0-9]{1,9}(?: [0-9]{1,9})*)\]\s*$")


def with_estimated(comment: str, status: Sequence[str] | None) -> str:
    """Return a comment followed by the numbers of estimated landmarks, counted from 1, if any."""
    numbers = [str(n) for n, one in enumerate(status or (), 1) if one == ESTIMATED]
    return f"{comment} [estimated: {' '.join(numbers)}]".strip() if numbers else comment


def split_estimated(comment: str, count: int) -> tuple[str, tuple[str, ...] | None]:
    """Return a comment without those numbers, and the status of each of `count` landmarks.

    The status is None if none is estimated, and empty for landmarks that are not. Numbers that no
    landmark has are part of the comment.
    """
    found = _NUMBERS.search(comment)
    numbers = {int(number) for number in found[1].split()} if found else set()
    if found is None or not numbers <= set(range(1, count + 1)):
        return comment, None
    status = tuple(ESTIMATED if number in numbers else "" for number in range(1, count + 1))
    return comment[: found.start()], status
