"""Keras's HDF5 files: kernels with the channels last (TensorFlow), or flipped (Theano)."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from resight.errors import WeightsError
from resight.models.c3d import CONVOLUTIONS
from resight.models.weights.source import FOREIGN_LAYERS, Fc6Order, Source

Array = NDArray[np.float32]
LAYERS = {name: name for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8")} | FOREIGN_LAYERS
FC6_HEIGHT = FC6_WIDTH = 4
"""Rows and columns that C3D's 112×112 input leaves for fc6 (METHODS §1.1)."""


def read(path: Path, fc6_order: Fc6Order | None = None) -> Source:
    """Read a Keras file of weights, or of a whole model.

    Parameters
    ----------
    path : Path
    fc6_order : {"chw", "hwc"} or None
        How fc6's inputs are ordered; by default ``hwc`` in TensorFlow files and ``chw`` in Theano files.

    Raises
    ------
    WeightsError
        Where the file cannot be read.
    """
    arrays = _arrays(path)
    theano = any(values.ndim == 5 and values.shape[:3] != (3, 3, 3) for values in arrays.values())
    order: Fc6Order = fc6_order or ("chw" if theano else "hwc")
    tensors = {}
    for name, values in arrays.items():
        layer = next((LAYERS[part] for part in name.split("/") if part in LAYERS), None)
        if layer is None:
            tensors[name] = torch.from_numpy(values)
            continue
        part = "bias" if values.ndim == 1 else "weight"
        if values.ndim == 5:
            values = values[:, :, ::-1, ::-1, ::-1] if theano else values.transpose(4, 3, 0, 1, 2)
        elif values.ndim == 2:
            values = _rows_by_channel(values) if layer == "fc6" and order == "hwc" else values
            values = values.T
        tensors[f"{layer}.{part}"] = torch.from_numpy(np.ascontiguousarray(values))
    notes = [f"fc6's inputs taken in {order} order"]
    if theano and fc6_order is None:
        notes.append(
            "axon-research/c3d-keras wrote its Theano files in hwc order: for one of those give fc6_order='hwc'"
        )
    kind = "Theano" if theano else "TensorFlow"
    shapes = {name: values.shape for name, values in arrays.items()}
    return Source(f"Keras weights, {kind} order", shapes, tensors, notes=tuple(notes))


def _arrays(path: Path) -> dict[str, Array]:
    """Read every data set of the file but the optimiser's."""
    arrays: dict[str, Array] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer_weights"):
            arrays[name] = np.asarray(item, np.float32)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise WeightsError(f"{path}: a damaged HDF5 file ({_one_line(error)})") from error
    return arrays


def _rows_by_channel(weight: Array) -> Array:
    """Reorder fc6's rows ``(h·w·c, out)`` to ``(c·h·w, out)``; a count that does not divide stays and fails later."""
    rows, out = weight.shape
    if rows % (FC6_HEIGHT * FC6_WIDTH):
        return weight
    return weight.reshape(FC6_HEIGHT, FC6_WIDTH, -1, out).transpose(2, 0, 1, 3).reshape(rows, out)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
