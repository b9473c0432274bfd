from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from resight.clips import Preprocessing
from resight.errors import DataError
from resight.features.pooled import POOLS, PooledFrames, frame_input
from resight.frames import ArrayFrames
from resight.models.caffenet import CaffeNet
from resight.models.frame_pooling import FramePooling
from resight.tracklets import Tracklet, TrackletSet
from tests.conftest import make_tracklets

PREPROCESSING = Preprocessing(size=(128, 64), resize=None)


def extractor(pooling: str, batch: int = 64) -> PooledFrames:
    torch.manual_seed(0)
    network = CaffeNet(0, 0.1, (128, 64), 32, "batch")
    if pooling == "attention":
        pooled = FramePooling(network, 3, "attention", units=8)
        assert pooled.score is not None
        for parameter in pooled.score.parameters():
            torch.nn.init.normal_(parameter)
        return PooledFrames("attention", pooled, PREPROCESSING, pooled.pool, "attention", batch)
    return PooledFrames("plain", network, PREPROCESSING, POOLS[pooling], pooling, batch)


@pytest.mark.parametrize("pooling", ["max", "mean", "attention"])
def test_a_feature_depends_neither_on_the_other_tracklets_nor_on_the_order_of_frames(pooling: str) -> None:
    tracklets, method = make_tracklets(3, length=5), extractor(pooling)
    found = method.extract(tracklets)
    assert found.shape == (6, 32) and found.dtype == np.float32
    assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    order = [4, 0, 5, 2, 1, 3]
    assert_array_equal(method.extract(tracklets.select(order)), found[order])
    assert_array_equal(method.extract(tracklets[3:4]), found[3:4])
    turned = TrackletSet(Tracklet(1, 1, "plain", "t", ArrayFrames(t.load()[::-1].copy())) for t in tracklets)
    assert_allclose(method.extract(turned), found, atol=1e-5)


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_pooling_is_over_all_frames_whatever_the_batch(pooling: str) -> None:
    tracklets = make_tracklets(1, length=5)
    method = extractor(pooling)
    frames = PREPROCESSING.centre(tracklets[0].load())
    with torch.no_grad():
        rows = torch.cat(
            [method.network.features(frame_input(torch.from_numpy(f[None]), PREPROCESSING)) for f in frames]
        )
    expected = rows.numpy().max(0) if pooling == "max" else rows.numpy().mean(0)
    assert_allclose(method.extract(tracklets)[0], expected / np.linalg.norm(expected), atol=1e-5)
    assert_allclose(extractor(pooling, batch=2).extract(tracklets), method.extract(tracklets), atol=1e-5)


def test_frames_go_in_as_blue_green_red_minus_mean() -> None:
    frame = np.zeros((1, 128, 64, 3), np.uint8)
    frame[..., 0] = 200
    found = frame_input(torch.from_numpy(frame), Preprocessing(size=(128, 64), resize=None, mean=(104, 117, 124)))
    assert found.shape == (1, 3, 128, 64)
    assert found[0, :, 5, 5].tolist() == [-104, -117, 200 - 124]


def test_the_key_tells_the_pooling_and_the_weights() -> None:
    first, second = extractor("max").key(), extractor("mean").key()
    assert first["weights"] == second["weights"] and first != second
    assert extractor("attention").key()["weights"] != first["weights"]


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(DataError, match="no tracklets"):
        extractor("max").extract(TrackletSet())
