"""Which picture of a file is meant, where it holds several pages or channels."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Self

from ..errors import ImageError

RGB = (0, 1, 2)
"""The first three channels as red, green and blue."""


@dataclass(frozen=True)
class Plane:
    """A picture among several in one file.

    Attributes
    ----------
    page : int or None
        The page or frame, counted from 0; None for the only one. Where the channels of a picture are
        pages of their own, any of its pages stands for the picture.
    channels : tuple of int or None
        The channel that is read as grey, or the three that are read as red, green and blue, counted
        from 0; None for the picture as it is.

    Raises
    ------
    ImageError
        If there are neither one nor three channels, or a number is negative.
    """

    page: int | None = None
    channels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.page is not None and self.page < 0:
            raise ImageError(f"There is no page {self.page}; pages are counted from 0.")
        if self.channels is not None and (
            len(self.channels) not in (1, 3) or min(self.channels) < 0
        ):
            raise ImageError(
                f"{self.channels} are no channels of one picture; give one, or three as red, green and "
                "blue, counted from 0."
            )

    @classmethod
    def of(cls, page: int | None, channel: str | None) -> Self | None:
        """Return what a user asks for; None for the only picture of a file.

        Parameters
        ----------
        page : int or None
            The page, from 0.
        channel : str or None
            ``"rgb"`` for the first three channels, a number, or three such as ``"2,1,0"``.

        Raises
        ------
        ImageError
            If the channel is none of these.

        Examples
        --------
        >>> Plane.of(None, "rgb")
        Plane(page=None, channels=(0, 1, 2))
        """
        if page is None and channel is None:
            return None
        if channel is None:
            return cls(page)
        if channel.strip().lower() == "rgb":
            return cls(page, RGB)
        if not re.fullmatch(r"\s*\d{1,6}(\s*,\s*\d{1,6}\s*,\s*\d{1,6})?\s*", channel, re.ASCII):
            raise ImageError(
                f"{channel!r} is no channel; give rgb for the first three, a number counted from 0, or "
                "three such as 2,1,0 for red, green and blue."
            )
        return cls(page, tuple(map(int, channel.split(","))))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the plane of a text that `text` returned; raise `ValueError` for any other."""
        page, channels = json.loads(text)
        if not all(isinstance(one, int) for one in (page or 0, *(channels or ()))):
            raise ValueError(f"{text!r} is no plane")
        return cls(page, None if channels is None else tuple(channels))

    @property
    def text(self) -> str:
        """The plane as text, to be stored."""
        return json.dumps([self.page, self.channels])

    def __str__(self) -> str:
        parts = [] if self.page is None else [f"page {self.page}"]
        if self.channels == RGB:
            parts.append("channels rgb")
        elif self.channels is not None:
            parts.append(f"channel {','.join(map(str, self.channels))}")
        return ", ".join(parts)


def plane_of(page: int | Plane | None) -> Plane:
    """Return the plane that a page stands for, or the plane itself."""
    return page if isinstance(page, Plane) else Plane(page)
