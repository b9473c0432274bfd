from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resight.errors import InputError
from resight.models.astpn import ASTPN, MODES, SpatialPyramid, attentive_pooling
from resight.models.counting import learned_numbers
from resight.models.rcn import RCN, FrameNetwork
from resight.models.two_stream import TwoStream


def test_published_sizes() -> None:
    rcn = RCN(89)
    assert rcn.frame.fc.in_features == 2560
    assert ASTPN(89).frame.fc.in_features == 2720
    # 2,016 + 12,832 + 25,632 of the convolutions, 327,808, 16,512 of the recurrence, 128 of its beginning.
    assert learned_numbers(rcn) == 384_928
    assert learned_numbers(TwoStream(89)) == 2 * 384_928 - 5 * 16 * 25
    with pytest.raises(InputError, match="takes sequences"):
        rcn.steps(torch.zeros(1, 2, 5, 64, 48))


def test_the_frame_network_is_convolution_tanh_pooling_thrice() -> None:
    torch.manual_seed(0)
    network, x = FrameNetwork(5).eval(), torch.randn(2, 5, 56, 40)
    expected = x
    for conv in (network.conv1, network.conv2, network.conv3):
        padded = F.pad(expected, (4, 4, 4, 4))
        expected = F.max_pool2d(torch.tanh(F.conv2d(padded, conv.weight, conv.bias)), 2)
    assert expected.shape == (2, 32, 10, 8)
    torch.testing.assert_close(network(x), network.fc(expected.flatten(1)), rtol=1e-5, atol=1e-5)


def test_the_recurrence_step_by_step() -> None:
    torch.manual_seed(0)
    network, x = RCN(0, features=6).eval(), torch.randn(1, 3, 5, 56, 40)
    frames = [network.frame(x[0, t : t + 1] - x[0, t].mean())[0] for t in range(3)]
    state = frames[0] + network.start
    for t in (1, 2):
        state = frames[t] + network.recurrent.weight @ torch.tanh(state) + network.recurrent.bias
    torch.testing.assert_close(network.steps(x)[0, 2], state, rtol=1e-4, atol=1e-5)


def test_the_pyramid_takes_the_largest_of_each_bin() -> None:
    responses = torch.randn(1, 32, 21, 17)
    pooled = SpatialPyramid()(responses)[0]
    assert pooled.shape == (2720,)
    torch.testing.assert_close(pooled[-32:], responses[0].amax((1, 2)))
    corner = responses[0, 0, :11, :9].max()  # of 2×2 bins over 21×17, the first has rows 0–10 and columns 0–8
    assert pooled[32 * (64 + 16)] == corner


def test_attention_by_hand() -> None:
    """Two steps against three: every number written out."""
    first = np.array([[1.0, 0.0], [0.0, 2.0]])
    second = np.array([[0.5, 0.0], [0.0, -1.0], [0.2, 0.1]])
    u = np.array([[1.0, 0.5], [0.0, 1.0]])
    # P U = [[1, 0.5], [0, 2]]; P U Gᵀ = [[0.5, -0.5, 0.25], [0, -2, 0.2]]
    rows, columns = np.tanh([0.5, 0.2]), np.tanh([0.5, -0.5, 0.25])
    a, b = np.exp(rows) / np.exp(rows).sum(), np.exp(columns) / np.exp(columns).sum()
    expected = ([a[0], 2 * a[1]], [0.5 * b[0] + 0.2 * b[2], -b[1] + 0.1 * b[2]])
    found = attentive_pooling(*(torch.tensor(x)[None] for x in (first, second)), torch.tensor(u))
    for vector, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(vector[0].numpy(), wanted, rtol=1e-12)


def test_gradients_of_attention() -> None:
    torch.manual_seed(1)
    inputs = [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((2, 3, 4), (2, 5, 4), (4, 4))]
    assert torch.autograd.gradcheck(attentive_pooling, inputs)


def test_modes_of_astpn() -> None:
    for mode in MODES:
        network = ASTPN(3, mode)
        assert network.pairwise == (mode in ("temporal", "spatial_temporal"))
        assert network.frame.fc.in_features == (2720 if "spatial" in mode else 2560)
    torch.manual_seed(2)
    plain = ASTPN(3, "cnn-rnn").eval()
    torch.manual_seed(2)
    rcn, x = RCN(3).eval(), torch.randn(2, 2, 5, 56, 40)
    torch.testing.assert_close(plain.pool(plain.steps(x), plain.steps(x)), rcn.pool(rcn.steps(x), rcn.steps(x)))
    with pytest.raises(InputError, match="no mode"):
        ASTPN(3, "spatial-temporal")  # type: ignore[arg-type]


def test_each_stream_sees_its_own_channels_and_has_its_own_distance() -> None:
    torch.manual_seed(0)
    network, x = TwoStream(3, (2.0, 1.0), features=4).eval(), torch.randn(1, 2, 5, 56, 40)
    other = x.clone()
    other[:, :, 3:] += torch.randn(1, 2, 2, 56, 40)
    a, b = (network.pool(network.steps(s), network.steps(s))[0] for s in (x, other))
    torch.testing.assert_close(a[:, :4], b[:, :4])
    distances = network.distances(a, b)[0].tolist()
    assert len(distances) == 2 and distances[0] == pytest.approx(0, abs=1e-5)
    assert distances[1] == pytest.approx(float((a[0, 4:] - b[0, 4:]).detach().norm()))
    assert network.classify(a).shape == (1, 3) and isinstance(network.classifier, nn.Linear)
