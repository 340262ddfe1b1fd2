"""The families of bodies that the world is made of, and how often each is met."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..anatomy import Anatomy
from ..beetle import beetle
from ..butterfly import butterfly
from ..fish import fish
from ..leaf import leaf
from ..wing import wing
from .bones_and_teeth import jaws, long_bones, skulls_from_the_side, teeth, vertebrae
from .fishes import fishes
from .frontal_heads import faces, insect_heads, skulls_from_above
from .limbed_animals import insects, salamanders
from .plants import compound_leaves, flowers, simple_leaves
from .segmented_animals import tail_shields, trilobites
from .shells import coils, fans, spires
from .vein_networks import vein_networks

FAMILIES: dict[Callable[[np.random.Generator], Anatomy], float] = {
    fishes: 3.0,
    spires: 3.0,
    salamanders: 2.5,
    vein_networks: 2.5,
    insect_heads: 2.0,
    tail_shields: 2.0,
    trilobites: 1.5,
    beetle: 1.5,
    butterfly: 1.5,
    insects: 1.0,
    simple_leaves: 1.0,
    long_bones: 1.0,
    skulls_from_above: 1.0,
    skulls_from_the_side: 1.0,
    jaws: 1.0,
    faces: 1.0,
    teeth: 0.7,
    vertebrae: 0.7,
    flowers: 0.7,
    compound_leaves: 0.6,
    coils: 0.6,
    fans: 0.6,
    leaf: 0.6,
    fish: 0.6,
    wing: 0.6,
}
"""Functions that return an anatomy, and the weight with which each is chosen."""

WORLD_KINDS: tuple[str, ...] = tuple(
    dict.fromkeys(family(np.random.default_rng(0)).kind for family in FAMILIES)
)
"""The words for what can be in a picture."""


def random_anatomy(rng: np.random.Generator) -> Anatomy:
    """Return the anatomy of a random specimen of a random family."""
    families = list(FAMILIES)
    weights = np.array(list(FAMILIES.values()))
    return families[int(rng.choice(len(families), p=weights / weights.sum()))](rng)
