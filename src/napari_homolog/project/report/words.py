"""What the page of a report says in words."""

from __future__ import annotations

from .digitised import Kind

WHO = {
    Kind.TOOL: "what was predicted, whatever was decided about it since",
    Kind.HAND: "what somebody placed, moved or accepted in the project",
    Kind.FILE: "what somebody placed, by a landmark file",
}

NO_COMPARISON = (
    "Errors and agreement could not be computed: there is one digitisation only. Correct or accept "
    "predicted landmarks in the project, or give landmarks that somebody placed on the same images "
    "with --against."
)

REVIEW = (
    "These are no independent measurements. Of {count} predicted landmarks that somebody reviewed, "
    "{moved} ({percent:.0f} %) had to be moved, and the rest were accepted. An accepted landmark "
    'has an error of 0 by construction, however far off it may be, so that "all reviewed" comes out '
    'too small; who reviews also sees the prediction before deciding. "Only those moved" comes out '
    "too large for the tool, as what was right is left out of it, and review begins with what the "
    "tool is least sure of. For the tool's error, have some specimens digitised by somebody who has "
    "not seen the predictions, and give the file with --against."
)

NOT_REVIEWED = (
    "The tool's error could not be computed: nothing that was predicted has been reviewed in the "
    "project. Correct or accept predicted landmarks, or give landmarks that somebody placed on the "
    "same images with --against."
)

ACCEPTED_SHAPES = (
    "{accepted} of the {count} points were accepted as predicted. There tool and hand agree by "
    "construction, so that repeatability comes out too high."
)

ACCEPTED_BY_HAND = (
    "{accepted} of {count} points are predictions that somebody accepted, and were not placed by a "
    "hand of its own."
)

SAME_PLACES = (
    "{same} of {count} points are the same in both to a thousandth of a pixel. Whole pixels may "
    "coincide by chance; otherwise these points are probably one digitisation that came here by two "
    "ways, and say nothing about repeatability."
)

ACCEPTED_BY_PEOPLE = (
    "Of all their points {accepted} are predictions that somebody accepted, and were not placed by a "
    "hand of its own."
)

OUTLIERS = (
    "Landmarks that lie elsewhere than on the other specimens, and pairs that seem swapped. They may "
    "be slips, or unusual specimens: look at them."
)

HOW_ERRORS = (
    "Errors are distances between two places of the same landmark, in pixels of the image, and in "
    "percent of the centroid size of the specimen as the second of the two has it. The centroid size "
    "is the root of the summed squared distances of all landmarks to their centroid. Of the tool and "
    "of the hand it is that of the project's landmarks as they are now. The median and the 95th "
    "percentile say more than the mean where a few points are far off.",
)

HOW_SHAPES = (
    "Procrustes ANOVA: all digitisations of all specimens are laid over one another (generalised "
    "Procrustes superimposition, full fit), which takes position, size and turn out. The squared "
    "distances that are left are divided between the individuals, a steady difference between the "
    "digitisers (digitiser), and what varies from one digitisation to the next (residual). Degrees of "
    "freedom are multiplied by 2 k - 4 for k landmarks. F and p take it that all landmarks scatter "
    "alike in all directions; where they do not, p is too small.",
    "Repeatability is the share of the variance that lies between individuals, the intraclass "
    "correlation of single measurements: 1 if digitisations agree in everything. The measurement error "
    "is the rest. Consistency is the same with a steady difference between digitisers taken out. All "
    "three depend on the specimens: the more these differ, the higher the repeatability, at the same "
    "error in pixels. Only specimens count on which no landmark is missing.",
    "Centroid sizes are compared as Bland and Altman do it, because superimposing takes size out.",
)

SOURCES = (
    "Bookstein 1991, Morphometric Tools for Landmark Data. Klingenberg and McIntyre 1998, Evolution "
    "52: 1363-1375. Goodall 1991, Journal of the Royal Statistical Society B 53: 285-339. Shrout and "
    "Fleiss 1979, Psychological Bulletin 86: 420-428. Bailey and Byrnes 1990, Systematic Zoology 39: "
    "124-130. Arnqvist and Mårtensson 1998, Acta Zoologica Academiae Scientiarum Hungaricae 44: 73-96. "
    "Bland and Altman 1986, The Lancet 327: 307-310."
)
