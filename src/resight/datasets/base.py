"""What a data set is to the rest of Resight: tracklets, and splits into training people, queries and gallery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from resight.counting import counted
from resight.datasets.saved import SIDES, find_tracklets, read_record, write_record
from resight.errors import DataError, RecipeError
from resight.frames import unread_images
from resight.tracklets import Tracklet, TrackletSet

CAUSES = ".causes.parquet"
"""What the name of a synthetic folder is followed by in that of its causes, beside it."""
MARS_TEST = "mars-test"
"""Name of MARS's official test half in `Dataset.leaks` and `Dataset.tests`."""


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
        `train` may be empty where a model that is there already is tested.
    protocol : str
        How `resight.evaluation.evaluate` is to rank it.
    multiple_query : bool
        Whether the query tracklets of one person in one camera are one query, their features pooled
        (`resight.evaluation.pool_queries`).

    Raises
    ------
    DataError
        Where a person is on both sides (distractors and junk aside), or there are no queries or no gallery.
    """

    name: str
    seed: int | None
    train: TrackletSet
    query: TrackletSet
    gallery: TrackletSet
    protocol: str = "cross_camera"
    multiple_query: bool = False

    def __post_init__(self) -> None:
        for side in ("query", "gallery"):
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

    def describe(self) -> str:
        """Return its name and the counts of its sides, a line each."""
        return "\n".join(f"{self.name}, {side}: {getattr(self, side).describe()}" for side in SIDES)

    def save(self, path: str | Path) -> None:
        """Write the split as JSON: its name, how it is ranked, and each side's tracklets by key."""
        record = {
            "name": self.name,
            "seed": self.seed,
            "protocol": self.protocol,
            "multiple_query": self.multiple_query,
        }
        write_record(path, record, {side: getattr(self, side) for side in SIDES})

    @classmethod
    def load(cls, path: str | Path, tracklets: TrackletSet) -> Split:
        """Read a split that `save` wrote, and find its tracklets among those of the data set here.

        Raises
        ------
        DataError
            Where the file is missing or holds something else, or a tracklet is not here or is another one.
        """
        record = read_record(path)
        train, query, gallery = (find_tracklets(path, record[side], tracklets) for side in SIDES)
        more = {name: record[name] for name in ("seed", "protocol", "multiple_query") if name in record}
        seed = more.pop("seed", None)
        return cls(str(record.get("name", Path(path).stem)), seed, train, query, gallery, **more)


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
    problems : tuple of str
        Damage that was seen on opening and that `check` reports; what is whole can be used all the same.
    leaks : str
        Name of an official test set whose people are among the training people here (METHODS §3.8), or empty.
    tests : str
        Name of the official test set that is the test part here, or empty: no run that leaks it may be tested on it.
    protocol : str
        How its splits are ranked.
    test_only : bool
        Whether splits without training people were asked for.
    alike : str
        What still tells synthetic twins apart, as ``twins, gait ×1``; empty where nobody is a twin.
    """

    name: str
    root: Path
    tracklets: TrackletSet
    split_names: tuple[str, ...]
    make_split: Callable[[str], Split] = field(repr=False)
    seeded: bool = False
    remarks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    leaks: str = ""
    tests: str = ""
    protocol: str = "cross_camera"
    test_only: bool = False
    alike: str = ""

    @property
    def notes(self) -> list[str]:
        """What must stand beside every figure that is measured on it."""
        return [f"{self.name}: {self.alike}"] if self.alike else []

    @property
    def synthetic(self) -> bool:
        """Whether its people are drawn: those of the embedded world, or of a folder that `resight synthesize` made."""
        root = self.root.resolve()
        return self.name in ("synthetic", "actions") or root.with_name(f"{root.name}{CAUSES}").is_file()

    def split(self, name: str | None = None) -> Split:
        """Return a split by name; None takes the first, and a name that ends in ``.json`` a split that was saved.

        Raises
        ------
        RecipeError
            Where there is no such split.
        DataError
            Where a side of it is empty, or a tracklet in it has no frames.
        """
        wanted = self.split_names[0] if name is None else str(name)
        if wanted.endswith(".json"):
            return Split.load(Path(wanted).expanduser(), self.tracklets)
        if wanted not in self.split_names and not (self.seeded and re.fullmatch("[0-9]{1,9}", wanted)):
            more = " or any seed" if self.seeded else ""
            raise RecipeError(f"{self.name} has no split {wanted!r}; there are {', '.join(self.split_names)}{more}")
        split = self.make_split(wanted)
        if len(split.train) == 0 and not self.test_only:
            raise DataError(f"{self.root}: split {wanted} of {self.name} has no train tracklets")
        for tracklet in split.train + split.query + split.gallery:
            if len(tracklet) == 0:
                raise DataError(no_frames(tracklet))
        return split

    def describe(self) -> str:
        """Return its counts, those of its first split, and the remarks, in a few lines."""
        lines = [f"{self.name} at {self.root}: {self.tracklets.describe()}"]
        lines.append(f"splits: {', '.join(self.split_names)}{', or any seed' if self.seeded else ''}; {self.protocol}")
        try:
            lines.append(self.split().describe())
        except DataError as error:
            lines.append(str(error))
        return "\n".join([*lines, *self.remarks])


def no_frames(tracklet: Tracklet) -> str:
    """Say that a tracklet has no frames, or that its pictures are of kinds that are not read."""
    folder = Path(tracklet.source)
    unread = unread_images(folder) if tracklet.source and folder.is_dir() else []
    return f"{tracklet.source or tracklet.key}: {of_kinds_unread(unread) if unread else 'a tracklet of no frames'}"


def of_kinds_unread(paths: list[Path]) -> str:
    """Count pictures of kinds that are not read, and name the kinds."""
    kinds = ", ".join(sorted({path.suffix.lower() for path in paths}))
    return f"{counted(len(paths), 'file')} of a kind that is not read ({kinds})"


def leaks_into_mars_test(dataset: Dataset) -> bool:
    """Whether training on this data set shows a network people of MARS's official test half (METHODS §3.8)."""
    return dataset.leaks == MARS_TEST


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
        The people left to train on; of those held out, the query and gallery of `rank_across_cameras`.

    Raises
    ------
    DataError
        Where nobody would be left on a side.
    """
    fit, query, gallery = TrackletSet(), TrackletSet(), TrackletSet()
    for domain, tracklets in train.group("domain").items():
        known = len(tracklets.identities)
        count = people if people >= 1 else round(people * known)
        if not 0 < count < known:
            raise DataError(f"{domain} has {known} training people: {people:g} of them cannot be held out")
        out, kept = tracklets.split_by_person(count / known, seed)
        asked, ranked = rank_across_cameras(out)
        fit, query, gallery = fit + kept.filter(lambda t: t.person > 0), query + asked, gallery + ranked
    return fit, query, gallery


def rank_across_cameras(tracklets: TrackletSet) -> tuple[TrackletSet, TrackletSet]:
    """Make queries and a gallery of test tracklets.

    Of two cameras, each person's first tracklet in the lower one is a query and the other camera is the gallery
    (METHODS §3.1); of any other number, the first tracklet of every person in every camera is a query, and all
    tracklets are the gallery.
    """
    queries = by_person_and_camera(tracklets)
    cameras = sorted(set(tracklets.cameras.tolist()))
    if len(cameras) == 2 and any(t.camera == cameras[0] for t in queries):
        return queries.filter(lambda t: t.camera == cameras[0]), tracklets.filter(lambda t: t.camera == cameras[1])
    return queries, tracklets


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


def locate(root: Path, holding: Iterable[str], inside: Iterable[str] = ()) -> Path:
    """Find the folder of a layout: `root`, or one of the usual places inside it, that holds the folders named.

    Raises
    ------
    DataError
        Where none does; the sentence names what is missing in the one that holds the most.
    """
    wanted = tuple(holding)
    missing = {
        folder: [name for name in wanted if not (folder / name).is_dir()]
        for folder in (root, *(root / name for name in inside))
    }
    nearest = min(missing, key=lambda folder: len(missing[folder]))
    if missing[nearest]:
        are = "the folder {} is" if len(missing[nearest]) == 1 else "the folders {} are"
        raise DataError(f"{nearest}: {are.format(' and '.join(missing[nearest]))} not here")
    return nearest


def share(fraction: float) -> float:
    """Return the share of people to train on, checked: at least 0 and below 1."""
    if not isinstance(fraction, int | float) or not 0 <= fraction < 1:
        raise RecipeError(f"the share of people to train on must be at least 0 and below 1, not {fraction}")
    return float(fraction)
