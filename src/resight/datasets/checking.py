"""Is a data set whole? Counts what is there and names what is missing, unreadable or out of order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from resight.counting import counted
from resight.datasets.base import Dataset, no_frames
from resight.datasets.integrity import duplicates
from resight.datasets.links import faults
from resight.datasets.on_disk import BY_PERSON, compare_lists
from resight.datasets.pictures import look_at_all, paths_of
from resight.datasets.videos import look_at_videos
from resight.errors import DataError
from resight.frames import natural_key
from resight.tracklets import Description, Tracklet

SHOWN = 100
"""Errors that are named one by one."""
NUMBERED = ("prid2011", "ilids-vid")
"""Data sets whose frames are numbered one by one, by one pattern of names."""
OTHERWISE = ("ls-vid", "p-destre")
"""Data sets whose pictures' names do not end in the frame's number."""
LAST_NUMBER = re.compile("[0-9]+(?=[^0-9]*$)")
CAMERA_AND_PERSON = re.compile("cam([0-9]+)_person([0-9]+)_")
"""How iLIDS-VID's pictures begin."""


@dataclass(frozen=True)
class CheckReport:
    """What was found.

    Attributes
    ----------
    name, root
        As they were asked for.
    counts : Description or None
        People, cameras, tracklets, frames; None where the data set could not be opened.
    errors : tuple of str
        Damage: one sentence each, naming the file.
    remarks : tuple of str
        What is no damage but worth knowing, as counts that differ from the published ones.
    """

    name: str
    root: str
    counts: Description | None
    errors: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged."""
        return not self.errors

    def __str__(self) -> str:
        lines = [f"{self.name} at {self.root}: {self.counts or 'cannot be opened'}"]
        lines += [f"error: {text}" for text in self.errors] + [f"note: {text}" for text in self.remarks]
        return "\n".join([*lines, "whole" if self.ok else f"damaged: {counted(len(self.errors), 'error')}"])


def check_dataset(
    dataset: Dataset, quick: bool = False, progress: Callable[[int, int], None] | None = None, workers: int = 2
) -> CheckReport:
    """Look at every tracklet, every split and every picture of a data set that could be opened.

    Parameters
    ----------
    dataset : Dataset
    quick : bool
        Look at the two ends of each picture only, instead of decoding it; pictures that are there twice go unseen.
        Videos are decoded all the same.
    progress : callable or None
        Called with the pictures done and all pictures.
    workers : int
        Threads that read.
    """
    lists = compare_lists(dataset)
    unreadable, uneven, digests = look_at_all(dataset, quick, progress, workers, lists.named)
    twice, shared = duplicates(dataset, [paths_of(t) for t in dataset.tracklets], digests)
    errors = [*dataset.problems, *lists.errors]
    errors += [no_frames(t) for t in dataset.tracklets if len(t) == 0]
    errors += [*_misnamed(dataset), *_unordered(dataset), *_missing(dataset), *unreadable, *look_at_videos(dataset)]
    errors += [*twice, *_unsplit(dataset)]
    links = list(faults(dataset.root)) if dataset.root.is_dir() else []
    behind = tuple(text.partition(": a link")[0] for text in links)
    errors = links + [text for text in errors if not text.startswith(behind or ("\0",))]
    errors = list(dict.fromkeys(errors))
    if len(errors) > SHOWN:
        errors[SHOWN:] = [f"{dataset.root}: and {counted(len(errors) - SHOWN, 'error')} more"]
    remarks = [*dataset.remarks, *_gaps(dataset), *_against_names(dataset), *uneven, *lists.remarks]
    remarks += [*shared, *_alone(dataset), *_unanswered(dataset)]
    return CheckReport(dataset.name, str(dataset.root), dataset.tracklets.describe(), tuple(errors), tuple(remarks))


def _numbers(tracklet: Tracklet, dataset: Dataset) -> list[int]:
    """Numbers of the frames by their names, or none where a name has no number.

    In P-DESTRE it is the second number of a name, in LS-VID the first that changes, in all others the last.
    """
    found = [[int(digits) for digits in re.findall("[0-9]+", path.stem)] for path in paths_of(tracklet)]
    if not found or not all(found):
        return []
    if dataset.name not in OTHERWISE:
        return [numbers[-1] for numbers in found]
    columns = list(zip(*found, strict=False))
    if dataset.name == "p-destre":
        return list(columns[1])
    return list(next((column for column in columns if len(set(column)) > 1), columns[-1]))


def _patterns(tracklet: Tracklet) -> set[str]:
    """Return how the pictures are named, with # for the number of the frame."""
    return {LAST_NUMBER.sub("#", path.stem) for path in paths_of(tracklet)}


def _numbered(path: Path, number: int) -> Path:
    """Return the path of the frame of another number, named as this one is."""
    name = LAST_NUMBER.sub(lambda digits: f"{number:0{len(digits[0])}d}", path.stem)
    return path.with_name(name + path.suffix)


def _misnamed(dataset: Dataset) -> Iterator[str]:
    """Name the first picture of each folder of iLIDS-VID that is named for another camera or person."""
    for tracklet in dataset.tracklets if dataset.name == "ilids-vid" else ():
        for path in paths_of(tracklet):
            said = CAMERA_AND_PERSON.match(path.stem)
            if said and (int(said[1]), int(said[2])) != (tracklet.camera, tracklet.person):
                yield f"{path}: named for camera {said[1]} and person {int(said[2])}, and lies in {tracklet.key}"
                break


def _unordered(dataset: Dataset) -> Iterator[str]:
    """Name the folders whose pictures have no sure order. Lists and tables of all pictures were held on opening."""
    named = list(_misnamed(dataset))
    for tracklet in dataset.tracklets:
        if dataset.name in BY_PERSON or dataset.root.is_file():
            continue
        if any(text.startswith(f"{tracklet.source}/") for text in named):
            continue
        patterns = _patterns(tracklet)
        if dataset.name in NUMBERED and len(patterns) > 1:
            few = " and ".join(sorted(patterns)[:2])
            yield f"{tracklet.source}: pictures are named by more than one pattern ({few}), so their order is not sure"
        elif (twice := _twice(tracklet, dataset)) is not None:
            yield f"{tracklet.source}: frame number {twice} is there twice, so the order is not sure"


def _twice(tracklet: Tracklet, dataset: Dataset) -> int | None:
    """Return the first frame number that two pictures have: ``4.jpg`` and ``00004.jpg``."""
    numbers = _numbers(tracklet, dataset)
    keys = numbers if dataset.name == "p-destre" else [natural_key(path.stem)[0] for path in paths_of(tracklet)]
    return next((number for number, (a, b) in zip(numbers, pairwise(keys), strict=False) if a == b), None)


def _against_names(dataset: Dataset) -> Iterator[str]:
    """Say where the frame numbers of a CSV count against the numbers in the pictures' names."""
    against = []
    for tracklet in dataset.tracklets if dataset.root.is_file() else ():
        back = next(((a, b) for a, b in pairwise(_numbers(tracklet, dataset)) if b < a), None)
        if back:
            against.append((tracklet, back))
    if against:
        tracklet, (a, b) = against[0]
        yield (
            f"frames run against the numbers in their names in {counted(len(against), 'tracklet')}, as {tracklet.key} "
            f"({a} is followed by {b})"
        )


def _jumps(dataset: Dataset) -> Iterator[tuple[Tracklet, int, int]]:
    """Give the tracklets whose numbers do not run one by one, and the two numbers at the first gap."""
    for tracklet in dataset.tracklets:
        jump = next(((a, b) for a, b in pairwise(_numbers(tracklet, dataset)) if b > a + 1), None)
        if jump:
            yield tracklet, *jump


def _missing(dataset: Dataset) -> Iterator[str]:
    """Name the first missing frame of each tracklet where frames are numbered one by one, and named as they should.

    Those of PRID-2011 begin at 1; those of iLIDS-VID may begin elsewhere.
    """
    if dataset.name not in NUMBERED:
        return
    for tracklet in dataset.tracklets if dataset.name == "prid2011" else ():
        first = tracklet.first_frame or 1
        if first > 1 and len(_patterns(tracklet)) == 1:
            yield f"{_numbered(paths_of(tracklet)[0], 1)}: missing, the first frame here is {first}"
    named = list(_misnamed(dataset))
    for tracklet, a, b in _jumps(dataset):
        if len(_patterns(tracklet)) == 1 and not any(text.startswith(f"{tracklet.source}/") for text in named):
            before = paths_of(tracklet)[_numbers(tracklet, dataset).index(a)]
            yield f"{_numbered(before, a + 1)}: missing, {a} is followed by {b}"


def _gaps(dataset: Dataset) -> Iterator[str]:
    """Say how many tracklets have gaps where those are no damage."""
    broken = [] if dataset.name in NUMBERED else list(_jumps(dataset))
    if broken:
        tracklet, a, b = broken[0]
        yield (
            f"frame numbers do not run one by one in {counted(len(broken), 'tracklet')}, as {tracklet.key} "
            f"({a} is followed by {b})"
        )


def _unsplit(dataset: Dataset) -> Iterator[str]:
    """Name the splits that cannot be made, those of one reason in one sentence."""
    reasons: dict[str, list[str]] = {}
    for name in dataset.split_names:
        try:
            dataset.split(name)
        except DataError as error:
            reasons.setdefault(str(error).replace(f"split {name}", "split"), []).append(str(error))
    for texts in reasons.values():
        text = texts[0] if str(dataset.root) in texts[0] else f"{dataset.root}: {texts[0]}"
        yield text if len(set(texts)) == 1 else f"{text}, and {counted(len(texts) - 1, 'split')} more"


def _alone(dataset: Dataset) -> Iterator[str]:
    """Say how many people are in one camera only."""
    cameras: dict[tuple[str, int], set[int]] = {}
    for t in dataset.tracklets:
        cameras.setdefault((t.domain, t.person), set()).add(t.camera)
    alone = [t for t in dataset.tracklets if t.person > 0 and len(cameras[t.domain, t.person]) < 2]
    count = len({(t.domain, t.person) for t in alone})
    if count:
        who = counted(count, "person is", "people are")
        yield f"{who} in one camera only and can be no true match, as {alone[0].name}"


def _unanswered(dataset: Dataset) -> Iterator[str]:
    """Say how many queries of a fixed split have nobody to be found."""
    if dataset.seeded:
        return
    try:
        split = dataset.split()
    except DataError:
        return
    cameras: dict[tuple[str, int], set[int]] = {}
    for t in split.gallery:
        cameras.setdefault((t.domain, t.person), set()).add(t.camera)
    alone = [t for t in split.query if not cameras.get((t.domain, t.person), set()) - {t.camera}]
    if alone:
        yield f"{counted(len(alone), 'query has', 'queries have')} no true match in another camera, as {alone[0].key}"


def unopened(name: str, path: Any, error: DataError) -> CheckReport:
    """Report a data set that could not be opened."""
    return CheckReport(name, str(path), None, (str(error),), ())
