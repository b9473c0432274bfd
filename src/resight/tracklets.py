"""Tracklets: the record that every part of Resight is handed and hands on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from resight.counting import counted
from resight.errors import DataError
from resight.files import atomic_write
from resight.frames import Frames, FrameSource, source_from_record

DISTRACTOR = 0
"""Person number of a gallery person who is no query (MARS's own number for them)."""
JUNK = -1
"""Person number of detections that count neither as right nor as wrong (MARS's own number for them)."""


@dataclass(frozen=True, eq=False)
class Tracklet:
    """A short sequence of one person from one camera.

    Attributes
    ----------
    person : int
        Identity within the domain; `DISTRACTOR` (0) and `JUNK` (-1) have MARS's meaning.
    camera : int
        Camera within the domain.
    domain : str
        The data set's world, for example ``prid2011``.
    key : str
        Name of the tracklet, unique within its domain.
    frames : FrameSource
        The frames, read when asked for, in the order in which they were filmed.
    label : str
        The person's name as the data set writes it; empty where it is the number.
    day, outfit : int or None
        When known.
    source : str
        File or folder that it comes from; for messages and reports.
    first_frame : int or None
        Number of its first frame in the source.
    root : str
        Folder that its data set was opened from; empty where there is none, or it is not known any more.
    """

    person: int
    camera: int
    domain: str
    key: str
    frames: FrameSource
    label: str = ""
    day: int | None = None
    outfit: int | None = None
    source: str = ""
    first_frame: int | None = None
    root: str = ""

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def name(self) -> str:
        """The person's name where the data set has one, else the number."""
        return self.label or str(self.person)

    def load(self, indices: Sequence[int] | None = None) -> Frames:
        """Read frames as uint8 RGB ``(T, H, W, 3)``: all of them, or those at `indices`.

        Raises
        ------
        DataError
            Where the tracklet has no frames, an index is outside, or a file cannot be read.
        """
        if len(self) == 0:
            raise DataError(f"tracklet {self.key} of {self.domain} has no frames")
        wanted = range(len(self)) if indices is None else indices
        if len(wanted) == 0 or min(wanted) < 0 or max(wanted) >= len(self):
            raise DataError(
                f"tracklet {self.key} of {self.domain} has {counted(len(self), 'frame')}, not those asked for"
            )
        return self.frames.read(wanted)


@dataclass(frozen=True)
class Description:
    """Counts of a `TrackletSet`: people without distractors and junk, cameras, tracklets, frames, lengths."""

    people: int
    cameras: int
    domains: int
    tracklets: int
    distractors: int
    junk: int
    frames: int
    shortest: int
    median: float
    longest: int

    def __str__(self) -> str:
        text = f"{counted(self.people, 'person', 'people')}, {counted(self.cameras, 'camera')}, "
        text += f"{counted(self.tracklets, 'tracklet')}, {counted(self.frames, 'frame')}"
        text += f" ({self.shortest} to {self.longest} a tracklet, median {self.median:g})"
        if self.domains > 1:
            text += f", {self.domains} domains"
        if self.distractors or self.junk:
            text += f"; among them {self.distractors:,} distractor and {self.junk:,} junk tracklets"
        return text


class TrackletSet(Sequence[Tracklet]):
    """An ordered set of tracklets that can be filtered, grouped, split by person, described and stored."""

    def __init__(self, tracklets: Iterable[Tracklet] = ()) -> None:
        self._tracklets = tuple(tracklets)

    @overload
    def __getitem__(self, index: int) -> Tracklet: ...
    @overload
    def __getitem__(self, index: slice) -> TrackletSet: ...
    def __getitem__(self, index: int | slice) -> Tracklet | TrackletSet:
        found = self._tracklets[index]
        return TrackletSet(found) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._tracklets)

    def __iter__(self) -> Iterator[Tracklet]:
        return iter(self._tracklets)

    def __add__(self, other: TrackletSet) -> TrackletSet:
        """Join two sets; raises `DataError` where one domain's name stands for the people of two folders."""
        mine, others = self._roots(), other._roots()
        for domain in sorted(mine.keys() & others.keys()):
            if not others[domain] <= mine[domain]:
                one, two = min(mine[domain]), min(others[domain] - mine[domain])
                raise DataError(
                    f"the people of {one} and of {two} are both of the domain {domain}, and their numbers would mix: "
                    "open one with the option domain=NAME, or rename it by with_domain(NAME)"
                )
        return TrackletSet((*self, *other))

    def _roots(self) -> dict[str, set[str]]:
        """Return the folders of each domain, as far as they are known."""
        found: dict[str, set[str]] = {}
        for domain, root in {(t.domain, t.root) for t in self if t.root}:
            found.setdefault(domain, set()).add(root)
        return found

    def __repr__(self) -> str:
        return f"TrackletSet({self.describe()})"

    @property
    def persons(self) -> NDArray[np.int64]:
        """Person of each tracklet, ``(N,)``."""
        return np.array([t.person for t in self], dtype=np.int64)

    @property
    def cameras(self) -> NDArray[np.int64]:
        """Camera of each tracklet, ``(N,)``."""
        return np.array([t.camera for t in self], dtype=np.int64)

    @property
    def identities(self) -> list[tuple[str, int]]:
        """The people, as sorted pairs (domain, person), distractors and junk left out."""
        return sorted({(t.domain, t.person) for t in self if t.person > 0})

    def labels(self) -> NDArray[np.int64]:
        """Class of each tracklet for one softmax over all domains' people, ``(N,)``; -1 for distractors and junk."""
        index = {identity: i for i, identity in enumerate(self.identities)}
        return np.array([index.get((t.domain, t.person), -1) for t in self], dtype=np.int64)

    def views(self) -> NDArray[np.int64]:
        """Camera of each tracklet, numbered over all domains, ``(N,)``: no two domains share a camera."""
        index = {view: i for i, view in enumerate(sorted({(t.domain, t.camera) for t in self}))}
        return np.array([index[t.domain, t.camera] for t in self], dtype=np.int64)

    def domains(self) -> NDArray[np.int64]:
        """Domain of each tracklet, numbered in sorted order, ``(N,)``."""
        index = {domain: i for i, domain in enumerate(sorted({t.domain for t in self}))}
        return np.array([index[t.domain] for t in self], dtype=np.int64)

    def select(self, indices: Iterable[int]) -> TrackletSet:
        """Return the tracklets at `indices`, in that order."""
        return TrackletSet(self._tracklets[int(i)] for i in indices)

    def filter(self, keep: Callable[[Tracklet], bool]) -> TrackletSet:
        """Return the tracklets for which `keep` is true."""
        return TrackletSet(t for t in self if keep(t))

    def group(self, by: str | Callable[[Tracklet], Any]) -> dict[Any, TrackletSet]:
        """Group by an attribute's name (``"camera"``) or a function of the tracklet; groups come in sorted order."""
        value: Callable[[Tracklet], Any] = by if callable(by) else (lambda t: getattr(t, by))
        groups: dict[Any, list[Tracklet]] = {}
        for tracklet in self:
            groups.setdefault(value(tracklet), []).append(tracklet)
        return {key: TrackletSet(groups[key]) for key in sorted(groups)}

    def split_by_person(self, fraction: float, seed: int) -> tuple[TrackletSet, TrackletSet]:
        """Split the people, not the tracklets: the first part has ``round(fraction * people)`` of every domain.

        Parameters
        ----------
        fraction : float
            0 to 1.
        seed : int
            The same seed gives the same people whatever the order of the tracklets.

        Returns
        -------
        tuple of TrackletSet
            First and second part; distractors and junk go to the second.
        """
        if not 0 <= fraction <= 1:
            raise DataError(f"a fraction of the people must lie between 0 and 1, not {fraction}")
        first: set[tuple[str, int]] = set()
        for domain, tracklets in self.group("domain").items():
            people = tracklets.identities
            order = np.random.default_rng([seed, *domain.encode()]).permutation(len(people))
            first.update(people[i] for i in order[: round(fraction * len(people))])
        return self.filter(lambda t: (t.domain, t.person) in first), self.filter(
            lambda t: (t.domain, t.person) not in first
        )

    def with_domain(self, domain: str) -> TrackletSet:
        """Return the same tracklets under another domain's name."""
        return TrackletSet(replace(t, domain=domain) for t in self)

    def describe(self) -> Description:
        """Count people, cameras, tracklets and frames."""
        lengths = np.array([len(t) for t in self]) if len(self) else np.zeros(1, dtype=int)
        return Description(
            people=len(self.identities),
            cameras=len({(t.domain, t.camera) for t in self}),
            domains=len({t.domain for t in self}),
            tracklets=len(self),
            distractors=sum(t.person == DISTRACTOR for t in self),
            junk=sum(t.person == JUNK for t in self),
            frames=int(lengths.sum()),
            shortest=int(lengths.min()),
            median=float(np.median(lengths)),
            longest=int(lengths.max()),
        )

    def table(self) -> dict[str, list[Any]]:
        """Return the attributes as columns, without the frames."""
        names = ("person", "camera", "domain", "key", "label", "day", "outfit", "source", "first_frame")
        columns: dict[str, list[Any]] = {name: [getattr(t, name) for t in self] for name in names}
        columns["length"] = [len(t) for t in self]
        return columns

    def to_parquet(self, path: str | Path) -> None:
        """Write the set to a Parquet file; frames in memory go in whole, others by reference."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        records = [t.frames.to_record() for t in self]
        columns = self.table()
        columns["pixels"] = [record.pop("data", None) for record in records]
        columns["frames"] = [json.dumps(record) for record in records]
        with atomic_write(path) as temporary:
            pq.write_table(pa.table(columns), temporary)

    @classmethod
    def from_parquet(cls, path: str | Path) -> TrackletSet:
        """Read a set that `to_parquet` wrote.

        Raises
        ------
        DataError
            Where the file is missing or holds something else.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            rows = pq.read_table(path).to_pylist()
            return cls(_from_row(row) for row in rows)
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: not a table of tracklets ({str(error).splitlines()[0]})") from error


def _from_row(row: dict[str, Any]) -> Tracklet:
    record = json.loads(row.pop("frames"))
    pixels = row.pop("pixels")
    row.pop("length")
    if pixels is not None:
        record["data"] = pixels
    return Tracklet(frames=source_from_record(record), **row)
