"""Which tensors a landmark set has: what must hold of each, given how many landmarks there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

FLOATS = (torch.float16, torch.float32, torch.float64)


@dataclass(frozen=True)
class Rule:
    """What holds of a tensor.

    Attributes
    ----------
    shape : tuple of int or None
        Lengths; None where any positive length will do.
    gaps : bool
        Whether NaN may stand for what is missing.
    positive : bool
        Whether all values are positive.
    kinds : tuple of torch.dtype
        Types of the values.
    """

    shape: tuple[int | None, ...]
    gaps: bool = False
    positive: bool = False
    kinds: tuple[torch.dtype, ...] = FLOATS

    def broken_by(self, tensor: Tensor) -> str | None:
        """Return what is wrong with a tensor, or None."""
        if tensor.dtype not in self.kinds:
            return f"is of type {_name(tensor.dtype)}, expected {_name(self.kinds[-1])}"
        lengths = tuple(tensor.shape)
        if len(lengths) != len(self.shape) or any(
            length != expected if expected is not None else length < 1
            for length, expected in zip(lengths, self.shape, strict=False)
        ):
            wanted = " x ".join("n" if one is None else str(one) for one in self.shape)
            return (
                f"has the shape {' x '.join(map(str, lengths))}, expected {wanted or 'one number'}"
            )
        known = tensor[~tensor.isnan()] if self.gaps else tensor
        if not bool(known.isfinite().all()):
            return "has values that are not finite"
        if self.positive and not bool((known > 0).all()):
            return "has values that are not positive"
        return None


def _name(kind: torch.dtype) -> str:
    return str(kind).removeprefix("torch.")


def problem_with(
    tensors: Mapping[str, Tensor], count: int, distinct: int, drawings: int
) -> str | None:
    """Return what keeps tensors from being those of a landmark set, or None.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        All tensors of a file.
    count : int
        Number of landmarks.
    distinct : int
        Number of distinct tokens of a prompt.
    drawings : int
        Number of pictures of references.
    """
    for name, rule in _rules(tensors, count, distinct, drawings):
        if name not in tensors:
            return f"{name} is missing"
        problem = rule.broken_by(tensors[name])
        if problem is not None:
            return f"{name} {problem}"
    return None


def _rules(
    tensors: Mapping[str, Tensor], count: int, distinct: int, drawings: int
) -> Iterator[tuple[str, Rule]]:
    yield "mean_shape", Rule((count, 2), gaps=True)
    yield "reference_background", Rule((count,), gaps=True)
    yield "coarse.tokens", Rule((None, count, distinct, None))
    if "box_places" in tensors:
        yield "box_places", Rule((count, 2), gaps=True)
    if "vision.features" in tensors:
        yield "vision.features", Rule((count, None))
    for prefix in ("coarse", "close_up"):
        if prefix == "close_up" and f"{prefix}.tokens" not in tensors:
            continue
        width = tensors["coarse.tokens"].shape[-1]
        yield f"{prefix}.tokens", Rule((None, count, distinct, width))
        yield from _features(tensors, f"{prefix}.features.", (count, None))
        for optional in ("reference_attention", "reference_similarity"):
            if f"{prefix}.{optional}" in tensors:
                yield f"{prefix}.{optional}", Rule((count,), gaps=True)
    if "cycle.size" in tensors:
        yield "cycle.size", Rule((), gaps=True)
        yield "cycle.normalised", Rule((count, 2), gaps=True)
        yield from _features(tensors, "cycle.features.", (None, None, None))
    for index in range(drawings):
        yield f"drawings.{index}.pixels", Rule((3, None, None), kinds=(torch.uint8,))
        yield f"drawings.{index}.points", Rule((count, 2), gaps=True)
        yield f"drawings.{index}.origin", Rule((2,))
        yield f"drawings.{index}.scale", Rule((2,), positive=True)


def _features(
    tensors: Mapping[str, Tensor], prefix: str, shape: tuple[int | None, ...]
) -> Iterator[tuple[str, Rule]]:
    """Yield the rules of features, one for each layer, counted from zero without gaps."""
    layers = sum(name.startswith(prefix) for name in tensors)
    for index in range(layers):
        yield f"{prefix}{index}", Rule(shape)
