"""Scripts that read an exported folder in R or Python and superimpose the specimens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

SPECIMENS, LANDMARKS, SLIDERS, LINKS = (
    "specimens.csv",
    "landmarks.tps",
    "landmarks_sliders.csv",
    "links.csv",
)
"""Files of an exported folder."""


@dataclass(frozen=True)
class FolderContents:
    """What an exported folder holds beside landmarks and the table of specimens.

    Attributes
    ----------
    classifiers : tuple of str
        Columns of the table of specimens.
    sliders, links : bool
        Whether there are files of sliders and of links.
    curves : tuple of (str, int, bool)
        Name, number of semilandmarks, and whether it is closed, of each curve.
    outlines : tuple of str
        Closed curves that are written as outlines.
    """

    classifiers: tuple[str, ...] = ()
    sliders: bool = False
    links: bool = False
    curves: tuple[tuple[str, int, bool], ...] = ()
    outlines: tuple[str, ...] = ()


HEAD_OF_R = """\
# Written by napari-homolog. Run it in the folder of its files: setwd("the folder").
# Once before: install.packages("{package}")
library({package})

specimens <- read.csv("specimens.csv", colClasses = c(specimen = "character"),
                      stringsAsFactors = TRUE, check.names = FALSE)
"""


def geomorph_script(contents: FolderContents) -> str:
    """Return a script for R that reads the TPS file with geomorph and runs ``gpagen``.

    Parameters
    ----------
    contents : FolderContents
        What the folder holds.
    """
    read = """\
coords <- readland.tps("landmarks.tps", negNA = FALSE)  # NA where a landmark is missing
stopifnot(dim(coords)[3] == nrow(specimens))            # both are in the same order
dimnames(coords)[[3]] <- specimens$specimen
"""
    return "\n".join([HEAD_OF_R.format(package="geomorph") + read, _superimposed(contents)])


def stereomorph_script(contents: FolderContents) -> str:
    """Return a script for R that reads StereoMorph's shapes files and runs ``gpagen``.

    Parameters
    ----------
    contents : FolderContents
        What the folder holds.
    """
    counts = [count + (1 if closed else 2) for _, count, closed in contents.curves]
    options = f", nCurvePts = c({', '.join(map(str, counts))})" if counts else ""
    read = f"""\
library(StereoMorph)

files <- file.path("shapes", specimens$file)
shapes <- readShapes(files)
# In pixels; scaled = TRUE asks for a scale of every specimen.
digitised <- readland.shapes(shapes{options}, scaled = FALSE)

# Specimens are superimposed, semilandmarks slide.
gpa <- gpagen(digitised, print.progress = FALSE)
"""
    return "\n".join([HEAD_OF_R.format(package="geomorph") + read, _ordination(contents)])


def momocs_script(contents: FolderContents) -> str:
    """Return a script for R that reads landmarks and outlines with Momocs.

    Parameters
    ----------
    contents : FolderContents
        What the folder holds.
    """
    parts = [
        HEAD_OF_R.format(package="Momocs"),
        """\
landmarks <- import_tps("landmarks.tps", curves = FALSE)$coo
stopifnot(length(landmarks) == nrow(specimens))  # both are in the same order
names(landmarks) <- specimens$specimen

# Momocs superimposes complete specimens only.
complete <- vapply(landmarks, function(one) !anyNA(one), logical(1))
if (!all(complete)) message("Left out, with missing landmarks: ",
                            paste(names(landmarks)[!complete], collapse = ", "))
ldk <- Ldk(landmarks[complete], fac = specimens[complete, , drop = FALSE])
superimposed <- fgProcrustes(ldk)
shape_space <- PCA(superimposed)
plot(shape_space)
""",
    ]
    parts += [
        f"""\
# The outline {json.dumps(name, ensure_ascii=False)}, by elliptical Fourier analysis.
files <- file.path("outlines", {number}, paste0(specimens$file, ".txt"))
there <- file.exists(files)
outlines <- Out(import_txt(files[there], header = FALSE), fac = specimens[there, , drop = FALSE])
plot(PCA(efourier(outlines, norm = FALSE)))
"""
        for number, name in enumerate(contents.outlines, 1)
    ]
    return "\n".join(parts)


def ktch_script(contents: FolderContents) -> str:
    """Return a script for Python that does what `geomorph_script` does, with ktch from PyPI.

    Parameters
    ----------
    contents : FolderContents
        What the folder holds.
    """
    sliders = (
        'sliders = pd.read_csv(folder / "landmarks_sliders.csv").to_numpy() - 1  # counted from 0\n'
        if contents.sliders
        else "sliders = None\n"
    )
    return f'''\
"""Written by napari-homolog. Once before: pip install ktch pandas scikit-learn"""

from pathlib import Path

import numpy as np
import pandas as pd
from ktch.io import read_tps
from ktch.landmark import GeneralizedProcrustesAnalysis, centroid_size
from sklearn.decomposition import PCA

folder = Path(__file__).parent
specimens = pd.read_csv(folder / "specimens.csv", dtype={{"specimen": str}}, index_col="specimen")
read = read_tps(folder / "landmarks.tps")
read = read if isinstance(read, list) else [read]
coords = np.array([one.to_numpy() for one in read])  # specimens, landmarks, x and y
assert len(coords) == len(specimens)  # both are in the same order

# ktch superimposes complete specimens only.
complete = np.isfinite(coords).all(axis=(1, 2))
if not complete.all():
    print("Left out, with missing landmarks:", ", ".join(specimens.index[~complete]))
specimens, coords = specimens[complete].copy(), coords[complete]

# Specimens are superimposed, semilandmarks slide.
{sliders}gpa = GeneralizedProcrustesAnalysis(curves=sliders)
shapes = gpa.fit_transform(coords.reshape(len(coords), -1))
specimens["centroid size"] = [float(np.squeeze(centroid_size(one))) for one in coords]

# Principal components, beside the classifiers.
pca = PCA(n_components=min(10, len(shapes) - 1))
scores = pca.fit_transform(shapes)
for axis, share in enumerate(pca.explained_variance_ratio_, 1):
    specimens[f"PC{{axis}}"] = scores[:, axis - 1]
    print(f"PC{{axis}}: {{share:.1%}} of the variance")
specimens.to_csv(folder / "shape_space.csv")
'''


def _superimposed(contents: FolderContents) -> str:
    """Return what estimates missing landmarks and superimposes an array of coordinates."""
    sliders = (
        'sliders <- as.matrix(read.csv("landmarks_sliders.csv"))\n' if contents.sliders else ""
    )
    curves = ", curves = sliders" if contents.sliders else ""
    gpa = f"""\
# gpagen takes complete specimens only: missing landmarks are estimated, and you are told how many.
missing <- sum(is.na(coords[, 1, ]))
if (missing > 0) {{
  message(missing, " missing landmarks are estimated (thin-plate spline).")
  coords <- estimate.missing(coords, method = "TPS")
}}

# Specimens are superimposed, semilandmarks slide.
{sliders}gpa <- gpagen(coords{curves}, print.progress = FALSE)
"""
    return "\n".join([gpa, _ordination(contents)])


def _ordination(contents: FolderContents) -> str:
    """Return what plots superimposed specimens and their principal components."""
    links = 'links <- as.matrix(read.csv("links.csv"))\n' if contents.links else ""
    linked = ", links = links" if contents.links else ""
    colour = (
        f"col = as.integer(factor(specimens[[{_text(contents.classifiers[0])}]])), "
        if contents.classifiers
        else ""
    )
    frame = "".join(
        f", {name} = factor(specimens[[{_text(column)}]])"
        for column, name in zip(contents.classifiers, r_names(contents.classifiers), strict=True)
    )
    model = (
        "# For example: summary(procD.lm(coords ~ log(Csize) * "
        f"{r_names(contents.classifiers)[0]}, data = frame))\n"
        if contents.classifiers
        else "# For example: summary(procD.lm(coords ~ log(Csize), data = frame))\n"
    )
    return f"""\
summary(gpa)
{links}plotAllSpecimens(gpa$coords{linked})

# Principal components, and everything in one data frame for procD.lm and the like.
pca <- gm.prcomp(gpa$coords)
summary(pca)
plot(pca, {colour}pch = 19)
frame <- geomorph.data.frame(coords = gpa$coords, Csize = gpa$Csize{frame})
{model}"""


def r_names(columns: Sequence[str]) -> list[str]:
    """Return unique names that R takes without quotes, one for each column."""
    names: list[str] = []
    for column in columns:
        name = "".join(c if c.isascii() and c.isalnum() else "." for c in column)
        name = name if name[:1].isalpha() else f"x{name}"
        name = f"{name}." if name in ("coords", "Csize", "if", "else", "for", "in", "NA") else name
        free, count = name, 1
        while free in names:
            count += 1
            free = f"{name}.{count}"
        names.append(free)
    return names


def _text(text: str) -> str:
    """Return a text as R and JSON write it."""
    return json.dumps(text, ensure_ascii=False)
