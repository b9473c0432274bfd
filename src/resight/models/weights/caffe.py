"""Caffe's files: caffemodels and blobs of C3D-v1.0's own dialect, and of BVLC's (which C3D-v1.1 uses).

Field numbers: METHODS §1.5. C3D-v1.0 put a length before height and width, which moved the data from field 5 to 6;
standard Caffe therefore misreads these files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from resight.errors import WeightsError
from resight.models.weights import protobuf
from resight.models.weights.source import FOREIGN_LAYERS, Source

Array = NDArray[np.float32]
V1_LAYERS, LAYER = 2, 100
"""Fields of NetParameter that hold layers: the older message and the newer."""
LAYER_FIELDS = {V1_LAYERS: (4, 6), LAYER: (1, 7)}
"""In each of the two messages, the fields of a layer's name and blobs."""


@dataclass(frozen=True)
class Blob:
    """An array, and whether it was written in C3D-v1.0's dialect."""

    values: Array
    own_dialect: bool


def read_blob(view: memoryview, what: str) -> Blob:
    """Read a BlobProto of either dialect.

    Raises
    ------
    WeightsError
        Where the numbers are not as many as its shape says.
    Malformed
        Where it is no message.
    """
    sizes: dict[int, int] = {}
    parts: dict[int, list[memoryview]] = {}
    for number, _, value in protobuf.fields(view):
        if isinstance(value, int):
            sizes[number] = value
        else:
            parts.setdefault(number, []).append(value)
    own_dialect = 5 in sizes or (6 in parts and not {5, 7, 8} & set(parts))
    if own_dialect:
        shape, data, width = [sizes.get(n, 1) for n in range(1, 6)], parts.get(6, []), 4
    else:
        shape = _shape(parts[7]) if 7 in parts else [sizes.get(n, 1) for n in range(1, 5)]
        data, width = (parts[8], 8) if 8 in parts and 5 not in parts else (parts.get(5, []), 4)
    raw = data[0] if len(data) == 1 else memoryview(b"".join(data))
    if len(raw) % width or len(raw) // width != math.prod(shape):
        raise WeightsError(f"{what} holds {len(raw) // width:,} numbers, its shape {tuple(shape)} needs another count")
    values = np.frombuffer(raw, "<f4" if width == 4 else "<f8").reshape(shape).astype(np.float32)
    return Blob(values, own_dialect)


def _shape(parts: list[memoryview]) -> list[int]:
    """Read a BlobShape: field 1, packed or not."""
    shape: list[int] = []
    for part in parts:
        for number, _, value in protobuf.fields(part):
            if number == 1:
                shape.extend([value] if isinstance(value, int) else protobuf.varints(value))
    return shape


def holds_layers(view: memoryview) -> bool:
    """Tell a network from a lone blob.

    Raises
    ------
    Malformed
        Where it is no message at all.
    """
    found = [(number, wire) for number, wire, _ in protobuf.fields(view)]
    if any((number, protobuf.BYTES) in found for number in LAYER_FIELDS):
        return True
    if not any((number, wire) in found for number in (5, 6, 8) for wire in (protobuf.BYTES, protobuf.FIXED32)):
        raise protobuf.Malformed("it holds neither layers nor an array")
    return False


def read(path: Path, view: memoryview) -> Source:
    """Read a caffemodel.

    Raises
    ------
    WeightsError
        Where a blob's numbers do not fit its shape.
    Malformed
        Where the file is cut off.
    """
    blobs: dict[str, list[Blob]] = {}
    dialects = set()
    for field, _, layer in protobuf.fields(view):
        if field not in LAYER_FIELDS or isinstance(layer, int):
            continue
        name_field, blob_field = LAYER_FIELDS[field]
        content = [(number, value) for number, _, value in protobuf.fields(layer) if isinstance(value, memoryview)]
        name = next((bytes(value).decode("utf-8", "replace") for number, value in content if number == name_field), "")
        found = [value for number, value in content if number == blob_field]
        if found:
            blobs[name] = [read_blob(value, f"{path}: blob {i} of {name!r}") for i, value in enumerate(found)]
            dialects |= {blob.own_dialect for blob in blobs[name]}
    shapes, tensors = {}, {}
    for name, group in blobs.items():
        layer_name = FOREIGN_LAYERS.get(name, name).removesuffix("-1")
        rank = 5 if layer_name.startswith("conv") else 2
        for i, blob in enumerate(group):
            shapes[f"{name}[{i}]"] = blob.values.shape
            part = ("weight", "bias")[i] if i < 2 else str(i)
            values = _drop_leading_ones(blob.values, rank if i == 0 else 1)
            tensors[f"{layer_name}.{part}"] = torch.from_numpy(values)
    dialect = "C3D-v1.0" if dialects == {True} else "BVLC (C3D-v1.1)"
    return Source(f"Caffe model, {dialect} form", shapes, tensors)


def _drop_leading_ones(values: Array, rank: int) -> Array:
    """Take ``(1, 1, 1, out, in)`` as ``(out, in)``; another shape stays, and fails the check against the network."""
    while values.ndim > rank and values.shape[0] == 1:
        values = values[0]
    return values
