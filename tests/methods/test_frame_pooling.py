from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from resight.features.pooled import PooledFrames
from resight.methods import open_trainable
from resight.metrics import Euclidean
from resight.models.frame_pooling import FramePooling
from tests.methods.small_world import chance, losses, mean_ap, small_world, unseen_people

SHORT = {"iterations": 60, "step_at": 40, "width": 0.125, "features": 64, "batch": 8, "length": 3, "dropout": 0.0}


@pytest.mark.parametrize("name", ["frame-mean", "frame-attention"])
def test_the_loss_falls_and_unseen_people_are_told_apart(name: str, tmp_path: Path) -> None:
    people, split = small_world().train, unseen_people()
    trained = open_trainable(name, **SHORT).train(people, tmp_path, seed=0)
    found = losses(tmp_path)
    assert found[-1] < found[0] - 0.5
    query, gallery = trained.extract(split.query), trained.extract(split.gallery)
    mean, spread = chance(split)
    assert mean_ap(Euclidean().distance(query, gallery), split) > mean + 3 * spread
    again = open_trainable(name, **SHORT).load(tmp_path)
    assert_array_equal(again.extract(split.query), query)
    assert again.key() == trained.key()
    assert isinstance(again, PooledFrames) and isinstance(again.network, FramePooling)
    assert (again.network.score is not None) == (name == "frame-attention")
    if again.network.score is not None:
        assert any(bool(np.abs(p.detach().numpy()).max() > 1e-4) for p in again.network.score[2].parameters())  # type: ignore[index]
