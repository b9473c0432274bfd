"""The layout of a user's own data: ``person/camera/tracklet/0001.png``."""

from __future__ import annotations

from resight.synthetic.layouts.plan import Placed, Plan, numbered
from resight.tracklets import TrackletSet


def plan_folder(tracklets: TrackletSet) -> Plan:
    """Place any people of any cameras; distractors lie under ``0``, junk under ``-1``."""
    placed: list[Placed] = []
    count: dict[tuple[int, int], int] = {}
    for t in tracklets:
        number = count[t.person, t.camera] = count.get((t.person, t.camera), 0) + 1
        person = f"{t.person:04d}" if t.person > 0 else str(t.person)
        placed.append(numbered(t, f"{person}/camera{t.camera}/{number:04d}/{{:04d}}.png"))
    return Plan("folder", tuple(placed))
