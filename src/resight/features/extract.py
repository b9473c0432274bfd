"""Tracklet set → feature matrix: batched, resumable, and stored under a key that a stale cache cannot match."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from resight.errors import DataError
from resight.features.store import FeatureStore, Matrix, row_names, write_matrix
from resight.tracklets import TrackletSet

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
    digest.update("".join(row_names(tracklets)).encode())
    return digest.hexdigest()[:24]


def extract_features(
    extractor: Extractor,
    tracklets: TrackletSet,
    store: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Matrix:
    """Extract the features of a set, each tracklet once, taking up where an earlier call was stopped.

    Parameters
    ----------
    extractor : Extractor
        The network or descriptor.
    tracklets : TrackletSet
        N tracklets.
    store : Path or None
        Folder that keeps each tracklet's row, see `FeatureStore`: a set that shares tracklets with an earlier one, as
        the other half of a split or MARS's queries with its gallery, extracts only the rest. None keeps nothing.
    progress : callable or None
        Told the number of tracklets done after every chunk.

    Returns
    -------
    float32 ``(N, D)``
        One row a tracklet, in order.

    Raises
    ------
    DataError
        Where the set is empty, a frame cannot be read, a stored file is damaged, or a feature is not finite.
    """
    if len(tracklets) == 0:
        raise DataError("there are no tracklets to extract features from")
    names = row_names(tracklets) if store else [str(row) for row in range(len(tracklets))]
    kept = FeatureStore(store, extractor.key()) if store else None
    rows = kept.rows(names) if kept else {}
    left = {name: tracklet for name, tracklet in zip(names, tracklets, strict=True) if name not in rows}
    if progress:
        progress(len(tracklets) - len(left))
    for start in range(0, len(left), CHUNK):
        new = list(left)[start : start + CHUNK]
        features = _extract(extractor, TrackletSet(left[name] for name in new))
        if kept:
            kept.keep(new, features)
        rows.update(zip(new, features, strict=True))
        if progress:
            progress(len(tracklets) - max(0, len(left) - start - CHUNK))
    return np.stack([rows[name] for name in names])


def save_features(extractor: Extractor, tracklets: TrackletSet, features: Matrix, path: Path) -> None:
    """Write a set's features: ``PATH`` (safetensors), and its tracklets beside it as Parquet."""
    tracklets.to_parquet(path.with_suffix(".parquet"))
    write_matrix(path, features, {"key": json.dumps(extractor.key(), sort_keys=True)})


def _extract(extractor: Extractor, tracklets: TrackletSet) -> Matrix:
    features = extractor.extract(tracklets)
    broken = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if len(broken):
        raise DataError(f"{extractor.name} gives features that are not finite for {tracklets[int(broken[0])].key}")
    return features


__all__ = ["CHUNK", "Extractor", "Matrix", "extract_features", "save_features", "store_key"]
