"""People who do other things than walk, filmed for pre-training: motion decides what they do, looks do not."""

from __future__ import annotations

from collections.abc import Sequence

from resight.errors import RecipeError
from resight.synthetic.domains import load_domain
from resight.synthetic.motion import NAMES
from resight.synthetic.seeds import Cause, stream
from resight.synthetic.synthesis import SyntheticFrames
from resight.tracklets import Tracklet, TrackletSet


def film_actions(
    domains: Sequence[str], people: Sequence[int], *, length: int = 32, seed: int = 0, name: str = "actions"
) -> TrackletSet:
    """Film everybody doing everything, once in each domain.

    One person's actions are filmed with the same number and day: clothes, light and place follow the same streams, so
    that nothing but the motion tells them apart. Each goes to a camera of the domain drawn for it.

    Parameters
    ----------
    domains : sequence of str
        Shipped domains.
    people : sequence of int
        Who acts.
    length : int
        Frames; what is done once takes all of them.
    seed : int
        The world's.
    name : str
        Domain of the tracklets.

    Returns
    -------
    TrackletSet
        `person` is the action's number, from 1, in `resight.synthetic.motion.NAMES`, and `label` its name; cameras are
        numbered over all domains; `source` says who acts and where.

    Raises
    ------
    RecipeError
        Where a domain is unknown, or nobody acts.
    """
    if len(people) == 0 or len(domains) == 0 or length < 2:
        raise RecipeError("actions need people, a domain, and two frames or more")
    found, offset = [], 0
    for domain in domains:
        knobs = load_domain(domain)
        for person in people:
            for number, action in enumerate(NAMES, 1):
                rng = stream(seed, domain, Cause.LENGTH, person, number)
                camera = int(rng.integers(knobs.cameras)) + 1
                frames = SyntheticFrames(knobs.name, int(person), camera, 1, 1, length, seed, action=action)
                key = f"{domain}-{person}-{action}"
                found.append(
                    Tracklet(number, offset + camera, name, key, frames, action, 1, frames.outfit, f"{domain}-{person}")
                )
        offset += knobs.cameras
    return TrackletSet(found)
