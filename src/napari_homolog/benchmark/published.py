"""Published figures, for a separate column beside measured ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """Published PCK in percent; None where there is no figure."""

    method: str
    dataset: str
    pck_005: float | None
    pck_010: float | None
    matchers: tuple[str, ...] = ()
    """Matchers of the same kind, though not with the same checkpoint."""

    @property
    def text(self) -> str:
        """Both figures, with a dash for a missing one."""
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
"""The paper's table: its own protocol (`protocols`), its own checkpoints, all test pairs.

Entries marked "since then" are zero-shot figures of later papers under their own protocols.
"""


def published(dataset: str, matcher: str) -> str:
    """Return the paper's figures for a matcher of the same kind; empty if there are none.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    matcher : str
        As in a run's notes: for the method, its score maps, a dash and the preset.
    """
    for row in PUBLISHED:
        same = any(matcher == name or matcher.startswith(f"{name}-") for name in row.matchers)
        if row.dataset == dataset and same:
            return row.text
    return ""
