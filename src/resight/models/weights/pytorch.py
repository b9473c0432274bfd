"""State dicts of three PyTorch ports of C3D: DavideA's, jfzhang95's, mmaction2's (METHODS §1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from resight.errors import WeightsError
from resight.models.weights.source import FOREIGN_LAYERS, Source

NUMBERED_LAYERS = {
    "features.0": "conv1a",
    "features.3": "conv2a",
    "features.6": "conv3a",
    "features.8": "conv3b",
    "features.11": "conv4a",
    "features.13": "conv4b",
    "features.16": "conv5a",
    "features.18": "conv5b",
    "classifier.0": "fc6",
    "classifier.3": "fc7",
    "classifier.6": "fc8",
}
"""jfzhang95's Caffe weights number their layers."""
MMACTION_MEAN_RGB = (104.0, 117.0, 128.0)
JFZHANG_MEAN_BGR = (90.0, 98.0, 102.0)
"""What the two ports subtract in training (METHODS §1.2)."""


def read(path: Path) -> Source:
    """Read a file of ``torch.save``; never runs code from it.

    Raises
    ------
    WeightsError
        Where the file is damaged or holds objects other than tensors and plain data.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise WeightsError(f"{path}: {_reason(error)}") from error
    wrapped = isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping)
    return translate(path, content["state_dict"] if wrapped else content, wrapped)


def read_safetensors(path: Path) -> Source:
    """Read a port's state dict that was saved as safetensors.

    Raises
    ------
    WeightsError
        Where the file is damaged.
    """
    try:
        return translate(path, load_file(path), wrapped=False)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a whole safetensors file ({error})") from error


def translate(path: Path, state: Any, wrapped: bool) -> Source:
    """Tell the ports apart by the tensors' names, and rename.

    Parameters
    ----------
    path : Path
    state : mapping of str to Tensor
    wrapped : bool
        Whether it lay inside a training checkpoint.

    Raises
    ------
    WeightsError
        Where there is anything but named tensors.
    """
    if not isinstance(state, Mapping) or not state:
        raise WeightsError(f"{path}: holds no state dict but {type(state).__name__}")
    strange = next((str(name) for name, value in state.items() if not isinstance(value, Tensor)), None)
    if strange is not None:
        raise WeightsError(f"{path}: {strange!r} is not a tensor, so this is no state dict")
    plain = {str(name).removeprefix("module."): value.detach() for name, value in state.items()}
    shapes = {str(name): tuple(value.shape) for name, value in state.items()}
    tensors = {_rename(name): value for name, value in plain.items() if not name.startswith("data_preprocessor.")}
    if any(name.startswith("backbone.") for name in plain):
        note = "trained on RGB by mmaction2, whose frames kept their aspect; Resight stretches them"
        return Source("PyTorch, mmaction2 recogniser", shapes, tensors, "rgb", MMACTION_MEAN_RGB, "sym", notes=(note,))
    if any(name.endswith(".conv.weight") for name in plain):
        note = "mmaction2 does not say its channel order: BGR is taken unless channel_order says otherwise"
        return Source("PyTorch, mmaction2 backbone", shapes, tensors, notes=(note,))
    if any(name.startswith("features.") for name in plain):
        return Source("PyTorch, jfzhang95's numbered layers (from Caffe)", shapes, tensors)
    if wrapped:
        return Source("PyTorch, jfzhang95's training checkpoint", shapes, tensors, mean=JFZHANG_MEAN_BGR, pool5="sym")
    return Source("PyTorch, DavideA's names (from Caffe)", shapes, tensors)


def _rename(name: str) -> str:
    layer, _, part = name.removeprefix("backbone.").replace("cls_head.fc_cls.", "fc8.").rpartition(".")
    layer = layer.removesuffix(".conv")
    return f"{NUMBERED_LAYERS.get(layer, FOREIGN_LAYERS.get(layer, layer))}.{part}"


def _reason(error: Exception) -> str:
    text = str(error)
    if "Weights only load failed" in text and "GLOBAL" in text:
        return "holds Python objects besides tensors, which could run code; save its state dict alone"
    return "a damaged PyTorch file"
