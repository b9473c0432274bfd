"""Person numbers that are nobody's to ask for, and which outfit of the wardrobe somebody wears on a day."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from resight.synthetic.domains import Domain
from resight.synthetic.seeds import Cause, stream
from resight.synthetic.wardrobe import PEOPLE_PER_BLOCK as BLOCK
from resight.tracklets import DISTRACTOR, JUNK

if TYPE_CHECKING:
    from resight.synthetic.synthesis import SyntheticFrames
    from resight.synthetic.walker import Causes

__all__ = ["DISTRACTOR", "JUNK", "NOBODYS", "PASSERS_BY", "Role", "dressed", "dummy", "walker_causes"]

Role = Literal["person", "distractor", "junk"]
NOBODYS = 1_000_000_000
"""Person numbers from here on are distractors': nobody can ask for them."""
PASSERS_BY = 2_000_000_000
"""Person numbers from here on are passers-by's."""
DUMMIES = 3_000_000_000
"""Person numbers from here on are dummies, one in each block of people, that wear one outfit each."""


@lru_cache(maxsize=65536)
def dressed(domain: Domain, person: int, day: int, seed: int, outfits: int | None = None) -> int:
    """Return the number of the outfit, from 0, that a person wears on a day.

    Parameters
    ----------
    domain, person, day, seed
        A person wears all outfits of the wardrobe before one comes again, so that days differ.
    outfits : int or None
        So many in the whole domain; None gives every hundred people a wardrobe of ``100 * domain.outfits``.
    """
    size = outfits or max(1, round(BLOCK * domain.outfits))
    first = 0 if outfits else (person - 1) // BLOCK * size
    order = stream(seed, domain.name, Cause.OUTFIT, person).permutation(size)
    return first + int(order[(day - 1) % size])


def dummy(outfit: int) -> int:
    """Return the person number of the dummy that wears an outfit, and nobody else does."""
    return DUMMIES + BLOCK * outfit + 1


def walker_causes(source: SyntheticFrames) -> Causes:
    """Return the causes that make the walker of a tracklet."""
    from resight.synthetic.walker import Causes

    return Causes(
        seed=source.seed,
        domain=source.domain,
        person=source.person,
        gait_scale=source.gait,
        body_of=source.body_of,
        clothes_of=dummy(source.outfit),
        gait_of=source.gait_of,
    )
