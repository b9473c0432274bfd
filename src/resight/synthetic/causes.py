"""The causes of a synthetic data set on disk, beside its folder and never inside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resight.datasets.base import CAUSES
from resight.errors import DataError
from resight.files import atomic_write
from resight.synthetic.synthesis import WORLD_VERSION, SyntheticFrames, causes_table
from resight.tracklets import Tracklet

MADE_BY = b"resight"
"""Key of the settings in the table's metadata."""


def causes_path(out: Path) -> Path:
    """Return the path of the causes of the data set in a folder: ``mine`` has ``mine.causes.parquet``."""
    return out.with_name(out.name + CAUSES)


def write_causes(path: Path, files: Sequence[str], tracklets: Sequence[Tracklet], settings: dict[str, Any]) -> None:
    """Write one row a tracklet: its first file, person and camera in the data set, and all causes of its frames.

    Parameters
    ----------
    path : Path
    files : sequence of str
        The first of each tracklet, relative to the data set's folder.
    tracklets : sequence of Tracklet
    settings : dict
        Settings and fingerprint of the whole, kept in the table's metadata.

    Raises
    ------
    ResightError
        Where it cannot be written.
    """
    columns: dict[str, list[Any]] = {
        "file": list(files),
        "person": [t.person for t in tracklets],
        "camera": [t.camera for t in tracklets],
        "frames": [len(t) for t in tracklets],
        "day": [t.day for t in tracklets],
        "outfit": [t.outfit for t in tracklets],
        "key": [t.key for t in tracklets],
    }
    columns |= {name: cells for name, cells in _causes(tracklets).items() if name not in columns}
    write_table(path, columns, settings)


def write_table(path: Path, columns: dict[str, list[Any]], settings: dict[str, Any]) -> None:
    """Write a table of causes; raises `ResightError` where it cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(columns).replace_schema_metadata({MADE_BY: json.dumps(settings, sort_keys=True)})
    with atomic_write(path) as temporary:
        pq.write_table(table, temporary)


def made_by(path: Path) -> dict[str, Any]:
    """Return the settings in a table's metadata; empty where the file is missing.

    Raises
    ------
    DataError
        Where the file is no table of causes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return {}
    try:
        return dict(json.loads((pq.read_schema(path).metadata or {})[MADE_BY]))
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise DataError(f"{path}: not a table of causes that Resight wrote") from error


def _causes(tracklets: Sequence[Tracklet]) -> dict[str, list[Any]]:
    """Return the causes of synthetic tracklets, or what the records of others say."""
    if all(isinstance(t.frames, SyntheticFrames) for t in tracklets):
        return {"world": [WORLD_VERSION] * len(tracklets)} | causes_table(tracklets)
    rows = [{k: v for k, v in t.frames.to_record().items() if k != "data"} for t in tracklets]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}
