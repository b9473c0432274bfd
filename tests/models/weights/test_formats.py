"""Each format, written by the inverse rule, gives the network back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.errors import RecipeError, WeightsError
from resight.models import C3D, load_model
from resight.models.weights import convert, inspect, load
from tests.models.weights import writers
from tests.models.weights.conftest import random_network
from tests.models.weights.writers import FORMATS

SPORTS1M = (90.25, 97.66, 101.41)
HOW_FED = {
    "jfzhang_checkpoint": ("sym", "bgr", (90.0, 98.0, 102.0)),
    "mmaction_recogniser": ("sym", "rgb", (104.0, 117.0, 128.0)),
}
WORDS = {"caffe": "Caffe", "keras": "Keras", "davide": "DavideA", "jfzhang": "jfzhang95", "mmaction": "mmaction2"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_converted_file_gives_the_same_fc7(name: str, network: C3D, clip: Tensor, tmp_path: Path) -> None:
    pool5, channels, mean = HOW_FED.get(name, ("caffe", "bgr", SPORTS1M))
    written, target = tmp_path / "weights", tmp_path / "c3d.safetensors"
    FORMATS[name](network, written)
    info = convert(written, target)
    model = load_model(target)
    reference = C3D(5, 1 / 8, pool5=pool5).eval()
    reference.load_state_dict(network.state_dict())
    with torch.no_grad():
        expected, found = reference.features(clip), model.network.features(clip)
    assert float(expected.abs().max()) > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    classes = 0 if name == "mmaction_backbone" else 5
    assert (info.width, info.num_classes, info.pool5) == (1 / 8, classes, pool5)
    assert (model.preprocessing.channels, model.preprocessing.mean) == (channels, mean)
    assert (model.preprocessing.size, model.preprocessing.resize) == ((112, 112), (128, 171))
    assert model.info["weights"]["sha256"] == inspect(written).sha256
    for key, tensor in model.network.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[key]), key


@pytest.mark.parametrize("name", FORMATS)
def test_inspect_names_the_format_and_lists_its_tensors(name: str, network: C3D, tmp_path: Path) -> None:
    FORMATS[name](network, tmp_path / "weights")
    info = inspect(tmp_path / "weights")
    assert WORDS[name.split("_")[0]] in info.format
    assert info.fits and info.width == 1 / 8
    assert len(info.tensors) >= 20
    assert "C3D of width 0.125" in str(info) and next(iter(info.tensors)) in str(info)


def test_the_two_dialects_of_caffe_are_told_apart(network: C3D, tmp_path: Path) -> None:
    for name, words in {"caffe_v1_0": "C3D-v1.0 form", "caffe_bvlc": "BVLC", "caffe_bvlc_v1": "BVLC"}.items():
        FORMATS[name](network, tmp_path / name)
        assert words in inspect(tmp_path / name).format


@pytest.mark.parametrize("theano", [False, True])
@pytest.mark.parametrize("order", ["chw", "hwc"])
def test_fc6_order_is_taken_as_told(theano: bool, order: str, network: C3D, tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    writers.keras(network, path, theano, order, writers.keras_1)
    assert torch.equal(load(path, fc6_order=order).network.fc6.weight, network.fc6.weight)
    other = "hwc" if order == "chw" else "chw"
    assert not torch.equal(load(path, fc6_order=other).network.fc6.weight, network.fc6.weight)
    default = "chw" if theano else "hwc"
    assert torch.equal(load(path).network.fc6.weight, network.fc6.weight) == (order == default)


def test_fc6_order_is_refused_for_other_formats(network: C3D, tmp_path: Path) -> None:
    writers.davide(network, tmp_path / "c3d.pickle")
    with pytest.raises(RecipeError, match="Keras files only"):
        load(tmp_path / "c3d.pickle", fc6_order="hwc")


def test_channel_order_turns_the_mean_too(network: C3D, tmp_path: Path) -> None:
    writers.mmaction_backbone(network, tmp_path / "backbone.pth")
    preprocessing = load(tmp_path / "backbone.pth", channel_order="rgb").preprocessing
    assert (preprocessing.channels, preprocessing.mean) == ("rgb", SPORTS1M[::-1])
    with pytest.raises(RecipeError, match="channel_order is one of bgr, rgb"):
        load(tmp_path / "backbone.pth", channel_order="gbr")


def test_pool5_can_be_overruled_and_matters(network: C3D, clip: Tensor, tmp_path: Path) -> None:
    writers.davide(network, tmp_path / "c3d.pickle")
    ours, other = (load(tmp_path / "c3d.pickle", pool5=pool5).network for pool5 in (None, "sym"))
    assert (ours.config["pool5"], other.config["pool5"]) == ("caffe", "sym")
    with torch.no_grad():
        assert not torch.allclose(ours.features(clip), other.features(clip), rtol=0.01)


def test_a_mean_cube_gives_its_channel_means(network: C3D, tmp_path: Path) -> None:
    cube = np.empty((3, 16, 128, 171))
    cube[:] = np.reshape((90, 100, 110), (3, 1, 1, 1))
    np.save(tmp_path / "mean.npy", cube)
    writers.davide(network, tmp_path / "c3d.pickle")
    assert load(tmp_path / "c3d.pickle", mean=tmp_path / "mean.npy").preprocessing.mean == (90, 100, 110)
    turned = load(tmp_path / "c3d.pickle", mean=tmp_path / "mean.npy", channel_order="rgb").preprocessing
    assert turned.mean == (110, 100, 90)


@pytest.mark.parametrize(("width", "num_classes"), [(0.02, 3), (0.1, 7), (0.3, 2)])
def test_width_and_classes_are_read_off_the_shapes(width: float, num_classes: int, tmp_path: Path) -> None:
    network = random_network("caffe", num_classes, width)
    writers.davide(network, tmp_path / "c3d.pickle")
    found = load(tmp_path / "c3d.pickle").network
    assert found.config["num_classes"] == num_classes
    assert {k: v.shape for k, v in found.state_dict().items()} == {k: v.shape for k, v in network.state_dict().items()}


def test_foreign_safetensors_are_read_by_their_names(network: C3D, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    renamed = {
        name.replace("conv1a", "conv1").replace("conv2a", "conv2"): t for name, t in network.state_dict().items()
    }
    save_file(renamed, tmp_path / "foreign.safetensors")
    assert "DavideA" in inspect(tmp_path / "foreign.safetensors").format
    assert torch.equal(load(tmp_path / "foreign.safetensors").network.conv1a.weight, network.conv1a.weight)


def test_our_own_files_are_known(network: C3D, tmp_path: Path) -> None:
    writers.davide(network, tmp_path / "c3d.pickle")
    convert(tmp_path / "c3d.pickle", tmp_path / "own.safetensors")
    assert inspect(tmp_path / "own.safetensors").format == "Resight's own"
    assert load(tmp_path / "own.safetensors").info["weights"]["file"] == "c3d.pickle"
    with pytest.raises(RecipeError, match="already in Resight's own form"):
        convert(tmp_path / "own.safetensors", tmp_path / "again.safetensors")
    with pytest.raises(RecipeError, match="leave the options out"):
        load(tmp_path / "own.safetensors", pool5="sym")
    with pytest.raises(RecipeError, match=r"NAME\.safetensors"):
        convert(tmp_path / "c3d.pickle", tmp_path / "own.pth")


def test_the_full_size_network_is_recognised() -> None:
    from resight.models.weights.fit import infer_config

    with torch.device("meta"):
        full = C3D()
    config = infer_config(dict(full.state_dict()), "caffe")
    assert (config["width"], config["num_classes"]) == (1.0, 487)


def test_a_float16_file_becomes_float32(network: C3D, tmp_path: Path) -> None:
    torch.save({name: tensor.half() for name, tensor in network.state_dict().items()}, tmp_path / "half.pth")
    assert load(tmp_path / "half.pth").network.fc7.weight.dtype == torch.float32


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    for use in (inspect, load, lambda path: convert(path, tmp_path / "c3d.safetensors")):
        with pytest.raises(WeightsError, match="no readable weight file"):
            use(tmp_path / "nowhere.pth")
