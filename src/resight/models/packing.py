"""Weights at one byte each: whole numbers from −127 to 127, and a scale for each output channel."""

from __future__ import annotations

import torch

from resight.errors import WeightsError

SCALE = ".scale"
STEPS = 127


def pack(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Round every matrix and kernel to int8; what has one dimension or none stays as it is.

    Parameters
    ----------
    tensors : dict
        Floating weights, the first dimension the output channel.

    Returns
    -------
    dict
        int8 tensors by their names, and beside each its float32 scales as ``NAME.scale``: weight = whole number ×
        scale, off by half a scale at most.
    """
    packed = {}
    for name, tensor in tensors.items():
        if tensor.ndim < 2:
            packed[name] = tensor
            continue
        rows = tensor.float().flatten(1)
        scale = rows.abs().amax(1) / STEPS
        scale[scale == 0] = 1
        packed[name] = (rows / scale[:, None]).round().to(torch.int8).view_as(tensor)
        packed[name + SCALE] = scale
    return packed


def unpack(tensors: dict[str, torch.Tensor], origin: str) -> dict[str, torch.Tensor]:
    """Undo `pack`; what was not packed stays as it is.

    Raises
    ------
    WeightsError
        Where the scales of a packed tensor are missing or of another number; `origin` begins the sentence.
    """
    found = {}
    packed = {name for name, tensor in tensors.items() if tensor.dtype == torch.int8}
    for name, tensor in tensors.items():
        if name in packed:
            scale = tensors.get(name + SCALE)
            if scale is None or scale.shape != tensor.shape[:1]:
                raise WeightsError(f"{origin}: the scales of {name} are missing or not one a channel")
            found[name] = (tensor.flatten(1) * scale[:, None]).view_as(tensor)
        elif name.removesuffix(SCALE) not in packed:
            found[name] = tensor
    return found
