"""Devices and precisions: what is chosen, and what is refused."""

from __future__ import annotations

import pytest
import torch

from napari_homolog.diffusion.hardware import choose_device, choose_precision
from napari_homolog.errors import SettingsError


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_prefers_the_fastest_available_device(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto").type == expected


@pytest.mark.parametrize(
    ("device", "bf16", "expected"),
    [
        ("cuda", True, torch.bfloat16),
        ("cuda", False, torch.float16),
        ("mps", False, torch.float16),
        ("cpu", True, torch.float32),
    ],
)
def test_auto_takes_the_precision_that_suits_the_device(monkeypatch, device, bf16, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)
    assert choose_precision("auto", torch.device(device)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)],
)
def test_precisions_can_be_named(name, expected):
    assert choose_precision(name, torch.device("cpu")) == expected


def test_an_unknown_device_error_lists_the_choices():
    with pytest.raises(SettingsError, match=r"'gpu'; choose one of auto, cuda, mps, cpu"):
        choose_device("gpu")


def test_a_device_that_is_not_available(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        SettingsError,
        match="No cuda device is available to the installed torch; use 'auto' or 'cpu'",
    ):
        choose_device("cuda:1")


def test_a_device_with_a_bad_number_is_refused(monkeypatch):
    with pytest.raises(SettingsError, match="cpu:first"):
        choose_device("cpu:first")


def test_an_unknown_precision_error_lists_the_choices():
    with pytest.raises(SettingsError, match="'fp8'; choose one of auto, fp32, bf16, fp16"):
        choose_precision("fp8", torch.device("cpu"))
