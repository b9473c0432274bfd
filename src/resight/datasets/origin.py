"""Where an opened data set comes from: its folder, and what tells its people apart where they were drawn as twins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from resight.datasets.base import CAUSES, Dataset, Split
from resight.errors import DataError
from resight.tracklets import TrackletSet


def opened_from(dataset: Dataset, root: Path) -> Dataset:
    """Mark the tracklets of a data set and of its splits by the folder, and say where they are twins."""
    place = str(root.resolve())
    marked = {id(t): replace(t, root=place) for t in dataset.tracklets}

    def mark(tracklets: TrackletSet) -> TrackletSet:
        return TrackletSet(marked.get(id(t)) or replace(t, root=place) for t in tracklets)

    def split(name: str) -> Split:
        found = dataset.make_split(name)
        return replace(found, train=mark(found.train), query=mark(found.query), gallery=mark(found.gallery))

    alike = _written_alike(root)
    remarks = (*dataset.remarks, alike) if alike else dataset.remarks
    return replace(dataset, tracklets=mark(dataset.tracklets), make_split=split, remarks=remarks, alike=alike)


def alikeness(asked: Mapping[str, Any]) -> str:
    """Say what still tells twins apart: the multiplier of their gait, or nothing; empty where nobody is a twin."""
    if asked.get("null_twins"):
        return "null twins (nothing tells them apart)"
    return f"twins, gait ×{asked.get('gait', 1.0):g}" if asked.get("twins") else ""


def _written_alike(root: Path) -> str:
    """Say so of a folder that `resight synthesize` wrote, by the causes beside it; empty for any other."""
    from resight.synthetic.causes import made_by

    try:
        wanted = made_by(root.resolve().with_name(f"{root.resolve().name}{CAUSES}")).get("wanted", {})
        return alikeness(wanted)
    except (DataError, AttributeError, TypeError, ValueError):  # a table of causes that is another's
        return ""
