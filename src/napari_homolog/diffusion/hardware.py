"""The device and the precision a model runs in."""

from __future__ import annotations

import torch

from ..errors import SettingsError

DEVICES = ("auto", "cuda", "mps", "cpu")
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def choose_device(device: str) -> torch.device:
    """Return the device of a name; ``auto`` prefers CUDA, then Apple's MPS, then the CPU.

    Raises
    ------
    SettingsError
        If the name is unknown or this machine has no such device.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    kind = device.partition(":")[0]
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if kind not in available:
        raise SettingsError(f"There is no device {device!r}; choose one of {', '.join(DEVICES)}.")
    if not available[kind]:
        raise SettingsError(
            f"No {kind} device is available to the installed torch; use 'auto' or 'cpu'."
        )
    try:
        return torch.device(device)
    except RuntimeError as error:
        raise SettingsError(
            f"There is no device {device!r} ({error}); choose one of {', '.join(DEVICES)}."
        ) from error


def choose_precision(precision: str, device: torch.device) -> torch.dtype:
    """Return the floating-point type of a name.

    ``auto`` is bfloat16 on CUDA devices that support it, float16 on other CUDA devices and on MPS,
    and float32 on the CPU.

    Raises
    ------
    SettingsError
        If the name is unknown.
    """
    if precision == "auto":
        if device.type == "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.float16 if device.type == "mps" else torch.float32
    if precision not in PRECISIONS:
        raise SettingsError(
            f"There is no precision {precision!r}; choose one of auto, {', '.join(PRECISIONS)}."
        )
    return PRECISIONS[precision]
