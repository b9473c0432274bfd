"""From a file's tensors to a C3D: the shapes tell its width and classes, then each tensor is held against it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resight.errors import WeightsError
from resight.models.c3d import C3D, CONVOLUTIONS, FULLY_CONNECTED, build_c3d, scaled
from resight.models.files import check_tensors
from resight.models.weights.source import Pool5

FULL_WIDTH = {"fc7": FULLY_CONNECTED, "fc6": FULLY_CONNECTED, **CONVOLUTIONS}
"""Outputs of each layer of the published network; the widest first, for they tell the width most finely."""


def infer_config(tensors: dict[str, Tensor], pool5: Pool5) -> dict[str, Any]:
    """Find the constructor's arguments of the C3D that most of the tensors fit.

    A file without fc8 (a backbone) gives a network without classifier.
    """
    outputs = {name: tensors[f"{name}.weight"].shape[0] for name in FULL_WIDTH if _is_matrix(tensors, name)}
    widths = [count / FULL_WIDTH[name] for name, count in outputs.items()]

    def fitting(width: float) -> int:
        return sum(scaled(FULL_WIDTH[name], width) == count for name, count in outputs.items())

    return {
        "num_classes": tensors["fc8.weight"].shape[0] if _is_matrix(tensors, "fc8") else 0,
        "width": max(widths, key=fitting, default=1.0),
        "input_size": (16, 112, 112),
        "pool5": pool5,
        "norm": None,
    }


def fit(tensors: dict[str, Tensor], pool5: Pool5, origin: str) -> C3D:
    """Make the C3D that the tensors are for.

    Raises
    ------
    WeightsError
        Naming, after `origin`, the first tensor that is missing, left over, of another shape or not finite.
    """
    with torch.device("meta"):
        network = build_c3d(infer_config(tensors, pool5))
    check_tensors(network, tensors, origin)
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise WeightsError(f"{origin}: {name} holds numbers that are not finite")
    state = {name: tensor.to(torch.float32).contiguous() for name, tensor in tensors.items()}
    network.load_state_dict(state, assign=True)
    return network.eval()


def _is_matrix(tensors: dict[str, Tensor], layer: str) -> bool:
    weight = tensors.get(f"{layer}.weight")
    return weight is not None and weight.ndim >= 2
