"""iLIDS-VID's layout: ``sequences/cam1/person001/cam1_person001_00317.png`` (METHODS §3.2)."""

from __future__ import annotations

from resight.errors import RecipeError
from resight.synthetic.layouts.plan import Plan, numbered, one_each
from resight.tracklets import TrackletSet

LAST = 999


def plan_ilids_vid(tracklets: TrackletSet) -> Plan:
    """Place people as iLIDS-VID does; a frame's number is that in the camera's film where it is known.

    Raises
    ------
    RecipeError
        Where there are other cameras than 1 and 2, more than one tracklet of a person in one, or people that the
        layout cannot hold.
    """
    one_each(tracklets, "ilids-vid", LAST)
    if any(t.person < 1 for t in tracklets):
        raise RecipeError("the layout ilids-vid knows neither distractors nor junk")
    return Plan(
        "ilids-vid",
        tuple(
            numbered(
                t,
                f"sequences/cam{t.camera}/person{t.person:03d}/cam{t.camera}_person{t.person:03d}_{{:05d}}.png",
                1 if t.first_frame is None else t.first_frame,
            )
            for t in tracklets
        ),
    )
