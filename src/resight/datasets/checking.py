"""Is a data set whole? Counts what is there and names what is missing, unreadable or out of order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from resight.datasets.base import Dataset
from resight.datasets.listed import ListedFiles
from resight.errors import DataError
from resight.frames import ImageFiles, is_cut_off, read_image
from resight.tracklets import Description, Tracklet

SHOWN = 100
"""Errors that are named one by one."""
NUMBERED = ("prid2011", "ilids-vid")
"""Data sets whose frames are numbered one by one, by one pattern of names."""


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
        return "\n".join([*lines, "whole" if self.ok else f"damaged: {len(self.errors):,} errors"])


def check_dataset(
    dataset: Dataset, quick: bool = False, progress: Callable[[int, int], None] | None = None, workers: int = 2
) -> CheckReport:
    """Look at every tracklet, every split and every picture of a data set that could be opened.

    Parameters
    ----------
    dataset : Dataset
    quick : bool
        Look at the two ends of each picture only, instead of decoding it.
    progress : callable or None
        Called with the pictures done and all pictures.
    workers : int
        Threads that read.
    """
    errors = list(dataset.problems)
    errors += [f"{t.source or t.key}: a tracklet of no frames" for t in dataset.tracklets if len(t) == 0]
    errors += _unordered(dataset)
    errors += _unreadable(dataset, _look_at_ends if quick else _decode, progress, workers)
    for name in dataset.split_names:
        try:
            dataset.split(name)
        except DataError as error:
            errors.append(str(error))
    errors = list(dict.fromkeys(errors))
    if len(errors) > SHOWN:
        errors[SHOWN:] = [f"{dataset.root}: and {len(errors) - SHOWN:,} errors more"]
    remarks = [*dataset.remarks, *_gaps(dataset), *_strangers(dataset)]
    return CheckReport(dataset.name, str(dataset.root), dataset.tracklets.describe(), tuple(errors), tuple(remarks))


def _paths(tracklet: Tracklet) -> tuple[Path, ...]:
    frames = tracklet.frames
    return frames.paths if isinstance(frames, ImageFiles | ListedFiles) else ()


def _numbers(tracklet: Tracklet) -> list[int]:
    """Numbers of the frames by their names, or none where a name has no number."""
    found = [re.findall("[0-9]+", path.stem) for path in _paths(tracklet)]
    return [int(digits[-1]) for digits in found] if all(found) else []


def _unordered(dataset: Dataset) -> Iterator[str]:
    """Name the folders whose pictures have no sure order. Listed files were held against their list on opening."""
    for tracklet in dataset.tracklets:
        if isinstance(tracklet.frames, ListedFiles) or dataset.root.is_file():
            continue
        patterns = {re.sub("[0-9]+(?=[^0-9]*$)", "#", path.stem) for path in _paths(tracklet)}
        if dataset.name in NUMBERED and len(patterns) > 1:
            few = " and ".join(sorted(patterns)[:2])
            yield f"{tracklet.source}: pictures are named by more than one pattern ({few}), so their order is not sure"
        elif len(patterns) == 1:
            numbers = _numbers(tracklet)
            twice = [b for a, b in pairwise(numbers) if a == b]
            if twice:
                yield f"{tracklet.source}: frame number {twice[0]} is there twice, so the order is not sure"


def _gaps(dataset: Dataset) -> Iterator[str]:
    broken = []
    for tracklet in dataset.tracklets:
        jump = next(((a, b) for a, b in pairwise(_numbers(tracklet)) if b > a + 1), None)
        if jump:
            broken.append((tracklet, jump))
    if broken:
        tracklet, (a, b) = broken[0]
        yield (
            f"frame numbers do not run one by one in {len(broken):,} tracklets, as {tracklet.key} "
            f"({a} is followed by {b})"
        )


def _strangers(dataset: Dataset) -> Iterator[str]:
    """Say which pictures lie in the folders of listed files and are in no list."""
    listed: dict[Path, set[str]] = {}
    for tracklet in dataset.tracklets:
        if isinstance(tracklet.frames, ListedFiles):
            listed.setdefault(tracklet.frames.folder, set()).update(tracklet.frames.names)
    there = ((f, p.name) for f in listed if f.is_dir() for p in f.iterdir() if not p.name.startswith("."))
    strange = [folder / name for folder, name in there if name not in listed[folder]]
    if strange:
        yield f"{len(strange):,} files are in no list, as {min(strange)}"


def _decode(path: Path) -> None:
    read_image(path)


def _look_at_ends(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(1024)
            file.seek(max(0, path.stat().st_size - 1024))
            tail = file.read()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not head:
        raise DataError(f"{path}: the file is empty")
    if is_cut_off(head + tail):
        raise DataError(f"{path}: the picture is cut off (its end is missing)")


def _unreadable(
    dataset: Dataset,
    look: Callable[[Path], None],
    progress: Callable[[int, int], None] | None,
    workers: int,
) -> Iterator[str]:
    total = sum(len(_paths(t)) for t in dataset.tracklets)
    done = 0

    def damage(tracklet: Tracklet) -> tuple[int, list[str]]:
        paths, found = _paths(tracklet), []
        for path in paths:
            try:
                look(path)
            except DataError as error:
                found.append(str(error))
        return len(paths), found

    with ThreadPoolExecutor(workers) as pool:
        for n, found in pool.map(damage, dataset.tracklets):
            done += n
            if progress:
                progress(done, total)
            if found:
                more = f"; {len(found) - 1:,} more pictures of this tracklet too" if len(found) > 1 else ""
                yield found[0] + more


def unopened(name: str, path: Any, error: DataError) -> CheckReport:
    """Report a data set that could not be opened."""
    return CheckReport(name, str(path), None, (str(error),), ())
