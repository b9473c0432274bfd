from __future__ import annotations

import numpy as np
from benchmarks.world_difficulty import measure


def test_colour_cannot_tell_null_twins_apart() -> None:
    found = [measure("prid", 20, seed, frames=(3, 3), null_twins=True) for seed in (0, 1)]
    rank1 = np.mean(found, axis=0)[:, 0]
    # chance is 5 %; of 80 queries four or five sigma more would be 16 %
    assert (rank1 < 16).all()
