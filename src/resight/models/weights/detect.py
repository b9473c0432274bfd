"""Which format a file has: by its content, for these files travel under any suffix."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py

from resight.errors import RecipeError, WeightsError
from resight.models.weights import caffe, keras, pytorch
from resight.models.weights.mean import NPY_MAGIC
from resight.models.weights.protobuf import Malformed
from resight.models.weights.source import Fc6Order, Source

PICKLE_MAGIC = b"\x80"
ZIP_MAGIC = b"PK\x03\x04"
HTML_MARKS = (b"<!doctype", b"<html", b"<?xml")


def detect(path: Path) -> str:
    """Return ``keras``, ``pytorch``, ``safetensors``, ``npy``, ``caffe`` or ``binaryproto``.

    Raises
    ------
    WeightsError
        Where the file is missing, empty, or none of these.
    """
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise WeightsError(f"{path}: no readable weight file ({error.strerror or error})") from error
    if not head:
        raise WeightsError(f"{path}: the file is empty")
    if head.lstrip().lower().startswith(HTML_MARKS):
        raise WeightsError(f"{path}: a web page, not weights: the download went wrong")
    if head.startswith(b"version https://git-lfs"):
        raise WeightsError(f"{path}: a Git LFS pointer, not the weights it stands for; fetch them with git lfs pull")
    if h5py.is_hdf5(path):
        return "keras"
    if head.startswith(NPY_MAGIC):
        return "npy"
    if head.startswith(PICKLE_MAGIC) or (head.startswith(ZIP_MAGIC) and _is_torch_archive(path)):
        return "pytorch"
    if head[8:9] == b"{" and 0 < int.from_bytes(head[:8], "little") <= path.stat().st_size:
        return "safetensors"
    try:
        return "caffe" if caffe.holds_layers(memoryview(path.read_bytes())) else "binaryproto"
    except Malformed as error:
        raise WeightsError(
            f"{path}: neither a whole Caffe, Keras, PyTorch, safetensors nor mean file (as Caffe's: {error})"
        ) from error


def read_source(path: Path, kind: str, fc6_order: Fc6Order | None = None) -> Source:
    """Read a network's weights of the format that `detect` found.

    Raises
    ------
    RecipeError
        Where `fc6_order` is given for a file that is not Keras's.
    WeightsError
        Where the file is damaged or holds no network.
    """
    if fc6_order is not None and kind != "keras":
        raise RecipeError(f"{path}: fc6_order is for Keras files only")
    if kind == "keras":
        return keras.read(path, fc6_order)
    if kind == "pytorch":
        return pytorch.read(path)
    if kind == "safetensors":
        return pytorch.read_safetensors(path)
    if kind != "caffe":
        raise WeightsError(f"{path}: a mean cube, not a network's weights")
    try:
        return caffe.read(path, memoryview(path.read_bytes()))
    except Malformed as error:
        raise WeightsError(f"{path}: a damaged Caffe model ({error})") from error


def _is_torch_archive(path: Path) -> bool:
    """Tell ``torch.save``'s archives from other zips; a cut-off one is left to torch to refuse."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return True
    if not any(name.endswith("data.pkl") for name in names):
        raise WeightsError(f"{path}: a zip archive of {len(names)} files, not a weight file: unpack it first")
    return True
