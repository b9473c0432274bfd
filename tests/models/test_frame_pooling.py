from __future__ import annotations

import numpy as np
import pytest
import torch

from resight.errors import InputError
from resight.models.caffenet import CaffeNet
from resight.models.frame_pooling import FramePooling, build_frame_pooling


def network(pooling: str) -> FramePooling:
    torch.manual_seed(0)
    return FramePooling(CaffeNet(0, 0.1, (128, 64), 16, "batch"), 4, pooling, units=3)  # type: ignore[arg-type]


def test_attention_begins_as_the_mean() -> None:
    features = torch.randn(2, 5, 16)
    for pooling in ("mean", "attention"):
        torch.testing.assert_close(network(pooling).pool(features), features.mean(1))


def test_attention_by_hand() -> None:
    pooled = network("attention")
    assert pooled.score is not None
    for parameter in pooled.score.parameters():
        torch.nn.init.normal_(parameter)
    features = torch.randn(5, 16)
    hidden, last = pooled.score[0], pooled.score[2]  # type: ignore[index]
    v, bias, w = (p.detach().numpy() for p in (hidden.weight, hidden.bias, last.weight))
    scores = np.array([w[0] @ np.tanh(v @ f + bias) for f in features.numpy()])
    weights = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(pooled.weights(features).detach().numpy(), weights, rtol=1e-4)
    expected = sum(weight * f for weight, f in zip(weights, features.numpy(), strict=True))
    np.testing.assert_allclose(pooled.pool(features).detach().numpy(), expected, rtol=1e-4, atol=1e-6)


def test_attention_to_frames_that_stand_twice_is_shared() -> None:
    pooled = network("attention")
    assert pooled.score is not None
    for parameter in pooled.score.parameters():
        torch.nn.init.normal_(parameter)
    features = torch.randn(5, 16)
    torch.testing.assert_close(pooled.pool(features.repeat(2, 1)), pooled.pool(features))


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_clips_are_frames_pooled_before_the_classifier(pooling: str) -> None:
    pooled = network(pooling).eval()
    clips = torch.randn(2, 3, 4, 128, 64)
    features = torch.stack([pooled.features(clip.transpose(0, 1)).mean(0) for clip in clips])
    torch.testing.assert_close(pooled(clips), pooled.classifier(features), rtol=1e-4, atol=1e-5)


def test_the_attention_learns() -> None:
    pooled = network("attention")
    pooled(torch.randn(2, 3, 4, 128, 64)).square().sum().backward()
    assert pooled.score is not None
    gradient = pooled.score[2].weight.grad  # type: ignore[index]
    assert gradient is not None and bool(gradient.any())


def test_it_is_built_anew_from_its_config() -> None:
    pooled = network("attention")
    assert repr(build_frame_pooling(pooled.config)) == repr(pooled)
    with pytest.raises(InputError, match="no classifier"):
        FramePooling(CaffeNet(3, 0.1, (128, 64), 16), 4)
    with pytest.raises(InputError, match="'mean' or 'attention'"):
        network("max")
