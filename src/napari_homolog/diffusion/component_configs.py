"""The configuration files of a model's parts, checked before any library builds networks by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import CheckpointError

MOST_BYTES = 1_000_000
MOST_TIMESTEPS = 10_000
LARGEST_NUMBER = 1_000_000
"""Vocabularies have some 50,000 words; nothing else in a configuration is larger."""

MOST_LAYERS = 1_000
LONGEST_LIST = 10_000
OTHER_SCHEDULES = ("FlowMatch", "EDM", "Consistency", "VQ", "Amused")
"""Parts of the names of schedulers whose noise is not Stable Diffusion's."""


def read_config(path: Path) -> dict[str, Any]:
    """Return a configuration file.

    Raises
    ------
    CheckpointError
        If it is missing, damaged, states impossible numbers, or that weights are quantised.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES:,} bytes")
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("no JSON object")
        _check_numbers(config)
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} is missing or damaged ({one_line(error)}); copy or download the model again."
        ) from error
    if config.get("quantization_config") is not None:
        raise CheckpointError(
            f"{path} says that the weights are quantised, which cannot be read; use the model in "
            "half or single precision."
        )
    return config


def read_scheduler_config(folder: Path) -> dict[str, Any]:
    """Return the configuration of a model's noise schedule.

    Raises
    ------
    CheckpointError
        If it is missing, damaged, or of another kind than Stable Diffusion's.
    """
    path = folder / "scheduler_config.json"
    config = read_config(path)
    kind, steps = str(config.get("_class_name", "")), config.get("num_train_timesteps", 1000)
    flow = config.get("use_flow_sigmas") or config.get("prediction_type") == "flow_prediction"
    if flow or any(other in kind for other in OTHER_SCHEDULES):
        raise CheckpointError(
            f"{path} has a noise schedule of another kind ({'flow matching' if flow else kind}) than "
            "Stable Diffusion's; use Stable Diffusion 1, 2 or XL or a model of the same kind."
        )
    if type(steps) is not int or not 1 <= steps <= MOST_TIMESTEPS:
        raise CheckpointError(
            f"{path} states {steps!r} timesteps, expected 1 to {MOST_TIMESTEPS}; copy or download the "
            "model again."
        )
    return config


def one_line(error: BaseException) -> str:
    """Return what a library says, in one line of bounded length."""
    said = getattr(error, "strerror", None) or error
    return " ".join(f"{said}".split())[:200] or type(error).__name__


def is_number(value: object) -> bool:
    """Return whether a value of a configuration is a number, which JSON's true is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_numbers(value: Any, name: str = "") -> None:
    """Raise ValueError for numbers by which networks would be built that no machine can hold."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_numbers(inner, str(key))
    elif isinstance(value, list):
        if len(value) > LONGEST_LIST:
            raise ValueError(f"{name} has {len(value):,} entries")
        for inner in value:
            _check_numbers(inner, name)
    elif is_number(value):
        most = MOST_LAYERS if "layer" in name and "eps" not in name else LARGEST_NUMBER
        if not abs(value) <= most and name not in UNLIMITED:
            raise ValueError(f"{name} is {value}")


UNLIMITED = ("model_max_length",)
"""Numbers that are written as large as can be where there is no limit."""
