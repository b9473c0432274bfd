"""Splits as files: which tracklets stand on which side, so that another can run the same split again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resight.counting import counted
from resight.errors import DataError
from resight.files import read_text, write_text
from resight.tracklets import Tracklet, TrackletSet

SCHEMA = 1
SIDES = ("train", "query", "gallery")
PROTOCOLS = ("cross_camera", "mars_official", "mars_torchreid", "clothes_changing")
"""How a split can be ranked."""


def tracklets_record(tracklets: TrackletSet) -> dict[str, list[list[Any]]]:
    """Return key, person, camera and length of each tracklet as plain data, in order, by domain."""
    return {
        domain: [[t.key, t.person, t.camera, len(t)] for t in own] for domain, own in tracklets.group("domain").items()
    }


def write_record(path: str | Path, record: dict[str, Any], sides: dict[str, TrackletSet]) -> None:
    """Write a split's record with its sides, one tracklet a line."""
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in {"schema": SCHEMA, **record}.items()]
    for side, tracklets in sides.items():
        domains = [
            f"    {json.dumps(domain)}: [\n" + ",\n".join(f"      {json.dumps(row)}" for row in rows) + "\n    ]"
            for domain, rows in tracklets_record(tracklets).items()
        ]
        lines.append(f"  {json.dumps(side)}: {{\n" + ",\n".join(domains) + "\n  }" if domains else f'  "{side}": {{}}')
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_record(path: str | Path) -> dict[str, Any]:
    """Read a split's record.

    Raises
    ------
    DataError
        Where the file is missing or holds something else.
    """
    try:
        record = json.loads(read_text(path))
        if record["schema"] != SCHEMA or not all(isinstance(record[side], dict) for side in SIDES):
            raise KeyError("schema")
        if record.get("protocol", PROTOCOLS[0]) not in PROTOCOLS or record.get("multiple_query", False) not in (0, 1):
            raise KeyError("protocol")
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not a split that Resight saved") from error
    return dict(record)


def find_tracklets(path: str | Path, side: dict[str, Any], tracklets: TrackletSet) -> TrackletSet:
    """Find the tracklets of a side again.

    A domain may have another name here, where the file and the tracklets have one each.

    Raises
    ------
    DataError
        Where a tracklet is not here, or is another one by person, camera or length.
    """
    here = tracklets.group("domain")
    found: list[Tracklet] = []
    for domain, rows in side.items():
        only = next(iter(here.values())) if len(here) == len(side) == 1 else TrackletSet()
        by_key = {t.key: t for t in here.get(domain, only)}
        for row in _rows(path, rows):
            tracklet = by_key.get(row[0])
            if tracklet is None:
                raise DataError(f"{path}: tracklet {row[0]} of {domain} is not in the data set here")
            if [tracklet.person, tracklet.camera, len(tracklet)] != row[1:]:
                raise DataError(
                    f"{path}: tracklet {row[0]} of {domain} is another one here: person {tracklet.person}, camera "
                    f"{tracklet.camera}, {counted(len(tracklet), 'frame')}, not person {row[1]}, camera {row[2]}, "
                    f"{counted(row[3], 'frame')}"
                )
            found.append(tracklet)
    return TrackletSet(found)


def _rows(path: str | Path, rows: Any) -> Iterable[list[Any]]:
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, list) or [type(cell) for cell in row] != [str, int, int, int]:
            raise DataError(f"{path}: not a split that Resight saved")
        yield row
