"""Figures that were published elsewhere, for a column of their own beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """PCK in percent, as the paper gives it; None where it gives none."""

    method: str
    dataset: str
    pck_005: float | None
    pck_010: float | None
    matchers: tuple[str, ...] = ()
    """Matchers here that are the same in kind, though not in checkpoint."""

    @property
    def text(self) -> str:
        """Both figures, a dash where there is none."""
        both = (self.pck_005, self.pck_010)
        return " / ".join("-" if value is None else f"{value:.1f}" for value in both)


def _rows(
    method: str, matchers: tuple[str, ...], *figures: tuple[float | None, float | None]
) -> list[Published]:
    names = ("cub", "pf-willow", "spair-71k")
    return [
        Published(method, name, *pair, matchers)
        for name, pair in zip(names, figures, strict=True)
        if pair != (None, None)
    ]


PUBLISHED = (
    *_rows("Hedlin et al. 2023, Stable Diffusion 1.4", ("attention",),
           (61.6, 77.5), (53.0, 84.3), (28.9, 45.4)),
    *_rows("DINO + NN", ("dino-nn",), (52.8, 68.3), (40.1, 60.1), (None, 33.3)),
    *_rows("DINO + MLS", ("dino-mls",), (52.0, 67.0), (45.0, 66.5), (None, 31.1)),
    *_rows("VGG + MLS", ("vgg-mls",), (18.3, 25.8), (41.2, 63.2), (None, 27.4)),
    *_rows("ASIC", (), (57.9, 75.9), (53.0, 76.3), (None, 36.9)),
    *_rows("CATs++ (supervised)", (), (None, None), (56.7, 81.2), (None, 59.8)),
    Published("DINOv2 + NN, since then, per image", "spair-71k", None, 53.9, ("dinov2-nn",)),
    Published("DIFT, since then, per image", "spair-71k", None, 52.9, ("features",)),
    Published("SD + DINO, since then, per image", "spair-71k", None, 59.9),
)  # fmt: skip
"""The paper's table: its own protocol (`rules`), its own checkpoints, all test pairs.

Those marked as since then are zero-shot figures of later papers under their own protocols.
"""


def published(dataset: str, matcher: str) -> str:
    """Return the paper's figures for what a matcher is in kind, or an empty text.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    matcher : str
        As a run's notes have it: for the method, its evidence, a dash and the preset.
    """
    for one in PUBLISHED:
        same = any(matcher == name or matcher.startswith(f"{name}-") for name in one.matchers)
        if one.dataset == dataset and same:
            return one.text
    return ""
