from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resight.errors import InputError
from resight.models import C3D
from resight.models.c3d import Conv3d, build_c3d, parameter_count, pooled_size, scaled

SMALL: dict[str, Any] = {"num_classes": 5, "width": 1 / 8, "input_size": (16, 32, 32)}


def small(**changes: Any) -> C3D:
    torch.manual_seed(0)
    return C3D(**{**SMALL, **changes})


def clips(network: C3D, batch: int = 2) -> Tensor:
    return torch.randn(batch, 3, *network.input_size, generator=torch.Generator().manual_seed(1))


def relative_error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize(
    ("num_classes", "parameters"), [(487, 79_991_015), (101, 78_409_573), (0, 27_655_936 + 33_558_528 + 16_781_312)]
)
def test_the_published_network_has_the_published_parameters(num_classes: int, parameters: int) -> None:
    with torch.device("meta"):
        network = C3D(num_classes)
    assert parameter_count(network) == parameters
    assert network.fc6.in_features == 8192 and network.feature_dim == 4096


def test_width_scales_every_layer_to_a_multiple_of_eight() -> None:
    assert [scaled(64, width) for width in (1.0, 0.25, 0.3, 0.01)] == [64, 16, 16, 8]
    network = small(width=0.25)
    assert network.conv5b.weight.shape == (128, 128, 3, 3, 3) and network.fc7.out_features == 1024


# The fifth pooling


def test_pool5_windows_are_caffes_or_the_ports() -> None:
    row = torch.tensor([1.0, 9, 2, 8, 3, 7, 4])
    response = row[None, :].maximum(torch.zeros(7, 1)).expand(1, 1, 2, 7, 7)
    caffe, ports = small().pools["conv5b"](response), small(pool5="sym").pools["conv5b"](response)
    assert caffe.shape == ports.shape == (1, 1, 1, 4, 4)
    assert caffe[0, 0, 0, 0].tolist() == [9, 8, 7, 4]
    assert ports[0, 0, 0, 0].tolist() == [1, 9, 8, 7]
    assert torch.equal(caffe, F.max_pool3d(response, 2, ceil_mode=True))
    padded_with_zeros = F.max_pool3d(F.pad(response, (0, 1, 0, 1)), 2)
    assert torch.equal(caffe, padded_with_zeros)


def test_both_windows_give_8192_inputs_but_other_features() -> None:
    assert pooled_size((16, 112, 112), "caffe") == pooled_size((16, 112, 112), "sym") == (1, 4, 4)
    network = small(input_size=(16, 112, 112))
    other = small(input_size=(16, 112, 112), pool5="sym")
    other.load_state_dict(network.state_dict())
    x = clips(network, 1)
    with torch.no_grad():
        assert not torch.allclose(network.responses(x), other.responses(x))


@pytest.mark.parametrize("pool5", ["caffe", "sym"])
@pytest.mark.parametrize("size", [(16, 112, 112), (16, 56, 56), (16, 128, 64), (16, 33, 47)])
def test_fc6_fits_what_the_poolings_leave(size: tuple[int, int, int], pool5: str) -> None:
    network = small(input_size=size, pool5=pool5, width=0.02).eval()
    with torch.no_grad():
        assert network.responses(clips(network, 1)).shape[2:] == pooled_size(size, pool5)


@pytest.mark.parametrize(
    ("size", "pool5", "words"),
    [
        ((16, 112, 8), "caffe", r"\(16, 112, 8\).*pool4"),
        ((4, 112, 112), "caffe", r"\(4, 112, 112\).*pool4"),
        ((1, 112, 112), "caffe", r"\(1, 112, 112\).*pool2"),
        ((8, 112, 112), "sym", r"\(8, 112, 112\).*pool5"),
    ],
)
def test_an_input_too_small_is_refused(size: tuple[int, int, int], pool5: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        small(input_size=size, pool5=pool5)


def test_another_clip_than_the_network_was_made_for_is_refused() -> None:
    network = small()
    for shape in ((2, 3, 8, 32, 32), (2, 1, 16, 32, 32), (3, 16, 32, 32)):
        with pytest.raises(InputError, match=r"takes clips \('B', 3, 16, 32, 32\)"):
            network(torch.zeros(shape))


@pytest.mark.parametrize(
    "wrong", [{"pool5": "floor"}, {"norm": "layer"}, {"temporal_kernel": 2}, {"width": 0}, {"num_classes": -1}]
)
def test_unknown_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="C3D"):
        small(**wrong)


# Two frames in bf16


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_bf16_gradients_are_those_of_fp32(frames: int, layout: torch.memory_format) -> None:
    """torch 2.13's own convolution fails this at two frames."""
    torch.manual_seed(0)
    layer = Conv3d(16, 32, 3, padding=1).to(memory_format=layout)  # type: ignore[call-overload]
    x = torch.randn(2, 16, frames, 7, 7).contiguous(memory_format=layout)

    def gradients(bf16: bool) -> list[Tensor]:
        layer.zero_grad()
        leaf = x.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            out = layer(leaf)
        out.float().square().sum().backward()
        found = [out, leaf.grad, layer.weight.grad, layer.bias.grad]
        return [tensor.detach().float().clone() for tensor in found if tensor is not None]

    for exact, rounded in zip(gradients(False), gradients(True), strict=True):
        assert relative_error(rounded, exact) < 0.01


@pytest.mark.parametrize("frames", [8, 16])
def test_the_whole_network_trains_in_bf16_as_in_fp32(frames: int) -> None:
    """conv4 sees two frames of eight, conv5 two of sixteen.

    Rounding the weights and the input to bf16 once moves a deep network's fp32 gradients by a third already; that
    is the measure here. The wrong gradient of torch's own convolution is off by orders of magnitude.
    """
    network = small(input_size=(frames, 32, 32), norm="batch", dropout=0.0)
    x, labels = clips(network, 8), torch.arange(8) % 5

    def gradients(network: C3D, x: Tensor, bf16: bool) -> dict[str, Tensor]:
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = F.cross_entropy(network(x).float(), labels)
        loss.backward()
        return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None and p.ndim > 1}

    rounded = copy.deepcopy(network).bfloat16().float()
    exact, in_bf16 = gradients(network, x, False), gradients(network, x, True)
    moved = gradients(rounded, x.bfloat16().float(), False)
    for name in ("conv4a.weight", "conv4b.weight", "conv5a.weight", "conv5b.weight", "fc6.weight"):
        assert relative_error(in_bf16[name], exact[name]) < 3 * relative_error(moved[name], exact[name]), name


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_padding_by_hand_changes_nothing(frames: int) -> None:
    torch.manual_seed(0)
    layer = Conv3d(4, 6, 3, padding=1)
    x = torch.randn(2, 4, frames, 7, 7)
    torch.testing.assert_close(layer(x), F.conv3d(x, layer.weight, layer.bias, padding=1), rtol=1e-5, atol=1e-6)


# The network


def reference(network: C3D, x: Tensor) -> dict[str, Tensor]:
    """METHODS §1.1 line by line: ReLU, then pooling."""
    out: dict[str, Tensor] = {}
    for name in ("conv1a", "conv2a", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b"):
        layer = network.get_submodule(name)
        assert isinstance(layer, nn.Conv3d)
        x = F.relu(F.conv3d(x, layer.weight, layer.bias, padding=layer.padding))  # type: ignore[arg-type]
        if name == "conv1a":
            x = F.max_pool3d(x, (1, 2, 2))
        elif name in ("conv2a", "conv3b", "conv4b"):
            x = F.max_pool3d(x, 2)
    x = F.max_pool3d(x, 2, ceil_mode=True).flatten(1)
    out["fc6 before"] = network.fc6(x)
    out["fc6"] = F.relu(out["fc6 before"])
    out["fc7 before"] = network.fc7(out["fc6"])
    out["fc7"] = F.relu(out["fc7 before"])
    out["logits"] = network.fc8(out["fc7"])
    return out


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
@pytest.mark.parametrize("temporal_kernel", [3, 1])
def test_features_and_logits_are_those_of_the_plain_network(layout: torch.memory_format, temporal_kernel: int) -> None:
    network = small(temporal_kernel=temporal_kernel).eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.1)
    x = clips(network)
    expected = reference(network, x)
    network = network.to(memory_format=layout)  # type: ignore[call-overload]
    x = x.contiguous(memory_format=layout)

    def same(found: Tensor, name: str) -> None:
        torch.testing.assert_close(found, expected[name], rtol=1e-3, atol=1e-4 * float(expected[name].abs().max()))

    for layer in ("fc6", "fc7"):
        same(network.features(x, layer), layer)
        same(network.features(x, layer, relu=False), f"{layer} before")
    assert (network.features(x, relu=False) < 0).any() and (network.features(x) >= 0).all()
    logits, features = network(x, return_features=True)
    same(logits, "logits")
    same(features, "fc7")
    assert torch.equal(network(x), logits)
    with pytest.raises(InputError, match="fc6 or fc7"):
        network.features(x, "fc8")


def test_features_by_stage_are_strips_of_the_responses_and_the_last_layer() -> None:
    network = small(input_size=(16, 112, 32)).eval()
    x = clips(network)
    blocks = network.features_by_stage(x, ("conv3b", "conv5b"), "fc6", relu=False)
    expected = []
    for name in ("conv3b", "conv5b"):
        response = network.responses(x, last=name).mean(2)  # (B, C, 14, 4), then (B, C, 4, 1)
        rows = response.shape[2]
        count = min(6, rows)
        strips = [response[:, :, rows * i // count : -(-rows * (i + 1) // count)] for i in range(count)]
        expected += [torch.stack([strip.mean((2, 3)) for strip in strips], 2).flatten(1)]
        expected += [torch.stack([strip.amax((2, 3)) for strip in strips], 2).flatten(1)]
    expected.append(network.features(x, "fc6", relu=False))
    assert [block.shape for block in blocks] == [block.shape for block in expected]
    for found, wanted in zip(blocks, expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    with pytest.raises(InputError, match="no stage 'conv3a'"):
        network.features_by_stage(x, ("conv3a",))
    with pytest.raises(InputError, match="no convolution 'fc6'"):
        network.responses(x, last="fc6")


def test_a_temporal_kernel_of_one_sees_each_frame_alone() -> None:
    for kernel, alone in ((1, True), (3, False)):
        network = small(temporal_kernel=kernel).eval()
        x = clips(network)
        with torch.no_grad():
            turned = network.responses(x.flip(2), last="conv1a").flip(2)
            assert torch.allclose(network.responses(x, last="conv1a"), turned, atol=1e-6) is alone


def test_dropout_acts_in_training_only() -> None:
    network = small()
    x = clips(network)
    assert not torch.equal(network(x), network(x))
    assert torch.equal(network.eval()(x), network(x))
    still = small(dropout=0.0)
    assert torch.equal(still(x), still(x))


def test_biases_before_normalisation_have_no_gradient_to_lose() -> None:
    network = small(norm="batch", dropout=0.0)
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    network(clips(network)).square().sum().backward()
    gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    for name, gradient in gradients.items():
        if name.startswith("conv") and name.endswith("bias"):
            assert gradient.abs().max() < 1e-3 * gradients[name.replace("bias", "weight")].abs().max(), name
    assert all(p.requires_grad for p in small(norm=None).parameters())


def test_gradients_reach_every_parameter_and_keep_the_layout() -> None:
    network = small(norm="batch").to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    logits, features = network(clips(network).contiguous(memory_format=torch.channels_last_3d), return_features=True)
    (logits.square().sum() + features.sum()).backward()
    for name, parameter in network.named_parameters():
        trained = not (name.startswith("conv") and name.endswith("bias"))
        assert parameter.requires_grad is trained and (parameter.grad is not None) is trained, name
        assert not trained or bool(torch.isfinite(parameter.grad).all()), name  # type: ignore[arg-type]
    response = torch.randn(2, 8, 4, 8, 8).contiguous(memory_format=torch.channels_last_3d).requires_grad_()
    seen: list[Tensor] = []
    passed = response * 1
    passed.register_hook(seen.append)
    from resight.models.c3d import SameLayoutGradient

    F.max_pool3d(SameLayoutGradient.apply(passed), 2).sum().backward()  # type: ignore[no-untyped-call]
    assert seen[0].is_contiguous(memory_format=torch.channels_last_3d)


def test_initialisation_is_caffes_without_normalisation_and_hes_with_it() -> None:
    plain, normed = small(width=0.25), small(width=0.25, norm="batch")
    assert float(plain.conv3a.weight.std()) == pytest.approx(0.01, rel=0.05)
    assert float(plain.fc6.weight.std()) == pytest.approx(0.005, rel=0.05)
    assert float(plain.fc8.weight.std()) == pytest.approx(0.01, rel=0.1)
    biases = {name: float(p.unique()) for name, p in plain.named_parameters() if name.endswith("bias")}
    assert {name for name, value in biases.items() if value == 0} == {"conv1a.bias", "fc8.bias"}
    assert set(biases.values()) == {0.0, 1.0}
    fan_in = 27 * normed.conv3a.in_channels
    assert float(normed.conv3a.weight.std()) == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)
    assert not normed.conv3a.bias.any()
    assert isinstance(normed.norm_conv1a, nn.BatchNorm3d) and isinstance(normed.norm_fc7, nn.BatchNorm1d)


def test_a_new_classifier_leaves_the_features() -> None:
    network = small().eval()
    x = clips(network)
    before = network.features(x)
    network.replace_classifier(11)
    assert network(x).shape == (2, 11) and network.config["num_classes"] == 11
    assert torch.equal(network.features(x), before)


def test_without_classes_the_network_returns_features() -> None:
    network = small(num_classes=0).eval()
    x = clips(network)
    assert torch.equal(network(x), network.features(x))
    network.replace_classifier(3)
    assert network(x).shape == (2, 3)


def test_a_network_is_built_anew_from_its_config() -> None:
    network = small(norm="batch", pool5="sym", temporal_kernel=1, dropout=0.2)
    assert repr(build_c3d(network.config)) == repr(network)
    assert build_c3d(network.config).config == network.config
