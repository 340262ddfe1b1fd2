"""Tables and figures of docs/evidence.md, from what `evidence.py` stored.

Results are looked up by the digest of the data that they were measured on: a row cannot get into the
table of other data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_homolog.benchmark.published import published
from stored_figures import PageError, markdown_table

DATA = {
    "cut-out birds": "3d4c25b496738c802b06e2fd9ce1182d866aaf22950ffdf711ff35ea4a066c71",
    "cut-out birds, 12 pairs": "1e1dec31f8094b31cb3e73345d66bec75c9f8c4aebef21fbb75e0882fcca4559",
    "PF-Willow": "59bec55656d707df32ff0882f8ce08d493b6c9e8ea8f07b93cf899d1d09c05b4",
    "CUB": "b0b49ba93cd5edae7af5fbb36b127d0c8ec218f5ad0f680071bb9ac389e353ba",
    "wings": "4a73a29cf6f7981f3f061feef5eed548ab51cbe171d8ba7ef1f2205d540e6eae",
    "wings, 6 pairs": "e2e4fe24bbc213c3df10df9fcb4526c30b4cf5d1070fb848ddd8710926f5a41c",
}
"""Digests of the data, by what the page calls them."""

ONE_VIEW = ", ".join(
    f"{setting}=1"
    for setting in (
        "learn.encodings", "locate.encodings", "learn.windows", "locate.windows",
        "learn.views_per_step",
    )
)  # fmt: skip
METHOD = {
    f"{maps}, {network}": (f"{maps}-balanced", network)
    for network in ("birds", "embedded")
    for maps in ("both", "attention", "features")
}
CLASSICAL = {name: (name, "") for name in ("affine", "sift", "same-place", "random")}
PRECISE = {f"`precise`, {network}": ("both-precise", network) for network in ("birds", "embedded")}
CHANGED = {
    "attention, as above": ("attention-balanced", "birds"),
    "one restart for five": ("attention-balanced, learn.rounds=1", "birds"),
    "one view for sixteen": (f"attention-balanced, {ONE_VIEW}", "birds"),
    "3 references": ("attention-balanced, references=3", "birds"),
    "5 references": ("attention-balanced, references=5", "birds"),
    "close-ups": ("attention-balanced, learn.close_ups=4, locate.close_ups=3", "birds"),
    "both, 3 references": ("both-balanced, references=3", "birds"),
    "`precise`: both, shape prior, close-ups": ("both-precise", "birds"),
}
LEARNING = {
    "cached queries": ("attention-balanced", "birds"),
    "full UNet": ("attention-balanced, exact", "birds"),
}
RUNS = {**METHOD, **CLASSICAL, **PRECISE, **CHANGED, **LEARNING}
"""Matcher and network of the rows of tables; settings have the names of the version that ran."""

NOT_RUN = ("dino-nn", "dino-mls", "vgg-mls", "dinov2-nn", "pwarpc-nc-net")
OFFICIAL_HEADINGS = (
    "matcher, model", "official @0.05, per image", "official @0.1, per image",
    "official @0.1, per point", "published @0.05 / 0.1",
)  # fmt: skip
CORRECTED_HEADINGS = (
    "corrected @0.02, per image", "@0.05", "@0.1", "@0.1, per point", "mean error, px",
    "% of centroid size", "s learning", "s finding", "measured on",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A stored run, and the processor that it ran on."""

    figures: dict[str, Any]
    machine: str

    def pck(self, protocol: str, per: str, threshold: str) -> str:
        """Return PCK in percent, with its interval where there is one."""
        cell = self.figures[protocol][per][threshold]
        text = f"{100 * cell['pck']:.1f}"
        if cell["interval"] is None or per == "per_point":
            return text
        low, high = cell["interval"]
        return f"{text} ({100 * low:.0f} to {100 * high:.0f})"

    @property
    def accuracy(self) -> str:
        """Everything that does not depend on the machine, to compare repeated runs."""
        names = ("pairs", "sources", "points", "official", "corrected", "mean_error_px")
        return json.dumps([self.figures[name] for name in names])


@dataclass(frozen=True)
class Data:
    """The stored runs on the same data."""

    name: str
    dataset: str
    runs: tuple[Run, ...]

    def run(self, label: str) -> Run | None:
        """Return the run of a row; None if it was not measured on these data."""
        matcher, network = next(
            run for name, run in RUNS.items() if name.replace("`", "") == label.replace("`", "")
        )
        matching = [
            run
            for run in self.runs
            if (run.figures["matcher"], run.figures["network"]) == (matcher, network)
        ]
        if len({run.accuracy for run in matching}) > 1:
            raise PageError(f"Runs of {label!r} on {self.name} differ; remove the wrong one.")
        return matching[-1] if matching else None

    def require(self, label: str) -> Run:
        """Return the run of a row.

        Raises
        ------
        PageError
            If it was not measured on these data.
        """
        run = self.run(label)
        if run is None:
            raise PageError(f"{label!r} was not measured on {self.name}.")
        return run


def read_data(folder: Path) -> dict[str, Data]:
    """Return all stored runs by the page's names of their data, earlier dates first."""
    records = [json.loads(path.read_text()) for path in folder.glob("evidence*.json")]
    data = {}
    for name, digest in DATA.items():
        groups = [
            (group, _processor(record["machine"]))
            for record in sorted(records, key=lambda record: record["date"])
            for group in record["figures"]["data_sets"]
            if group["digest"] == digest
        ]
        if not groups:
            raise PageError(f"There are no stored results on {name}, digest {digest}.")
        runs = tuple(Run(run, machine) for group, machine in groups for run in group["runs"])
        data[name] = Data(name, groups[0][0]["dataset"], runs)
    return data


def _processor(machine: str) -> str:
    return "Xeon" if "Xeon" in machine else "EPYC" if "EPYC" in machine else machine


def _corrected_cells(run: Run) -> list[str]:
    figures = run.figures
    return [
        *(run.pck("corrected", "per_image", threshold) for threshold in ("0.02", "0.05", "0.1")),
        run.pck("corrected", "per_point", "0.1"),
        f"{figures['mean_error_px']:.1f}",
        f"{figures['mean_error_percent_of_centroid_size']:.1f}",
        f"{figures['learn_seconds']:.1f}",
        f"{figures['find_seconds']:.1f}",
        run.machine,
    ]


def corrected_table(data: Data) -> str:
    """Return accuracy under the corrected protocol and seconds, a row for each matcher."""
    measured = {label: data.run(label) for label in (*PRECISE, *METHOD, *CLASSICAL)}
    rows = [[label, *_corrected_cells(run)] for label, run in measured.items() if run]
    if data.dataset == "folder":
        blank = ["-"] * (len(CORRECTED_HEADINGS) - 1)
        rows += [[name, "not run: weights not at hand", *blank] for name in NOT_RUN]
    return markdown_table(["matcher, model", *CORRECTED_HEADINGS], rows)


def changed_table(data: Data) -> str:
    """Return what single changes of settings do, a row for each that was measured."""
    measured = {label: data.run(label) for label in CHANGED}
    rows = [[label, *_corrected_cells(run)] for label, run in measured.items() if run]
    return markdown_table(["change", *CORRECTED_HEADINGS], rows)


def official_table(data: Data) -> str:
    """Return accuracy under the official protocol beside published figures."""
    rows = []
    for label in (*METHOD, *CLASSICAL):
        run = data.run(label)
        if run is not None:
            cells = [run.pck("official", "per_image", threshold) for threshold in ("0.05", "0.1")]
            cells.append(run.pck("official", "per_point", "0.1"))
            # The paper's figures stand once, beside the model of photographs.
            text = published(data.dataset, RUNS[label][0]) if "embedded" not in label else ""
            rows.append([label, *cells, text or "-"])
    rows += [
        [name, "not run: weights not at hand", "-", "-", published(data.dataset, name) or "-"]
        for name in NOT_RUN
    ]
    return markdown_table(OFFICIAL_HEADINGS, rows)


def learning_table(data: Sequence[Data]) -> str:
    """Return cached queries beside the full UNet, on the same pairs of each data set."""
    headings = [
        "data", "learned through", "pairs", "@0.02, per image", "@0.05", "@0.1",
        "% of centroid size", "s learning",
    ]  # fmt: skip
    rows = []
    for one in data:
        for label in LEARNING:
            run = one.require(label)
            figures = run.figures
            plural = "s" if figures["sources"] > 1 else ""
            rows.append(
                [
                    one.name.partition(",")[0],
                    label,
                    f"{figures['pairs']} of {figures['sources']} source{plural}",
                    *(
                        run.pck("corrected", "per_image", threshold)
                        for threshold in ("0.02", "0.05", "0.1")
                    ),
                    f"{figures['mean_error_percent_of_centroid_size']:.1f}",
                    f"{figures['learn_seconds']:.0f}",
                ]
            )
    return markdown_table(headings, rows)


def pck(data: Data, label: str, threshold: str) -> str:
    """Return a percentage with its interval."""
    number, _, interval = (
        data.require(label).pck("corrected", "per_image", threshold).partition(" ")
    )
    return f"{number} %" + (f" {interval}" if interval else "")


def pck_only(data: Data, label: str, threshold: str) -> str:
    """Return a percentage without its interval."""
    return pck(data, label, threshold).partition(" (")[0]


def error(data: Data, label: str) -> str:
    """Return the mean error in percent of the centroid size."""
    figures = data.require(label).figures
    return f"{figures['mean_error_percent_of_centroid_size']:.1f} %"


def counts(data: Data) -> str:
    """Return how much was measured, which has to be the same for all runs on the same data."""
    found = {
        tuple(run.figures[name] for name in ("pairs", "sources", "points")) for run in data.runs
    }
    if len(found) != 1:
        raise PageError(f"Runs on {data.name} have different numbers of points: {sorted(found)}.")
    ((pairs, sources, points),) = found
    return f"{pairs} pairs from {sources} sources, {points} points"


def digest(data: Data) -> str:
    """Return the first digits of the digest of the data."""
    return f"`{DATA[data.name][:8]}`"


def times_slower(data: Data) -> str:
    """Return how many times as long learning takes through the full UNet."""
    slow, fast = (data.require(label).figures for label in ("full UNet", "cached queries"))
    return f"{slow['learn_seconds'] / fast['learn_seconds']:.0f}"


MAKERS: dict[str, Callable[..., str]] = {
    "corrected table": corrected_table,
    "changed table": changed_table,
    "official table": official_table,
    "learning table": lambda *data: learning_table(data),
    "pck": pck,
    "pck only": pck_only,
    "error": error,
    "counts": counts,
    "digest": digest,
    "times slower": times_slower,
}
"""By the first word of a block, which is followed by the data's name and more, divided by bars."""
