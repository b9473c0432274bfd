"""Protocols as data: how a split is drawn from tracklets, by one seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from resight.datasets.base import Dataset, Split
from resight.datasets.options import check_options
from resight.datasets.saved import PROTOCOLS
from resight.errors import DataError, RecipeError
from resight.tracklets import Tracklet, TrackletSet

Shots = Literal["single", "multiple"]


@dataclass(frozen=True)
class SplitRule:
    """How people and tracklets are shared out. What is drawn depends on the seed alone, not on the tracklets' order.

    Attributes
    ----------
    train_fraction : float
        Share of the people of each domain to train on, 0 to below 1.
    query_camera, gallery_camera : int or None
        The pair of cameras; None takes all. Training keeps all cameras.
    query : {"single", "multiple"}
        One tracklet of each person in each camera asks, drawn by the seed, or all of them pooled into one query.
    gallery : {"single", "multiple"}
        One tracklet of each person in each camera stands in the gallery, drawn by the seed, or all of them.
    open_fraction : float
        Share of the test people who are asked for and in no gallery, 0 to below 1; 0 is a closed set.
    min_frames : int
        Tracklets with fewer are left out.
    protocol : str
        How it is ranked.

    Raises
    ------
    RecipeError
        Where a value is out of range, or of another kind.
    """

    train_fraction: float = 0.5
    query_camera: int | None = None
    gallery_camera: int | None = None
    query: Shots = "single"
    gallery: Shots = "multiple"
    open_fraction: float = 0.0
    min_frames: int = 1
    protocol: str = "cross_camera"

    def __post_init__(self) -> None:
        check_options("a split", SplitRule, {k: v for k, v in asdict(self).items() if k not in ("query", "gallery")})
        if self.protocol not in PROTOCOLS:
            raise RecipeError(f"a split has no protocol {self.protocol!r}; there are {', '.join(PROTOCOLS)}")
        if not (0 <= self.train_fraction < 1 and 0 <= self.open_fraction < 1):
            raise RecipeError("a split's shares of people must be at least 0 and below 1")
        if self.query not in get_args(Shots) or self.gallery not in get_args(Shots):
            raise RecipeError("a split's query and gallery are single or multiple")
        if self.query_camera is not None and self.query_camera == self.gallery_camera:
            raise RecipeError("a split needs two different cameras for query and gallery")
        if self.min_frames < 1:
            raise RecipeError("a split's tracklets need one frame or more")

    def to_record(self) -> dict[str, Any]:
        """Return the rule as plain data."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> SplitRule:
        """Make a rule from what `to_record` gave.

        Raises
        ------
        RecipeError
            Where a name is unknown or a value out of range.
        """
        for key in record:
            if key not in cls.__dataclass_fields__:
                raise RecipeError(f"a split has no rule {key!r}; there are {', '.join(cls.__dataclass_fields__)}")
        return cls(**record)

    def draw(self, tracklets: TrackletSet, seed: int) -> Split:
        """Draw a split.

        Raises
        ------
        RecipeError
            Where the seed is negative, or a camera of the rule is not there.
        DataError
            Where a side would be empty.
        """
        if seed < 0:
            raise RecipeError(f"a split's seed is 0 or more, not {seed}")
        cameras = sorted(set(tracklets.cameras.tolist()))
        for camera in (self.query_camera, self.gallery_camera):
            if camera is not None and camera not in cameras:
                raise RecipeError(f"no tracklet is of camera {camera}; there are {', '.join(map(str, cameras))}")
        long = tracklets.filter(lambda t: len(t) >= self.min_frames)
        train, test = long.split_by_person(self.train_fraction, seed)
        outside, _ = test.split_by_person(self.open_fraction, seed + 1)
        absent = set(outside.identities)
        asked = test.filter(lambda t: t.person > 0 and self.query_camera in (None, t.camera))
        there = test.filter(lambda t: (t.domain, t.person) not in absent and self.gallery_camera in (None, t.camera))
        if self.query == "single":
            asked = _one_each(asked, seed)
        if self.gallery == "single":
            there = _one_each(there, seed)
        if len(asked) == 0 or len(there) == 0:
            raise DataError(f"a split of seed {seed} has no {'query' if len(asked) == 0 else 'gallery'} tracklets")
        return Split(str(seed), seed, train, asked, there, self.protocol, self.query == "multiple")


def draw_to_file(path: Path, rule: SplitRule, dataset: Dataset, seed: int) -> Split:
    """Draw a split of a data set and write it to a new file, by whose name it is called.

    Raises
    ------
    RecipeError
        Where the file's name does not end in ``.json``, the seed is negative, or a camera of the rule is not there.
    DataError
        Where the file is there already, or a side would be empty.
    """
    if path.suffix != ".json":
        raise RecipeError(f"{path}: a split's file is named FILE.json")
    if path.exists():
        raise DataError(f"{path}: is there already")
    split = replace(rule.draw(dataset.tracklets, seed), name=path.stem)
    split.save(path)
    return split


def camera_pairs(tracklets: TrackletSet) -> list[tuple[int, int]]:
    """Return all ordered pairs of cameras that share a person, sorted."""
    seen: dict[tuple[str, int], set[int]] = {}
    for tracklet in tracklets.filter(lambda t: t.person > 0):
        seen.setdefault((tracklet.domain, tracklet.person), set()).add(tracklet.camera)
    return sorted({pair for cameras in seen.values() for pair in permutations(sorted(cameras), 2)})


def open_set_people(split: Split) -> list[tuple[str, int]]:
    """Return the people who are asked for and have no true match in the gallery, as pairs (domain, person)."""
    cameras: dict[tuple[str, int], set[int]] = {}
    for tracklet in split.gallery:
        cameras.setdefault((tracklet.domain, tracklet.person), set()).add(tracklet.camera)
    matched = {(t.domain, t.person) for t in split.query if cameras.get((t.domain, t.person), set()) - {t.camera}}
    return sorted(set(split.query.identities) - matched)


def _one_each(tracklets: TrackletSet, seed: int) -> TrackletSet:
    """Draw one tracklet of each person in each camera; distractors and junk all stay."""
    groups = tracklets.filter(lambda t: t.person > 0).group(_who)
    chosen = {key: _draw(own, key, seed) for key, own in groups.items()}
    kept = set(map(id, chosen.values()))
    return tracklets.filter(lambda t: t.person <= 0 or id(t) in kept)


def _who(tracklet: Tracklet) -> tuple[str, int, int]:
    return tracklet.domain, tracklet.person, tracklet.camera


def _draw(own: TrackletSet, key: tuple[str, int, int], seed: int) -> Tracklet:
    domain, person, camera = key
    rng = np.random.default_rng([seed, person, camera, *domain.encode()])
    return sorted(own, key=lambda t: t.key)[int(rng.integers(len(own)))]
