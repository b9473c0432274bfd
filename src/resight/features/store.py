"""Features kept on disk, a row a tracklet, so that any set of tracklets is served by what was extracted before."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from resight.errors import DataError
from resight.files import atomic_write
from resight.tracklets import TrackletSet

Matrix = NDArray[np.float32]
UNREADABLE = (SafetensorError, KeyError, IndexError, TypeError, ValueError, OSError)
"""What a damaged file raises."""


class FeatureStore:
    """The rows of one extractor, in files of up to a chunk each, under a key that a stale store cannot match.

    Parameters
    ----------
    folder : Path
        Gets ``DIGEST/NAME.safetensors``: DIGEST of all that the extractor's features depend on, NAME of the rows.
    key : dict
        What the features depend on, as `Extractor.key` gives it.
    """

    def __init__(self, folder: Path, key: dict[str, Any]) -> None:
        self.key = json.dumps(key, sort_keys=True)
        self.folder = folder / hashlib.sha256(self.key.encode()).hexdigest()[:24]

    def rows(self, wanted: Iterable[str]) -> dict[str, Matrix]:
        """Return the stored rows of some tracklets, by `row_names`; raises `DataError` where a file is damaged."""
        found: dict[str, Matrix] = {}
        wanted = set(wanted)
        for path in sorted(self.folder.glob("*.safetensors")):
            try:
                with safe_open(path, "numpy") as file:
                    names = json.loads(file.metadata()["tracklets"])
                    if not wanted.isdisjoint(names):
                        found.update(zip(names, file.get_tensor("features"), strict=True))
            except UNREADABLE as error:
                raise _damaged(path, error) from error
        return found

    def keep(self, names: Sequence[str], features: Matrix) -> None:
        """Store rows."""
        path = self.folder / f"{hashlib.sha256(''.join(names).encode()).hexdigest()[:24]}.safetensors"
        write_matrix(path, features, {"key": self.key, "tracklets": json.dumps(list(names))})

    def clear(self) -> None:
        """Delete this extractor's rows."""
        shutil.rmtree(self.folder, ignore_errors=True)


def row_names(tracklets: TrackletSet) -> list[str]:
    """Name each tracklet by its domain, key and content: equal names have equal features."""
    texts = (f"{t.domain}|{t.key}|{t.frames.fingerprint()}" for t in tracklets)
    return [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]


def write_matrix(path: Path, features: Matrix, metadata: dict[str, str]) -> None:
    """Write a matrix as safetensors, whole or not at all."""
    with atomic_write(path) as temporary:
        save_file({"features": np.ascontiguousarray(features)}, temporary, metadata)


def feature_dim(path: Path) -> int:
    """Return D of a stored matrix ``(N, D)``, without reading it; raises `DataError` where the file is damaged."""
    try:
        with safe_open(path, "numpy") as file:
            return int(file.get_slice("features").get_shape()[1])
    except UNREADABLE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: damaged feature file; delete it and extract again ({error})")
