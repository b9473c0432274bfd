"""Tracklet set → feature matrix: batched, resumable, and stored under a key that a stale cache cannot match."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from resight.errors import DataError
from resight.files import atomic_write
from resight.tracklets import TrackletSet

Matrix = NDArray[np.float32]
CHUNK = 64
"""Tracklets that are read, extracted and stored at a time."""


class Extractor(Protocol):
    """Anything that turns tracklets into features."""

    @property
    def name(self) -> str:
        """The method's name in results."""
        ...

    def key(self) -> dict[str, Any]:
        """Return all that the features depend on (model, weights' digest, sampling) as plain data."""
        ...

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, D)``, one row a tracklet, L2-normalised."""
        ...


def store_key(extractor: Extractor, tracklets: TrackletSet) -> str:
    """Hash model, weights, sampling and the tracklets' content."""
    digest = hashlib.sha256(json.dumps(extractor.key(), sort_keys=True).encode())
    for tracklet in tracklets:
        digest.update(f"{tracklet.domain}|{tracklet.key}|{tracklet.frames.fingerprint()}\n".encode())
    return digest.hexdigest()[:24]


def extract_features(
    extractor: Extractor,
    tracklets: TrackletSet,
    store: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Matrix:
    """Extract the features of a set, taking up where an earlier call was stopped.

    Parameters
    ----------
    extractor : Extractor
        The network or descriptor.
    tracklets : TrackletSet
        N tracklets.
    store : Path or None
        Folder to keep finished features in (`<key>.safetensors` and `<key>.parquet`); None keeps nothing.
    progress : callable or None
        Told the number of tracklets done after every chunk.

    Returns
    -------
    float32 ``(N, D)``
        One row a tracklet, in order.

    Raises
    ------
    DataError
        Where the set is empty, a frame cannot be read, or a feature is not finite.
    """
    if len(tracklets) == 0:
        raise DataError("there are no tracklets to extract features from")
    if store is None:
        return np.concatenate(list(_chunks(extractor, tracklets, None, progress)))
    key = store_key(extractor, tracklets)
    final = store / f"{key}.safetensors"
    if final.is_file():
        if progress:
            progress(len(tracklets))
        return _read(final)
    partial = store / f"{key}.partial"
    features = np.concatenate(list(_chunks(extractor, tracklets, partial, progress)))
    tracklets.to_parquet(final.with_suffix(".parquet"))
    _write(final, features, extractor.key())
    for part in partial.glob("*.safetensors"):
        part.unlink()
    partial.rmdir()
    return features


def _chunks(
    extractor: Extractor, tracklets: TrackletSet, folder: Path | None, progress: Callable[[int], None] | None
) -> Iterator[Matrix]:
    for start in range(0, len(tracklets), CHUNK):
        chunk = tracklets[start : start + CHUNK]
        part = None if folder is None else folder / f"{start:08d}.safetensors"
        if part is not None and part.is_file():
            features = _read(part)
        else:
            features = extractor.extract(chunk)
            broken = np.flatnonzero(~np.isfinite(features).all(axis=1))
            if len(broken):
                raise DataError(f"{extractor.name} gives features that are not finite for {chunk[int(broken[0])].key}")
            if part is not None:
                _write(part, features, extractor.key())
        if progress:
            progress(start + len(chunk))
        yield features


def _write(path: Path, features: Matrix, key: dict[str, Any]) -> None:
    with atomic_write(path) as temporary:
        save_file({"features": np.ascontiguousarray(features)}, temporary, {"key": json.dumps(key, sort_keys=True)})


def _read(path: Path) -> Matrix:
    try:
        features: Matrix = load_file(path)["features"]
    except (SafetensorError, KeyError, OSError) as error:
        raise DataError(f"{path}: damaged feature file; delete it and extract again ({error})") from error
    return features
