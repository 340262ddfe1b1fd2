"""PF-Willow: four kinds of objects with ten landmarks each (Ham et al. 2016)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ...errors import DatasetError
from ...landmarks import Landmarks
from .layout import Dataset, Protocol
from .pair import Pair, Picture

POINTS = range(1, 11)
NAMES = tuple(str(number) for number in POINTS)
LISTS = ("test_pairs.csv", "test_pairs_pf.csv")


def _read(dataset: Dataset, folder: Path, _protocol: Protocol) -> list[Pair]:
    path = dataset.require(folder, *LISTS)
    sides = ("A", "B")
    columns = [f"{axis}{side}{n}" for side in sides for axis in "XY" for n in POINTS]
    pictures: dict[str, Picture] = {}
    pairs = []
    for row in dataset.table(path, ["imageA", "imageB", *columns]):
        try:
            pictures_of_pair = [_picture(dataset, folder, row, side) for side in sides]
        except DatasetError:
            raise
        except ValueError as error:
            raise dataset.damaged(path, error) from error
        pairs.append(Pair(*(pictures.setdefault(one.name, one) for one in pictures_of_pair)))
    return pairs


def _picture(dataset: Dataset, folder: Path, row: dict[str, str], side: str) -> Picture:
    name = PurePosixPath(row[f"image{side}"])
    # The published list includes the name of the folder that the archive unpacks to.
    path = dataset.require(folder, str(name), str(PurePosixPath(*name.parts[1:])))
    points = [(float(row[f"Y{side}{n}"]), float(row[f"X{side}{n}"])) for n in POINTS]
    in_own_folder = name.parent.name not in ("", "images")
    category = name.parent.name if in_own_folder else name.name.partition("__")[0]
    return Picture(str(name), path, Landmarks.from_arrays(NAMES, points), category)


PF_WILLOW = Dataset(
    name="pf-willow",
    title="PF-Willow",
    place="https://www.di.ens.fr/willow/research/proposalflow/ (pictures) and "
    "https://www.di.ens.fr/willow/research/cnngeometric/other_resources/test_pairs_pf.csv (pairs)",
    tree="""\
test_pairs.csv (or test_pairs_pf.csv): imageA, imageB, XA1..10, YA1..10, XB1..10, YB1..10
car(G)/Cars_006a.png, ... (or wherever the list says)""",
    read=_read,
)
