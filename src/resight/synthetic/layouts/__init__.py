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
    """How people are laid out on disk, and the domain of the world that fits.

    Attributes
    ----------
    plan : callable
        Places a set of tracklets.
    domain : str
        The domain that is filmed where none is asked for.
    halves : bool
        Whether training and test people are apart, so that there must be as many of each.
    """

    plan: Callable[[TrackletSet], Plan]
    domain: str
    halves: bool = False


LAYOUTS: dict[str, Layout] = {
    "prid2011": Layout(plan_prid2011, "street"),
    "ilids-vid": Layout(plan_ilids_vid, "hall"),
    "mars": Layout(plan_mars, "street", halves=True),
    "folder": Layout(plan_folder, "street"),
}
"""Layouts by name."""

__all__ = ["LAYOUTS", "Layout", "Placed", "Plan", "write_plan"]
