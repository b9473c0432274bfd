"""Every public weight format written from a C3D, by the inverse of METHODS §1.5."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor

from resight.models import C3D

LAYERS = ("conv1a", "conv2a", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b", "fc6", "fc7", "fc8")
PORT_NAMES = {"conv1a": "conv1", "conv2a": "conv2"}
FEATURE_NUMBERS = dict(zip(LAYERS[:8], (0, 3, 6, 8, 11, 13, 16, 18), strict=True))
CLASSIFIER_NUMBERS = {"fc6": 0, "fc7": 3, "fc8": 6}


def parameters(network: C3D) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    state = network.state_dict()
    return {name: (state[f"{name}.weight"].numpy(), state[f"{name}.bias"].numpy()) for name in LAYERS}


# Protocol Buffers


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def chunk(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def blob_v1_0(values: np.ndarray) -> bytes:
    sizes = (1,) * (5 - values.ndim) + values.shape
    head = b"".join(number(i, size) for i, size in enumerate(sizes, 1))
    return head + chunk(6, values.astype("<f4").tobytes())


def blob_bvlc(values: np.ndarray) -> bytes:
    """With a shape and a field 6 (the gradient), which is the data's field in C3D-v1.0."""
    shape = chunk(1, b"".join(varint(size) for size in values.shape))
    data = values.astype("<f4").tobytes()
    return chunk(5, data) + chunk(6, bytes(len(data))) + chunk(7, shape)


def caffe_v1_0(network: C3D, path: Path) -> None:
    net = chunk(1, b"DeepConv3DNet")
    for name, (weight, bias) in parameters(network).items():
        layer = chunk(2, b"below") + chunk(3, b"above") + chunk(4, (name + "-1" * name.startswith("fc")).encode())
        layer += number(5, 30 if name.startswith("conv") else 14) + chunk(6, blob_v1_0(weight))
        net += chunk(2, layer + chunk(6, blob_v1_0(bias)))
        net += chunk(2, chunk(4, b"pool") + number(5, 31))
    path.write_bytes(net)


def caffe_bvlc_v1(network: C3D, path: Path) -> None:
    net = b""
    for name, arrays in parameters(network).items():
        net += chunk(2, chunk(4, name.encode()) + number(5, 4) + b"".join(chunk(6, blob_bvlc(a)) for a in arrays))
    path.write_bytes(chunk(1, b"net") + net)


def caffe_bvlc(network: C3D, path: Path) -> None:
    net = b""
    for name, arrays in parameters(network).items():
        kind = b"NdConvolution" if name.startswith("conv") else b"InnerProduct"
        net += chunk(100, chunk(1, name.encode()) + chunk(2, kind) + b"".join(chunk(7, blob_bvlc(a)) for a in arrays))
    path.write_bytes(chunk(1, b"net") + net)


# Keras


def _fc6_by_pixel(weight: np.ndarray) -> np.ndarray:
    out, count = weight.shape
    return weight.reshape(out, count // 16, 4, 4).transpose(2, 3, 1, 0).reshape(count, out)


def keras(network: C3D, path: Path, theano: bool, fc6_order: str, naming: Callable[[str], tuple[str, str]]) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("flatten_1")
        for name, (weight, bias) in parameters(network).items():
            if name.startswith("conv"):
                weight = weight[:, :, ::-1, ::-1, ::-1] if theano else weight.transpose(2, 3, 4, 1, 0)
            elif name == "fc6" and fc6_order == "hwc":
                weight = _fc6_by_pixel(weight)
            else:
                weight = weight.T
            kernel_name, bias_name = naming(PORT_NAMES.get(name, name))
            file[kernel_name], file[bias_name] = weight, bias


def keras_1(layer: str) -> tuple[str, str]:
    return f"{layer}/{layer}_W", f"{layer}/{layer}_b"


def keras_2(layer: str) -> tuple[str, str]:
    return f"model_weights/{layer}/{layer}/kernel:0", f"model_weights/{layer}/{layer}/bias:0"


def keras_tf(network: C3D, path: Path) -> None:
    keras(network, path, False, "hwc", keras_1)


def keras_tf_2(network: C3D, path: Path) -> None:
    keras(network, path, False, "hwc", keras_2)
    with h5py.File(path, "a") as file:
        file["optimizer_weights/training/SGD/conv1/kernel:0"] = np.zeros((3, 3, 3, 3, 8), np.float32)


def keras_th(network: C3D, path: Path) -> None:
    keras(network, path, True, "chw", keras_1)


# PyTorch


def _state(network: C3D, rename: Callable[[str], str | None]) -> OrderedDict[str, Tensor]:
    state: OrderedDict[str, Tensor] = OrderedDict()
    for name in LAYERS:
        new = rename(name)
        for part in ("weight", "bias"):
            if new is not None:
                state[f"{new}.{part}"] = network.state_dict()[f"{name}.{part}"]
    return state


def davide(network: C3D, path: Path) -> None:
    state = _state(network, lambda name: PORT_NAMES.get(name, name))
    torch.save(state, path, _use_new_zipfile_serialization=False)


def jfzhang_numbered(network: C3D, path: Path) -> None:
    numbers = {name: f"features.{i}" for name, i in FEATURE_NUMBERS.items()}
    numbers |= {name: f"classifier.{i}" for name, i in CLASSIFIER_NUMBERS.items()}
    torch.save(_state(network, numbers.get), path)


def jfzhang_checkpoint(network: C3D, path: Path) -> None:
    state = _state(network, lambda name: PORT_NAMES.get(name, name))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    torch.save({"epoch": 3, "state_dict": state, "opt_dict": optimiser.state_dict()}, path)


def mmaction_backbone(network: C3D, path: Path) -> None:
    def rename(name: str) -> str | None:
        return f"{name}.conv" if name.startswith("conv") else None if name == "fc8" else name

    torch.save(_state(network, rename), path)


def mmaction_recogniser(network: C3D, path: Path) -> None:
    def rename(name: str) -> str:
        if name == "fc8":
            return "cls_head.fc_cls"
        return f"backbone.{name}.conv" if name.startswith("conv") else f"backbone.{name}"

    state = _state(network, rename)
    state["data_preprocessor.mean"] = torch.zeros(3, 1, 1, 1)
    torch.save({"meta": {"epoch": 45}, "state_dict": state}, path)


FORMATS: dict[str, Callable[[C3D, Path], Any]] = {
    writer.__name__: writer
    for writer in (
        caffe_v1_0,
        caffe_bvlc_v1,
        caffe_bvlc,
        keras_tf,
        keras_tf_2,
        keras_th,
        davide,
        jfzhang_numbered,
        jfzhang_checkpoint,
        mmaction_backbone,
        mmaction_recogniser,
    )
}
