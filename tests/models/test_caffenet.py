from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from resight.errors import InputError
from resight.models.c3d import parameter_count
from resight.models.caffenet import LRN, CaffeNet, build_caffenet, pooled_size


def small(**options: Any) -> CaffeNet:
    torch.manual_seed(0)
    return CaffeNet(**{"num_classes": 5, "width": 0.1, "input_size": (128, 64), "features": 32, **options})


def slow_lrn(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Caffe: divide by (1 + alpha/5 · sum of squares over five neighbouring channels) to the power beta."""
    out = np.empty_like(values)
    channels = values.shape[1]
    for c in range(channels):
        near = values[:, max(0, c - 2) : min(channels, c + 3)]
        out[:, c] = values[:, c] / (1 + 1e-4 / 5 * (near**2).sum(1)) ** 0.75
    return out


def test_the_published_network_has_9216_inputs_of_fc6_and_caffenets_parameters() -> None:
    assert pooled_size((227, 227)) == (6, 6)
    with torch.device("meta"):
        network = CaffeNet()
    assert network.fc6.in_features == 9_216
    # conv1 96·3·11² + 96, conv2 256·48·5² + 256, conv3 384·256·3² + 384, conv4 384·192·3² + 384,
    # conv5 256·192·3² + 256, fc6 4096·9216 + 4096, fc7 4096·4096 + 4096, fc8 1000·4096 + 1000
    by_hand = 34_944 + 307_456 + 885_120 + 663_936 + 442_624 + 37_752_832 + 16_781_312 + 4_097_000
    assert parameter_count(network) == by_hand == 60_965_224
    with torch.device("meta"):
        mars = CaffeNet(num_classes=625, features=1024)
    assert parameter_count(mars) == by_hand - 37_752_832 - 16_781_312 - 4_097_000 + 9_438_208 + 1_049_600 + 640_625


def test_poolings_round_up() -> None:
    assert pooled_size((128, 64)) == (3, 1)  # 30×14 → 15×7 → 7×3 → 3×1
    assert pooled_size((135, 135)) == (4, 4)  # 32 → 16 → 8 → 4, where rounding down gives 15 → 7 → 3


@pytest.mark.parametrize("size", [(227, 227), (128, 64), (160, 60), (99, 131)])
def test_fc6_fits_what_the_poolings_leave(size: tuple[int, int]) -> None:
    network = small(input_size=size).eval()
    with torch.no_grad():
        assert network.responses(torch.zeros(1, 3, *size)).shape[2:] == pooled_size(size)


def test_local_response_normalisation_is_caffes() -> None:
    values = np.random.default_rng(0).normal(0, 100, (2, 9, 3, 4))
    layer = small(norm="lrn").lrn
    assert isinstance(layer, nn.LocalResponseNorm) and LRN["k"] == 1
    np.testing.assert_allclose(layer(torch.from_numpy(values)).numpy(), slow_lrn(values), rtol=1e-10)


def test_the_network_is_its_definition() -> None:
    network = small(norm="lrn").eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.1)
    frames = torch.randn(2, 3, 128, 64) * 50

    def normalised(x: Tensor) -> Tensor:
        return torch.from_numpy(slow_lrn(x.detach().double().numpy())).float()

    def convolved(name: str, x: Tensor, **options: Any) -> Tensor:
        layer = network.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        return F.relu(F.conv2d(x, layer.weight, layer.bias, **options))

    x = normalised(F.max_pool2d(convolved("conv1", frames, stride=4), 3, 2, ceil_mode=True))
    x = normalised(F.max_pool2d(convolved("conv2", x, padding=2, groups=2), 3, 2, ceil_mode=True))
    x = convolved("conv3", x, padding=1)
    x = convolved("conv4", x, padding=1, groups=2)
    x = F.max_pool2d(convolved("conv5", x, padding=1, groups=2), 3, 2, ceil_mode=True)
    expected = F.relu(network.fc7(F.relu(network.fc6(x.flatten(1))))).detach()
    logits, features = network(frames, return_features=True)
    torch.testing.assert_close(features, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))
    assert torch.equal(logits, network.fc8(features))


def test_initialisation_is_caffes_or_hes() -> None:
    plain = small(norm="lrn", width=0.5, features=512)
    assert float(plain.conv3.weight.detach().std()) == pytest.approx(0.01, rel=0.05)
    assert float(plain.fc6.weight.detach().std()) == pytest.approx(0.005, rel=0.05)
    biases = {name: float(p.unique()) for name, p in plain.named_parameters() if name.endswith("bias")}
    assert {name for name, value in biases.items() if value == 1} == {
        f"{name}.bias" for name in ("conv2", "conv4", "conv5", "fc6", "fc7")
    }
    normed = small(norm="batch", width=0.5)
    fan_in = normed.conv4.in_channels // 2 * 9
    assert float(normed.conv4.weight.detach().std()) == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)


def test_gradients_reach_every_parameter() -> None:
    network = small(norm="batch")
    network(torch.randn(4, 3, 128, 64)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and bool(torch.isfinite(parameter.grad).all()), name


def test_wrong_options_and_frames_are_refused() -> None:
    for wrong in ({"norm": "layer"}, {"width": 0}, {"num_classes": -1}, {"features": 0}):
        with pytest.raises(InputError, match="CaffeNet"):
            small(**wrong)
    with pytest.raises(InputError, match="too small"):
        small(input_size=(128, 32))
    with pytest.raises(InputError, match="takes frames"):
        small()(torch.zeros(1, 3, 64, 64))


def test_a_network_is_built_anew_from_its_config() -> None:
    network = small(norm="batch", dropout=0.2)
    assert repr(build_caffenet(network.config)) == repr(network)
    without = small(num_classes=0).eval()
    frames = torch.zeros(1, 3, 128, 64)
    assert torch.equal(without(frames), without.features(frames))
