"""MARS's test people asked for in other ways: several tracklets pooled, or two cameras a person (METHODS §3.3)."""

from __future__ import annotations

import numpy as np

from resight.datasets.base import Split
from resight.tracklets import Tracklet, TrackletSet


def multiple_query(query: TrackletSet, test: TrackletSet) -> TrackletSet:
    """Return all test tracklets of each query's person in its camera, query by query, the query itself first."""
    groups: dict[tuple[int, int], list[Tracklet]] = {}
    for tracklet in test:
        groups.setdefault((tracklet.person, tracklet.camera), []).append(tracklet)
    asked = []
    for one in query:
        asked.append(one)
        asked.extend(t for t in groups[one.person, one.camera] if t is not one)
    return TrackletSet(asked)


def two_camera_pairs(tracklets: TrackletSet, seed: int) -> tuple[TrackletSet, TrackletSet]:
    """Draw two cameras of every person, and one tracklet from each: the first asks, the second is the gallery.

    People seen by one camera only are left out. What is drawn for a person depends on the seed and the person's number
    alone.
    """
    first, second = [], []
    for (_, person), own in tracklets.filter(lambda t: t.person > 0).group(lambda t: (t.domain, t.person)).items():
        cameras = own.group("camera")
        if len(cameras) < 2:
            continue
        rng = np.random.default_rng([seed, person])
        pair = rng.permutation(sorted(cameras))[:2]
        one, two = (cameras[int(c)][int(rng.integers(len(cameras[int(c)])))] for c in pair)
        first.append(one)
        second.append(two)
    return TrackletSet(first), TrackletSet(second)


def two_camera_split(train: TrackletSet, test: TrackletSet, seed: int) -> Split:
    """Split by the protocol behind the MARS rows of RCN and ASTPN: two tracklets of two cameras a person.

    The official training people are trained on, the official test people are tested on.
    """
    one, two = two_camera_pairs(train, seed)
    return Split(str(seed), seed, one + two, *two_camera_pairs(test, seed))
