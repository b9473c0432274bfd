"""What a data set is to the rest of Resight: tracklets, and splits into training people, queries and gallery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from resight.errors import DataError, RecipeError
from resight.tracklets import Tracklet, TrackletSet


@dataclass(frozen=True, eq=False)
class Split:
    """Training people on one side, test people as queries and gallery on the other.

    Attributes
    ----------
    name : str
        Name of the split within its data set, as ``published3``, ``official`` or a seed.
    seed : int or None
        Where it was drawn at random.
    train, query, gallery : TrackletSet
    protocol : str
        How `resight.evaluation.evaluate` is to rank it.

    Raises
    ------
    DataError
        Where a person is on both sides, or a side is empty.
    """

    name: str
    seed: int | None
    train: TrackletSet
    query: TrackletSet
    gallery: TrackletSet
    protocol: str = "cross_camera"

    def __post_init__(self) -> None:
        for side in ("train", "query", "gallery"):
            if len(getattr(self, side)) == 0:
                raise DataError(f"split {self.name} has no {side} tracklets")
        both = set(self.train.identities) & set((self.query + self.gallery).identities)
        if both:
            domain, person = min(both)
            raise DataError(f"split {self.name}: person {person} of {domain} is in training and in test")

    @property
    def n_people(self) -> int:
        """Test people that are asked for."""
        return len(self.query.identities)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set that was opened: its tracklets and its splits by name.

    Attributes
    ----------
    name, root
        As it was asked for.
    tracklets : TrackletSet
    split_names : tuple of str
        Fixed splits; where `seeded` holds, any whole number is a split too.
    make_split : callable
        Gives the split of a name.
    seeded : bool
    remarks : tuple of str
        What a user should know, as that the counts differ from the published ones.
    leaks : str
        Name of an official test set whose people are among the training people here (METHODS §3.8), or empty.
    """

    name: str
    root: Path
    tracklets: TrackletSet
    split_names: tuple[str, ...]
    make_split: Callable[[str], Split] = field(repr=False)
    seeded: bool = False
    remarks: tuple[str, ...] = ()
    leaks: str = ""

    def split(self, name: str | None = None) -> Split:
        """Return a split by name; None takes the first.

        Raises
        ------
        RecipeError
            Where there is no such split.
        """
        wanted = self.split_names[0] if name is None else str(name)
        if wanted not in self.split_names and not (self.seeded and wanted.isdigit()):
            more = " or any seed" if self.seeded else ""
            raise RecipeError(f"{self.name} has no split {wanted!r}; there are {', '.join(self.split_names)}{more}")
        return self.make_split(wanted)


def by_person_and_camera(tracklets: TrackletSet) -> TrackletSet:
    """Return the first tracklet of every person in every camera: one query each."""
    first: dict[tuple[str, int, int], Tracklet] = {}
    for tracklet in tracklets:
        if tracklet.person > 0:
            first.setdefault((tracklet.domain, tracklet.person, tracklet.camera), tracklet)
    return TrackletSet(first[key] for key in sorted(first))


def hold_out(train: TrackletSet, people: float, seed: int) -> tuple[TrackletSet, TrackletSet, TrackletSet]:
    """Take validation people out of the training people.

    Parameters
    ----------
    train : TrackletSet
    people : int or float
        So many of each domain, or that fraction of them (below 1).
    seed : int

    Returns
    -------
    fit, query, gallery : TrackletSet
        The people left to train on; of those held out, one query for every person and camera, and all as gallery.

    Raises
    ------
    DataError
        Where nobody would be left on a side.
    """
    fit, held = TrackletSet(), TrackletSet()
    for domain, tracklets in train.group("domain").items():
        known = len(tracklets.identities)
        count = people if people >= 1 else round(people * known)
        if not 0 < count < known:
            raise DataError(f"{domain} has {known} training people: {people:g} of them cannot be held out")
        out, kept = tracklets.split_by_person(count / known, seed)
        fit, held = fit + kept.filter(lambda t: t.person > 0), held + out
    return fit, by_person_and_camera(held), held


def two_camera_split(tracklets: TrackletSet, name: str, seed: int | None, train: set[int], test: set[int]) -> Split:
    """Split a set of two cameras: the lower camera's tracklets are queries, the other's the gallery (METHODS §3.1)."""
    cameras = sorted(set(tracklets.cameras.tolist()))
    if len(cameras) < 2:
        raise DataError(f"split {name}: a query and a gallery need two cameras, and there is one")
    tested = tracklets.filter(lambda t: t.person in test)
    return Split(
        name=name,
        seed=seed,
        train=tracklets.filter(lambda t: t.person in train),
        query=tested.filter(lambda t: t.camera == cameras[0]),
        gallery=tested.filter(lambda t: t.camera != cameras[0]),
    )


def random_halves(people: list[int], seed: int, fraction: float = 0.5) -> tuple[set[int], set[int]]:
    """Draw the training people at random; the rest are test people."""
    order = np.random.default_rng(seed).permutation(len(people))
    count = round(fraction * len(people))
    return {people[i] for i in order[:count]}, {people[i] for i in order[count:]}
