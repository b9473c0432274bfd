"""Synthetic people on disk, in the exact layouts of the real data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from resight.synthetic.layouts.folder import plan_folder
from resight.synthetic.layouts.ilids_vid import plan_ilids_vid
from resight.synthetic.layouts.mars import plan_mars
from resight.synthetic.layouts.plan import Placed, Plan
from resight.synthetic.layouts.prid2011 import plan_prid2011
from resight.synthetic.layouts.writing import write_plan
from resight.tracklets import TrackletSet


@dataclass(frozen=True)
class Layout:
    """How people are laid out on disk, and what of the world fits.

    Attributes
    ----------
    plan : callable
        Places a set of tracklets.
    domain : str
        The domain that is filmed where none is asked for.
    each : int or None
        Tracklets of a person at a camera; None takes the domain's own.
    halves : bool
        Whether training and test people are apart, so that there must be as many of each.
    crowd : (distractors, junk)
        Tracklets for each test person, about as many as the real set has.
    """

    plan: Callable[[TrackletSet], Plan]
    domain: str
    each: int | None = None
    halves: bool = False
    crowd: tuple[float, float] = (0.0, 0.0)

    def others(self, people: int) -> tuple[int, int]:
        """Return how many distractor and junk tracklets go with so many test people."""
        distractors, junk = (round(share * people) for share in self.crowd)
        return distractors, junk


LAYOUTS: dict[str, Layout] = {
    "prid2011": Layout(plan_prid2011, "prid", each=1),
    "ilids-vid": Layout(plan_ilids_vid, "ilids", each=1),
    "mars": Layout(plan_mars, "mars", halves=True, crowd=(3248 / 626, 870 / 626)),
    "folder": Layout(plan_folder, "plaza"),
}
"""Layouts by name; MARS's crowd is that of its test half (METHODS §3.3)."""

__all__ = ["LAYOUTS", "Layout", "Placed", "Plan", "write_plan"]
