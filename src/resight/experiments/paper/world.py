"""Splits of the synthetic stand-ins: the paper's halves, MARS's official test, and the aerial set's variants."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from resight.datasets import Split
from resight.datasets.base import by_person_and_camera, random_halves, rank_across_cameras
from resight.datasets.mars_protocols import multiple_query
from resight.datasets.synthetic import TRAINING_PEOPLE
from resight.experiments.paper.settings import World
from resight.synthetic import synthesize
from resight.tracklets import TrackletSet

OUTFITS = 5
"""Outfits of all people in the variant of similar clothes (WORLD.md §8)."""
VARIANTS: dict[str, tuple[str, ...]] = {
    "aerial": ("", "clothes", "days", "twins", "two-days"),
    "mars": ("", "multiple"),
}
"""``clothes``: five outfits for all; ``days``: asked on one day, found on another; ``twins``: only gaits differ;
``two-days``: as the set itself, and everybody to train on is filmed on two days."""


class WorldSplits:
    """Makes the splits of the world's domains, by name and number.

    People are numbered from 1, below those that shipped weights are trained on (`TRAINING_PEOPLE`).
    """

    def __init__(self, world: World) -> None:
        self.world = world
        assert max(world.prid.people, world.ilids.people, world.aerial.people, 2 * world.mars.people) < TRAINING_PEOPLE
        self._film = lru_cache(maxsize=16)(self._filmed)

    def split(self, name: str, number: int) -> Split:
        """Return a split; half of the people are to train on, as METHODS §3.4 says."""
        base, _, variant = name.partition("/")
        if base == "mars":
            return self._mars(variant == "multiple", number)
        size = getattr(self.world, base)
        train, test = random_halves(list(range(1, size.people + 1)), number)
        plain = self._film(base, ())
        changed = plain
        if variant == "clothes":
            changed = self._film(base, (("outfits", OUTFITS),))
        elif variant == "twins":
            changed = self._film(base, (("twins", True),))
        elif variant in ("days", "two-days"):
            changed = self._film(base, (("days", 2),))
        known = changed if variant == "two-days" else plain
        tested = plain if variant == "two-days" else changed
        query, gallery = rank_across_cameras(tested.filter(lambda t: t.person in test))
        if variant == "days":
            query, gallery = query.filter(lambda t: t.day == 1), gallery.filter(lambda t: t.day == 2)
        people = known.filter(lambda t: t.person in train)
        people, query, gallery = (part.with_domain(base) for part in (people, query, gallery))
        return Split(str(number), number, people, query, gallery)

    def _filmed(self, base: str, options: tuple[tuple[str, Any], ...]) -> TrackletSet:
        size = getattr(self.world, base)
        return synthesize(base, size.people, seed=self.world.seed, frames=size.frames, **dict(options))

    def _mars(self, pooled: bool, number: int) -> Split:
        """Return the official split: the same people for every number (METHODS §3.3)."""
        size = self.world.mars
        options: dict[str, Any] = {
            "seed": self.world.seed,
            "frames": size.frames,
            "tracklets_per_camera": size.tracklets,
        }
        train = synthesize("mars", size.people, **options).with_domain("mars")
        others = range(size.people + 1, 2 * size.people + 1)
        test = synthesize("mars", others, **options, distractors=size.distractors, junk=size.junk).with_domain("mars")
        query = by_person_and_camera(test)
        if pooled:
            query = multiple_query(query, test)
        return Split(str(number), number, train, query, test, "mars_official", pooled)
