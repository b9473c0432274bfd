"""Whom a training saw: plain data kept with what it learned, so that nobody is tested on people it knows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from resight.datasets.base import Split
from resight.datasets.listed import ListedFiles
from resight.footage.boxes import VideoBoxes
from resight.frames import ImageFiles
from resight.tracklets import Tracklet, TrackletSet

Seen = list[dict[str, Any]]
"""For each domain: `domain`, `population`, `people` (numbers), `digest` of its tracklets, and, where the people are a
user's own, `tracklets` (a mark each)."""


def population(dataset: str, options: Mapping[str, Any]) -> str:
    """Name the people whom a data set's numbers stand for; empty where they mean nothing outside a user's folder."""
    if dataset in ("synthetic", "actions"):
        return f"{dataset} {options.get('domain', 'prid')}, seed {options.get('seed', 0)}"
    return "" if dataset in ("folder", "video") else dataset


def populations(dataset: str, options: Mapping[str, Any], split: Split) -> dict[str, str]:
    """Name the population of each domain that a split's training people bear; one data set has one."""
    return dict.fromkeys(split.train.group("domain"), population(dataset, options))


def seen_in(people: TrackletSet, populations: Mapping[str, str]) -> Seen:
    """Describe the people to train on.

    Parameters
    ----------
    people : TrackletSet
    populations : mapping
        Name of a domain to its population; a domain that is not in it is taken for a user's own.
    """
    found = []
    for domain, own in sorted(people.group("domain").items()):
        marks = [_mark(t) for t in own]
        entry: dict[str, Any] = {"domain": domain, "population": populations.get(domain, "")}
        entry |= {"people": sorted({t.person for t in own}), "digest": _digest(sorted(marks))}
        found.append(entry if entry["population"] else entry | {"tracklets": sorted(marks)})
    return found


def known_people(seen: Iterable[Mapping[str, Any]], population: str, split: Split) -> list[int]:
    """Return the test people of a split who are among those seen."""
    tested = (split.query + split.gallery).filter(lambda t: t.person > 0)
    marks = {} if population else {_mark(t): t.person for t in tested}
    found: set[int] = set()
    for entry in seen:
        if entry["population"] == population and population:
            found |= {t.person for t in tested} & set(entry["people"])
        elif entry["population"] == population:
            found |= {marks[mark] for mark in entry["tracklets"] if mark in marks}
    return sorted(found)


def _mark(tracklet: Tracklet) -> str:
    """Mark a tracklet by key, person, camera, length and frames: files by the size of the first, wherever they lie."""
    frames = tracklet.frames
    if isinstance(frames, ImageFiles | ListedFiles):
        content: Any = frames.paths[0].stat().st_size
    else:
        content = frames.boxes[:1] if isinstance(frames, VideoBoxes) else frames.fingerprint()
    return _digest([tracklet.key, tracklet.person, tracklet.camera, len(tracklet), content])


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
