from __future__ import annotations

import numpy as np
import pytest
import torch

from resight.clips import Preprocessing
from resight.errors import InputError
from resight.inspection import (
    class_model,
    class_saliency,
    layer_responses,
    onto_frames,
    retrieval_saliency,
    temporal_share,
)
from resight.inspection.inputs import network_input
from resight.inspection.structure import layers, pooled
from resight.models import C3D
from resight.models.c3d import parameter_count

PREPROCESSING = Preprocessing(size=(32, 16), resize=(36, 18), mean=(90, 100, 110), std=(50, 50, 50))


@pytest.fixture(scope="module")
def network() -> C3D:
    torch.manual_seed(0)
    network = C3D(5, width=0.125, input_size=(16, 32, 16), norm="batch")
    for name, parameter in network.named_parameters():
        if "norm" in name and name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    return network


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 40, 20, 3), dtype=np.uint8)


def test_climbing_raises_the_score_and_repeats_bit_for_bit(network):
    options = {"steps": 4, "rate": 5.0, "jitter": 2, "blur": 0.4, "smoothness": 1e-4, "seed": 3}
    network.train()
    flags = [p.requires_grad for p in network.parameters()]
    plain = class_model(network, 2, PREPROCESSING, steps=4, rate=5.0)
    assert network.training and all(p.grad is None for p in network.parameters())
    assert [p.requires_grad for p in network.parameters()] == flags and not all(flags)
    assert (np.diff(plain.scores) > 0).all(), "without jitter every small step climbs"
    first, second = (class_model(network, 2, PREPROCESSING, **options) for _ in range(2))
    np.testing.assert_array_equal(first.pattern, second.pattern)
    assert not np.array_equal(first.pattern, class_model(network, 2, PREPROCESSING, **options | {"seed": 4}).pattern)
    network.eval()


def test_the_first_step_of_a_class_model_is_its_gradient(network):
    found = class_model(network, 1, PREPROCESSING, steps=1, rate=2.0, decay=0.5)
    clip = torch.zeros(1, 3, 16, 32, 16, requires_grad=True)
    network(clip)[0, 1].backward()
    np.testing.assert_allclose(found.pattern, 2 * clip.grad[0].permute(1, 2, 3, 0).numpy(), rtol=1e-5, atol=1e-9)
    network.zero_grad(set_to_none=True)


def test_the_seen_clip_has_the_mean_and_the_channels_back(network):
    seen = class_model(network, 0, PREPROCESSING, steps=1, rate=1e-9).frames
    assert seen.shape == (16, 32, 16, 3) and seen.dtype == np.uint8
    np.testing.assert_array_equal(seen[0, 0, 0], [110, 100, 90])


def test_a_network_without_biases_is_refused():
    with pytest.raises(InputError, match="biases"):
        class_model(C3D(2, width=0.125, input_size=(16, 32, 16), norm="batch"), 0, PREPROCESSING)


def test_decay_holds_the_clip_small_and_runaways_are_refused(network):
    free = class_model(network, 0, PREPROCESSING, steps=6, rate=2.0, decay=0)
    held = class_model(network, 0, PREPROCESSING, steps=6, rate=2.0, decay=0.1)
    assert np.linalg.norm(held.pattern) < np.linalg.norm(free.pattern)
    with pytest.raises(InputError, match="infinity"):
        class_model(network, 0, PREPROCESSING, steps=20, rate=1e4, decay=10.0)
    with pytest.raises(InputError, match="classes 0 to 4"):
        class_model(network, 5, PREPROCESSING)


def test_saliency_is_the_gradient_on_one_scale(network, frames):
    maps = class_saliency(network, frames, 3, PREPROCESSING)
    inputs = network_input(network, frames, PREPROCESSING).requires_grad_(True)
    (gradient,) = torch.autograd.grad(network(inputs)[0, 3], inputs)
    wanted = gradient[0].abs().max(dim=0).values.numpy()
    np.testing.assert_allclose(maps, wanted / wanted.max(), rtol=1e-5)
    assert maps.max() == 1 and (maps.max(axis=(1, 2)) < 1).sum() == 15, "one scale for all frames"


def test_a_pixel_of_no_say_has_no_saliency(network, frames):
    inside = {p: v.clone() for p, v in network.state_dict().items()}
    with torch.no_grad():
        network.conv1a.weight[:, :, 0].zero_()
        network.conv1a.weight[:, :, 2].zero_()
        network.conv1a.weight[:, 0].zero_()
    blue = frames.copy()
    blue[..., 2] = 0
    np.testing.assert_array_equal(
        class_saliency(network, frames, 0, PREPROCESSING), class_saliency(network, blue, 0, PREPROCESSING)
    )
    with torch.no_grad():
        network.conv1a.weight.zero_()
    assert not class_saliency(network, frames, 0, PREPROCESSING).any()
    network.load_state_dict(inside)


@pytest.mark.parametrize("likeness", ["cosine", "euclidean"])
def test_retrieval_saliency_vanishes_for_the_clip_itself_only(network, frames, likeness):
    with torch.inference_mode():
        own = network.features(network_input(network, frames, PREPROCESSING))[0].numpy()
        other = network.features(network_input(network, frames[:, ::-1].copy(), PREPROCESSING))[0].numpy()
    assert retrieval_saliency(network, frames, other, PREPROCESSING, likeness=likeness).max() == 1
    if likeness == "euclidean":
        assert not retrieval_saliency(network, frames, own, PREPROCESSING, likeness=likeness).any()
    with pytest.raises(InputError, match="shape"):
        retrieval_saliency(network, frames, own[:-1], PREPROCESSING, likeness=likeness)


def test_maps_lie_on_the_frames_where_the_crop_was():
    maps = np.zeros((2, 32, 16), np.float32)
    maps[0, 10, 4] = 1
    whole = onto_frames(maps, PREPROCESSING, (36, 18))
    assert whole.shape == (2, 36, 18) and whole[0, 12, 5] == 1 and whole.sum() == 1
    assert onto_frames(maps, PREPROCESSING, (72, 36)).shape == (2, 72, 36)


def test_responses_are_those_of_the_layer(network, frames):
    inputs = network_input(network, frames, PREPROCESSING)
    with torch.inference_mode():
        wanted = network.norm_conv1a(network.conv1a(inputs))[0].relu().numpy()
    found = layer_responses(network, frames, PREPROCESSING, "conv1a", top=3)
    energy = (wanted.astype(np.float64) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(found.energy, energy, rtol=1e-5)
    np.testing.assert_array_equal(found.channels, np.argsort(-energy)[:3])
    np.testing.assert_allclose(found.maps, wanted[found.channels, 8], rtol=1e-5)
    mean = layer_responses(network, frames, PREPROCESSING, "conv2a", over_time="mean", top=999)
    assert mean.maps.shape == (16, 16, 8) and (np.diff(mean.energy[mean.channels]) <= 0).all()
    assert not network.norm_conv1a._forward_hooks
    with pytest.raises(InputError):
        layer_responses(network, frames[:5], PREPROCESSING)


def test_share_of_change_over_time():
    rng = np.random.default_rng(0)
    still = np.repeat(rng.normal(size=(4, 3, 1, 3, 3)), 3, axis=2)
    change = np.zeros((2, 3, 3, 3, 3))
    change[:, :, 0], change[:, :, 2] = 1.0, -1.0
    assert temporal_share(still).share < 1e-30 and temporal_share(change).share == 1
    both = temporal_share(np.concatenate([still, change, np.zeros((1, 3, 3, 3, 3))]))
    np.testing.assert_allclose(both.by_kernel, [0, 0, 0, 0, 1, 1, np.nan], atol=1e-30)
    noise = temporal_share(rng.normal(size=(400, 3, 3, 3, 3)))
    assert abs(noise.share - noise.by_chance) < 0.01 and noise.by_chance == 2 / 3
    assert temporal_share(still[:, :, :1]).share == 0
    with pytest.raises(InputError):
        temporal_share(np.zeros((2, 3, 3, 3, 3)))


def test_the_structure_is_the_published_networks(monkeypatch):
    monkeypatch.setattr(C3D, "_initialise", lambda network: None)  # slow on the meta device
    with torch.device("meta"):
        published = C3D()
    found = {layer.name: layer for layer in layers(published)}
    assert found["conv1a"].output == (64, 16, 112, 112) and found["conv1a"].pooled_by == (1, 2, 2)
    assert found["conv5b"].output == (512, 2, 7, 7) and found["conv3a"].parameters == 884_992
    assert found["fc8"].output == (487,) and found["fc8"].kernel == ()
    assert sum(layer.parameters for layer in found.values()) == 79_991_015


@pytest.mark.parametrize("pool5", ["caffe", "sym"])
def test_the_structure_of_a_small_network_is_what_torch_makes(pool5):
    network = C3D(0, width=0.125, input_size=(20, 40, 50), norm="batch", pool5=pool5)
    found = {layer.name: layer for layer in layers(network)}
    assert sum(layer.parameters for layer in found.values()) == parameter_count(network) and "fc8" not in found
    with torch.inference_mode():
        before = network.responses(torch.zeros(1, 3, 20, 40, 50), "conv5a")
    assert found["conv5a"].output == tuple(before.shape[1:])
    channels, *size = found["conv5b"].output
    assert channels * np.prod(pooled(tuple(size), network.pools["conv5b"])) == network.fc6.in_features
