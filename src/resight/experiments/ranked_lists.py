"""Chooses the queries whose ranked lists the report shows: by rule, none by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.datasets import Split
from resight.evaluation import Evaluation
from resight.experiments.scoring import Entry, SplitFeatures, label, pooled
from resight.frames import Frames
from resight.report.ranking import RankedEntry, Ranking
from resight.tracklets import JUNK, Tracklet

SHOWN, DEPTH = 4, 8
"""Queries for each domain, and gallery entries for each."""


def choose_rankings(
    split: Split, metric: Any, features: SplitFeatures, evaluation: Evaluation, entry: Entry
) -> Iterator[Ranking]:
    """Take queries evenly spread over those found at rank 1 and those missed, half and half where there are both."""
    split, features = pooled(split, features)
    found, missed = np.flatnonzero(evaluation.first_rank == 1), np.flatnonzero(evaluation.first_rank > 1)
    n_missed = min(SHOWN // 2, len(missed))
    for index in [*_spread(found, SHOWN - n_missed), *_spread(missed, n_missed)]:
        query = split.query[index]
        distances = metric.distance(features.query[index : index + 1], features.gallery)[0]
        entries = []
        for place in np.argsort(distances, kind="stable")[:DEPTH]:
            tracklet = split.gallery[int(place)]
            same = tracklet.person == query.person
            worn = split.protocol == "clothes_changing" and tracklet.outfit == query.outfit
            junk = tracklet.person == JUNK or (same and (tracklet.camera == query.camera or worn))
            right = same and not junk
            distance = float(distances[place])
            entries.append(RankedEntry(_picture(tracklet), right, junk, tracklet.name, tracklet.camera, distance))
        method = label(entry.method, entry.metric)
        yield Ranking(entry.domain, method, _picture(query), query.name, query.camera, entries)


def _spread(items: NDArray[np.int64], count: int) -> list[int]:
    if len(items) == 0 or count == 0:
        return []
    return [int(items[i]) for i in np.unique(np.linspace(0, len(items) - 1, min(count, len(items))).astype(int))]


def _picture(tracklet: Tracklet) -> Frames:
    picture: Frames = tracklet.load([len(tracklet) // 2])[0]
    return picture
