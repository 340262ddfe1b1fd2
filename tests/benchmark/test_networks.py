"""DINO, DINOv2 and VGG with small random weights, and hand-made descriptors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import Dinov2Config, Dinov2Model, ViTConfig, ViTModel

from napari_homolog import Landmarks
from napari_homolog.benchmark.matchers import (
    BASELINES,
    CLASSICAL_BASELINES,
    MATCHERS,
    METHOD,
    create_baseline,
)
from napari_homolog.benchmark.matchers.best_buddies import best_buddies
from napari_homolog.benchmark.matchers.descriptors import Describer, Descriptors
from napari_homolog.benchmark.matchers.moving_least_squares import MovingLeastSquaresMatcher
from napari_homolog.benchmark.matchers.nearest import NearestNeighbour
from napari_homolog.benchmark.matchers.vgg import Vgg, convolutions
from napari_homolog.benchmark.matchers.vision_transformers import Dino, DinoV2
from napari_homolog.errors import CheckpointError, SettingsError

CPU = torch.device("cpu")
SMALL = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
BLOCKS = ((4, 2), (4, 2), (8, 4), (8, 4), (8, 4))
MARKS = Landmarks({"a": (20, 30), "b": (60, 80)})


@pytest.fixture
def dino(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = ViTConfig(**SMALL, intermediate_size=32, image_size=64, patch_size=32)
    ViTModel(config).save_pretrained(tmp_path / "dino")
    return tmp_path / "dino"


@pytest.fixture
def dinov2(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = Dinov2Config(**SMALL, mlp_ratio=2, image_size=64, patch_size=32)
    Dinov2Model(config).save_pretrained(tmp_path / "dinov2")
    return tmp_path / "dinov2"


def write_vgg(folder: Path, blocks: tuple[tuple[int, int], ...]) -> Path:
    torch.manual_seed(0)
    folder.mkdir()
    weights = convolutions(blocks).state_dict()
    save_file(
        {f"features.{name}": value for name, value in weights.items()} | {"head": torch.zeros(1)},
        folder / "model.safetensors",
    )
    return folder


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).random((96, 128, 3), np.float32)


class ByHand(Describer):
    """Describes a picture by its own colours, on a grid of its pixels."""

    name = "colour"

    def levels(self, image: np.ndarray) -> list[Descriptors]:
        return [Descriptors(torch.from_numpy(image).permute(2, 0, 1), image.shape[:2])]

    def about(self) -> dict[str, Any]:
        return {}


def colourful() -> np.ndarray:
    """Return a picture in which no two pixels have the same hue."""
    rows, cols = np.meshgrid(np.linspace(0, 1, 20), np.linspace(0, 1, 30), indexing="ij")
    return np.stack([rows + 0.1, cols + 0.1, np.full_like(rows, 0.5)], -1).astype(np.float32)


def test_the_nearest_neighbour_is_the_place_of_the_same_colour() -> None:
    picture = colourful()
    marks = Landmarks({"a": (4, 25), "b": (15, 3)})
    found = NearestNeighbour(ByHand()).match(picture, marks, picture[::-1, ::-1].copy())
    np.testing.assert_allclose(found.points, [(15, 4), (4, 26)])
    assert found.maps is not None
    assert found.maps.shape == (2, 20, 30)
    np.testing.assert_allclose(found.maps.max((1, 2)), 1, atol=1e-6)


def test_a_grid_lies_evenly_on_its_picture() -> None:
    grid = Descriptors(torch.zeros(1, 4, 8), (40, 160))
    # Cells of 10 x 20 pixels; the first one's centre lies between pixels 4 and 5, and 9 and 10.
    np.testing.assert_allclose(
        grid.to_pixels(np.array([(0, 0), (3, 7)])), [(4.5, 9.5), (34.5, 149.5)]
    )
    np.testing.assert_allclose(grid.to_cells(np.array([(4.5, 9.5)])), [(0, 0)])


def test_buddies_of_a_picture_and_itself_are_the_same_places() -> None:
    levels = ByHand().levels(np.random.default_rng(0).random((12, 15, 3), np.float32))
    source, target = best_buddies(levels, levels)
    np.testing.assert_array_equal(source, target)
    assert len(source) > 0.9 * 12 * 15


def test_buddies_are_followed_from_coarse_to_fine() -> None:
    rng = np.random.default_rng(0)
    fine = rng.random((6, 16, 20)).astype(np.float32)
    coarse = fine.reshape(6, 8, 2, 10, 2).mean((2, 4))

    def levels(shift: int) -> list[Descriptors]:
        moved = [np.roll(fine, 2 * shift, 2), np.roll(coarse, shift, 2)]
        return [Descriptors(torch.from_numpy(one.copy()), (160, 200)) for one in moved]

    source, target = best_buddies(levels(0), levels(2))
    # Two coarse cells are forty pixels; at the seam places have other neighbours.
    inside = (source[:, 1] > 20) & (source[:, 1] < 140)
    steps = (target - source)[inside]
    assert (np.abs(steps - (0, 40)).max(1) == 0).mean() > 0.8
    assert inside.sum() > 50


def test_nothing_mutual_leaves_the_frames() -> None:
    blank = np.zeros((20, 30, 3), np.float32)
    blank[0, 0] = 1
    found = MovingLeastSquaresMatcher(ByHand()).match(blank, Landmarks({"a": (5, 6)}), blank)
    np.testing.assert_allclose(found.points, [(5, 6)], atol=0.5)


def test_buddies_carry_landmarks(picture: np.ndarray) -> None:
    small = picture[:30, :40]
    marks = Landmarks({"a": (10, 12), "b": (20, 30)})
    found = MovingLeastSquaresMatcher(ByHand()).match(small, marks, small)
    np.testing.assert_allclose(found.points, marks.points, atol=1e-6)


@pytest.mark.parametrize("name", ["dino-nn", "dino-mls", "dinov2-nn", "vgg-mls"])
def test_a_picture_s_own_landmarks_are_found_again(
    name: str, dino: Path, dinov2: Path, tmp_path: Path, picture: np.ndarray
) -> None:
    folders = {"dino": dino, "dinov2": dinov2}
    kind = name.partition("-")[0]
    if kind == "vgg":
        vgg = Vgg(str(write_vgg(tmp_path / "vgg", BLOCKS)), CPU, BLOCKS)
        matcher: Any = MovingLeastSquaresMatcher(vgg)
    else:
        matcher = create_baseline(name, checkpoint=str(folders[kind]))
    found = matcher.match(picture, MARKS, picture)
    assert matcher.name == name
    # Half a patch's diagonal: 32 of 448 pixels, on a picture of 128.
    np.testing.assert_allclose(found.points, MARKS.points, atol=32 / 448 * 128)
    assert matcher.about()["checkpoint"]


def test_dino_is_described_by_the_keys_at_three_quarters(dino: Path, picture: np.ndarray) -> None:
    describer = Dino(str(dino), CPU)
    (grid,) = describer.levels(picture)
    # 96 x 128 pixels become 336 x 448, in patches of 32: 10.5 rows are rounded to 10.
    assert grid.shape == (10, 14)
    assert grid.grid.shape[0] == 16
    seen: list[torch.Tensor] = []
    layers = [
        module
        for name, module in describer.model.named_modules()
        if name.endswith(("k_proj", "key"))
    ]
    assert len(layers) == 4
    layers[3].register_forward_hook(lambda _layer, _given, keys: seen.append(keys))
    (again,) = describer.levels(picture)
    torch.testing.assert_close(again.grid.flatten(1).T, seen[0][0, 1:])


def test_dinov2_is_described_by_its_last_tokens(dinov2: Path, picture: np.ndarray) -> None:
    (grid,) = DinoV2(str(dinov2), CPU).levels(picture)
    assert grid.shape == (10, 14)
    # The last layer ends in a normalisation without learned scale here: each has mean 0.
    np.testing.assert_allclose(grid.grid.mean(0).numpy(), 0, atol=1e-5)


def test_vgg_19_has_five_grids_each_half_as_fine(tmp_path: Path, picture: np.ndarray) -> None:
    grids = Vgg(str(write_vgg(tmp_path / "vgg", BLOCKS)), CPU, BLOCKS).levels(picture)
    assert [grid.shape for grid in grids] == [
        (160, 224), (80, 112), (40, 56), (20, 28), (10, 14)
    ]  # fmt: skip
    assert [grid.grid.shape[0] for grid in grids] == [4, 4, 8, 8, 8]


def test_the_convolutions_are_numbered_as_torchvision_s() -> None:
    names = convolutions(((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))).state_dict()
    numbers = sorted({int(name.partition(".")[0]) for name in names})
    assert numbers == [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
    assert names["28.weight"].shape == (512, 512, 3, 3)


def test_a_checkpoint_of_another_kind_is_refused(dino: Path, dinov2: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"type 'dinov2'; dino needs vit"):
        create_baseline("dino-nn", checkpoint=str(dinov2))
    with pytest.raises(CheckpointError, match="does not hold VGG-19"):
        create_baseline("vgg-mls", checkpoint=str(dino))
    with pytest.raises(CheckpointError, match="no folder"):
        create_baseline("dino-nn", checkpoint=str(tmp_path / "nothing"))
    (dino / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"no weights as \.safetensors"):
        create_baseline("dino-nn", checkpoint=str(dino))


def test_every_matcher_has_a_name_and_unknown_ones_are_refused() -> None:
    assert MATCHERS == METHOD + BASELINES + CLASSICAL_BASELINES
    for name in CLASSICAL_BASELINES:
        assert create_baseline(name).name == name
    with pytest.raises(SettingsError, match="no matcher 'surf'"):
        create_baseline("surf")
