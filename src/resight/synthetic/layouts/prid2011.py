"""PRID-2011's layout: ``multi_shot/cam_a/person_0001/0001.png`` (METHODS §3.1)."""

from __future__ import annotations

from resight.errors import RecipeError
from resight.synthetic.layouts.plan import Placed, Plan, numbered, one_each
from resight.tracklets import DISTRACTOR, TrackletSet

IN_BOTH = 200
"""People up to this number are in both cameras."""
LAST = 9999


def plan_prid2011(tracklets: TrackletSet) -> Plan:
    """Place people as PRID-2011's multi-shot half does; distractors become people of one camera only, from 201 on.

    Raises
    ------
    RecipeError
        Where there are other cameras than 1 and 2, more than one tracklet of a person in one, or people beyond 200.
    """
    one_each(tracklets, "prid2011", IN_BOTH)
    placed: list[Placed] = []
    alone = {1: IN_BOTH, 2: IN_BOTH}
    for tracklet in tracklets:
        number = tracklet.person
        if number < DISTRACTOR:
            raise RecipeError("the layout prid2011 knows no junk")
        if number == DISTRACTOR:
            alone[tracklet.camera] += 1
            number = alone[tracklet.camera]
        if number > LAST:
            raise RecipeError(f"the layout prid2011 has names for people up to {LAST:,}")
        camera = f"cam_{'ab'[tracklet.camera - 1]}"
        placed.append(numbered(tracklet, f"multi_shot/{camera}/person_{number:04d}/{{:04d}}.png"))
    return Plan("prid2011", tuple(placed))
