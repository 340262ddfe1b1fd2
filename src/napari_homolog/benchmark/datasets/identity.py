"""The identity of the data of a benchmark: which pictures and landmarks, in which pairs.

Names do not identify data. Two folders may be called the same and hold files of the same names, and
every folder of one's own is read by the same loader. Results are therefore kept apart by a digest of
the pictures' contents and landmarks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from .pair import Pair, Picture

SHOWN = 8
"""Hexadecimal digits of a digest in names of folders and headings."""


@dataclass(frozen=True)
class DataIdentity:
    """The data of a benchmark.

    Attributes
    ----------
    dataset : str
        Name of the data set, which decides how errors are judged; `folder` for all folders of one's
        own.
    title : str
        What reports call the data. It does not identify them.
    digest : str
        SHA-256 of the ordered pairs, hexadecimal: names, contents, landmarks, categories and boxes
        of their pictures.
    """

    dataset: str
    title: str
    digest: str

    @property
    def short(self) -> str:
        """First digits of the digest."""
        return self.digest[:SHOWN]

    @property
    def folder_name(self) -> str:
        """Name of the folder for runs on these data: readable, and different for other data."""
        readable = "".join(c if c.isalnum() or c in "-_" else "-" for c in self.title)
        return f"{readable}-{self.short}"

    @property
    def key(self) -> tuple[str, str]:
        """What is equal for the same data and different for others, whatever they are called."""
        return self.dataset, self.digest


def identify(dataset: str, title: str, pairs: Sequence[Pair]) -> DataIdentity:
    """Return the identity of the data that some pairs make up; reads every image file once.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    title : str
        What reports call the data; default, where empty: the data set's name.
    pairs : sequence of Pair
        In the order in which they are measured.
    """
    pictures = {id(one): one for pair in pairs for one in (pair.source, pair.target)}
    digests = {key: _digest_of(picture) for key, picture in pictures.items()}
    ordered = [[digests[id(pair.source)], digests[id(pair.target)]] for pair in pairs]
    return DataIdentity(dataset, title or dataset, _sha256_of([dataset, ordered]))


def digest_of_pictures(pictures: Iterable[Picture]) -> str:
    """Return a SHA-256 of pictures and their landmarks, in their order."""
    return _sha256_of([_digest_of(picture) for picture in pictures])


def _digest_of(picture: Picture) -> str:
    marks = picture.landmarks
    # Pictures without drawn boxes keep the digests that stored results have.
    drawn = {} if picture.drawn is None else {"drawn": astuple(picture.drawn)}
    return _sha256_of(
        {
            **drawn,
            "name": picture.name,
            "content": hashlib.sha256(picture.path.read_bytes()).hexdigest(),
            "landmarks": [
                # NaN is no JSON.
                [name, *(point.tolist() if present else (None, None))]
                for name, point, present in zip(
                    marks.names, marks.points, marks.present, strict=True
                )
            ],
            "category": picture.category,
            "box": picture.box,
            "mirrored": picture.mirrored,
        }
    )


def _sha256_of(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
