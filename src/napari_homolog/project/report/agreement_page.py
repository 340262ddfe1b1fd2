"""The part of a report's page about the agreement of shapes."""

from __future__ import annotations

from ...document import Block, Paragraph, Table
from ...repeatability import Anova, Effect
from .agreement import Agreement
from .comparison import Comparison
from .plots import LIMITS, plot_differences, plot_sizes
from .words import ACCEPTED_SHAPES

FEW = 10
"""With fewer specimens figures are called rough."""

SMALLEST_P = 1e-4


def about_agreement(found: Comparison | Agreement) -> list[Block]:
    """Return what the page tells of digitisations as shapes, or why it cannot."""
    agreement = found.agreement if isinstance(found, Comparison) else found
    anova = agreement.anova
    if anova is None:
        return [Paragraph(f"The Procrustes ANOVA could not be computed. {agreement.reason}")]
    blocks: list[Block] = [Paragraph(_scope(agreement)), anova_table(anova)]
    blocks.append(Paragraph(_verdict(anova)))
    if isinstance(found, Comparison):
        if found.review and found.accepted:
            said = ACCEPTED_SHAPES.format(accepted=found.accepted, count=len(found.pairs))
            blocks.append(Paragraph(said))
        differences = plot_differences(found)
        blocks += [] if differences is None else [differences]
        blocks += _about_size(found)
    return blocks


def anova_table(anova: Anova) -> Table:
    """Return a Procrustes ANOVA as a table."""
    total = anova.effects[0].sum_of_squares + anova.measurement.sum_of_squares
    return Table(
        ["effect", "sum of squares", "% of all", "df", "mean square", "F", "p"],
        [_line(one, total) for one in anova.effects],
    )


def _line(effect: Effect, total: float) -> list[str]:
    share = 100 * effect.sum_of_squares / total if total > 0 else float("nan")
    if effect.f is None or effect.p is None:
        tested = ["", ""]
    else:
        p = f"< {SMALLEST_P}" if effect.p < SMALLEST_P else f"{effect.p:.4f}"
        tested = [f"{effect.f:.2f}", p]
    return [
        effect.name,
        f"{effect.sum_of_squares:.6f}",
        f"{share:.2f}",
        str(effect.degrees_of_freedom),
        f"{effect.mean_square:.3e}",
        *tested,
    ]


def _scope(agreement: Agreement) -> str:
    count = len(agreement.specimens)
    said = f"{count} specimens with all {len(agreement.landmarks)} landmarks."
    if agreement.left_out:
        said += f" {agreement.left_out} that lack one in some digitisation are left out."
    if count < FEW:
        said += " With so few specimens the figures are rough."
    return said


def _verdict(anova: Anova) -> str:
    said = (
        f"Repeatability {anova.repeatability:.3f}; measurement error "
        f"{100 * anova.measurement_error:.1f} % of the variance."
    )
    if anova.consistency is not None:
        said += f" Consistency, a steady difference taken out: {anova.consistency:.3f}."
    else:
        said += (
            " A steady difference between digitisers could not be told apart, as not all of them "
            "have all specimens."
        )
    return said


def _about_size(comparison: Comparison) -> list[Block]:
    bias = comparison.agreement.size_bias
    plot = plot_sizes(comparison)
    if bias is None or plot is None:
        return []
    mean, spread = bias
    return [
        Paragraph(
            f"Centroid size, {comparison.first.name} less {comparison.second.name}: {mean:+.2f} % on "
            f"the mean; 95 % of specimens within {mean - LIMITS * spread:+.2f} and "
            f"{mean + LIMITS * spread:+.2f} %, if differences are normal."
        ),
        plot,
    ]
