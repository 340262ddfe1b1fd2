"""Estimated landmarks in TPS files: their numbers at the end of the comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .file_specimen import ESTIMATED

_START = "[estimated: "
_NUMBERS = re.compile(r"[0-9]{1,9}(?: [0-9]{1,9})*")


def with_estimated(comment: str, status: Sequence[str] | None) -> str:
    """Return a comment followed by the numbers of estimated landmarks, counted from 1, if any."""
    numbers = [str(n) for n, one in enumerate(status or (), 1) if one == ESTIMATED]
    return f"{comment} {_START}{' '.join(numbers)}]".strip() if numbers else comment


def split_estimated(comment: str, count: int) -> tuple[str, tuple[str, ...] | None]:
    """Return a comment without those numbers, and the status of each of `count` landmarks.

    The status is None if none is estimated, and empty for landmarks that are not. Numbers that no
    landmark has are part of the comment.
    """
    before, start, after = comment.rstrip().rpartition(_START)
    listed = after.removesuffix("]")
    if not start or listed == after or not _NUMBERS.fullmatch(listed):
        return comment, None
    numbers = {int(number) for number in listed.split()}
    if not numbers <= set(range(1, count + 1)):
        return comment, None
    status = tuple(ESTIMATED if number in numbers else "" for number in range(1, count + 1))
    return before.rstrip(), status
