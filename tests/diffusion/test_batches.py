from __future__ import annotations

import logging

import pytest
import torch

from napari_homolog.context import RunContext
from napari_homolog.diffusion.batches import in_batches, views_together
from napari_homolog.errors import Cancelled


def test_batches_cover_everything_in_order() -> None:
    views = torch.arange(10)
    assert torch.equal(torch.cat(in_batches(lambda batch: batch * 2, views, 4)), views * 2)


def test_out_of_memory_halves_the_batch_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "napari_homolog")
    sizes = []

    def compute(batch: torch.Tensor) -> torch.Tensor:
        sizes.append(len(batch))
        if len(batch) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return batch

    views = torch.arange(11)
    assert torch.equal(torch.cat(in_batches(compute, views, 8)), views)
    assert sizes == [8, 4, 2, 2, 2, 2, 2, 1]
    assert [record.getMessage() for record in caplog.records] == [
        "8 views at a time do not fit into memory; going on with 4",
        "4 views at a time do not fit into memory; going on with 2",
    ]


def test_a_single_view_that_does_not_fit_is_an_error() -> None:
    def compute(batch: torch.Tensor) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        in_batches(compute, torch.arange(3), 2)


def test_the_stop_check_is_called_before_every_batch() -> None:
    done: list[int] = []
    with pytest.raises(Cancelled):
        in_batches(
            lambda batch: done.append(len(batch)),
            torch.arange(9),
            3,
            RunContext(should_stop=lambda: bool(done)),
        )
    assert done == [3]


def test_a_cpu_computes_stable_diffusion_views_one_by_one() -> None:
    cpu = torch.device("cpu")
    assert views_together(64 * 64, cpu) == 1
    assert views_together(128 * 128, cpu) == 1
    assert views_together(16 * 16, cpu) == 16
