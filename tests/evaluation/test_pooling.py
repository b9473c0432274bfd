from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from resight.errors import InputError
from resight.evaluation import pool_queries
from resight.frames import ArrayFrames
from resight.tracklets import Tracklet, TrackletSet

FRAMES = ArrayFrames(np.zeros((1, 2, 2, 3), np.uint8))
QUERY = TrackletSet(
    Tracklet(person, camera, domain, f"t{i}", FRAMES)
    for i, (person, camera, domain) in enumerate([(1, 1, "a"), (2, 1, "a"), (1, 1, "a"), (1, 2, "a"), (1, 1, "b")])
)
FEATURES = np.array([[2, 0], [0, 1], [0, 4], [-1, 0], [0, 0]], np.float32)


def test_tracklets_of_one_person_in_one_camera_become_one_query() -> None:
    pooled, query = pool_queries(FEATURES, QUERY)
    assert [t.key for t in query] == ["t0", "t1", "t3", "t4"]
    assert pooled.dtype == np.float32
    assert_allclose(pooled, [[1 / 5**0.5, 2 / 5**0.5], [0, 1], [-1, 0], [0, 0]], atol=1e-7)
    largest, _ = pool_queries(FEATURES - 5, QUERY, "max")
    assert_allclose(largest[0], np.array([-3, -1]) / 10**0.5, rtol=1e-6)


def test_queries_of_one_tracklet_stay_as_they_are() -> None:
    alone = QUERY.select([0, 1, 3])
    pooled, query = pool_queries(FEATURES[[0, 1, 3]] / np.array([[2], [1], [1]], np.float32), alone)
    assert [t.key for t in query] == [t.key for t in alone]
    assert_allclose(pooled, [[1, 0], [0, 1], [-1, 0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((FEATURES[:2], QUERY), "not one row each"), ((FEATURES, QUERY, "sum"), "unknown pooling 'sum'")],
)
def test_what_does_not_fit(arguments: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pool_queries(*arguments)
