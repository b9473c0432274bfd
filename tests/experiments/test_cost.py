from __future__ import annotations

import numpy as np

from resight.experiments.cost import TIMED, measure_cost
from resight.features.extract import Matrix
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets


class Keeping:
    """An extractor that never describes a tracklet twice."""

    name = "keeping"
    parameters = 7

    def __init__(self) -> None:
        self.kept: dict[str, np.ndarray] = {}
        self.described = 0

    def key(self) -> dict[str, object]:
        return {}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        for t in tracklets:
            if t.key not in self.kept:
                self.kept[t.key] = t.load().mean(axis=(0, 1, 2))
                self.described += 1
        return np.stack([self.kept[t.key] for t in tracklets]).astype(np.float32)


def test_what_an_extractor_keeps_does_not_count_as_fast() -> None:
    extractor, tracklets = Keeping(), make_tracklets(12)
    cost = measure_cost(extractor, tracklets)
    assert len(tracklets) > TIMED and extractor.described == 2 * TIMED
    assert (cost.method, cost.parameters, cost.feature_size, cost.train_seconds) == ("keeping", 7, 3, None)
