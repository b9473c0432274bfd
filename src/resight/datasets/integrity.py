"""Pictures that are there twice: what no single file shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.counting import counted
from resight.datasets.base import Dataset, Split
from resight.errors import DataError

Digests = NDArray[np.uint64]


def digest(path: Path) -> int:
    """Return 64 bits of the hash of a file's content."""
    return int.from_bytes(hashlib.blake2b(path.read_bytes(), digest_size=8).digest(), "big")


def duplicates(
    dataset: Dataset, paths: Sequence[tuple[Path, ...]], digests: Sequence[Digests]
) -> tuple[list[str], list[str]]:
    """Find pictures of the same content in two tracklets.

    One file that two tracklets name is no such case: the reader of tables says so.

    Parameters
    ----------
    dataset : Dataset
    paths, digests : sequences
        The pictures of each tracklet and their digests; 0 stands for a picture that could not be read.

    Returns
    -------
    errors, remarks : list of str
        Errors where a split trains on one and tests on the other; remarks on all others.
    """
    groups = _groups(digests)
    if not groups:
        return [], []
    sides = [(name, _sides(split, dataset)) for name, split in _splits(dataset)]
    errors, strange, harmless, told = list[str](), list[str](), list[str](), set[tuple[int, int]]()
    for owners, places in groups.items():
        files = [paths[owner][place] for owner, place in zip(owners, places, strict=True)]
        apart = next(((name, *pair) for name, side in sides if (pair := _apart(side, owners, files))), None)
        if apart is not None:
            name, one, other = apart
            text = f"{files[other]}: the same picture as {files[one]}"
            errors.append(f"{text}, and split {name} trains on one and tests on the other")
            continue
        for one, other in pairwise(range(len(owners))):
            if files[one] != files[other] and (owners[one], owners[other]) not in told:
                told.add((owners[one], owners[other]))
                a, b = (dataset.tracklets[owners[i]] for i in (one, other))
                same = (a.domain, a.person) == (b.domain, b.person)
                (harmless if same else strange).append(f"{files[other]}: the same picture as {files[one]}")
    remarks = [
        f"{counted(len(texts), 'pair')} of tracklets of {who} share{'s' * (len(texts) == 1)} pictures, as {texts[0]}"
        for who, texts in (("different people", strange), ("one person", harmless))
        if texts
    ]
    return errors, remarks


def _splits(dataset: Dataset) -> Iterator[tuple[str, Split]]:
    """Give the splits that can be made; the check reports the others."""
    for name in dataset.split_names:
        try:
            yield name, dataset.split(name)
        except DataError:
            continue


def _groups(digests: Sequence[Digests]) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Return the groups of tracklets that share a picture, and the place of the first one that they share in each."""
    if not digests:
        return {}
    values = np.concatenate(digests)
    owners = np.repeat(np.arange(len(digests)), [len(d) for d in digests])
    places = np.concatenate([np.arange(len(d)) for d in digests])
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.diff(values[order])) + 1
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    for same in np.split(order, ends):
        if len(same) > 1 and values[same[0]] != 0:
            first = {int(owners[i]): int(places[i]) for i in same[::-1]}  # the earliest picture of each owner stays
            if len(first) > 1:
                found.setdefault(tuple(sorted(first)), tuple(first[owner] for owner in sorted(first)))
    return dict(sorted(found.items()))


def _sides(split: Split, dataset: Dataset) -> dict[int, bool]:
    """Whether a tracklet of the data set is trained on, by its place; what is on no side is left out."""
    side = {(t.domain, t.key): False for t in split.query + split.gallery}
    side |= {(t.domain, t.key): True for t in split.train}
    return {i: side[key] for i, t in enumerate(dataset.tracklets) if (key := (t.domain, t.key)) in side}


def _apart(side: dict[int, bool], owners: Sequence[int], files: Sequence[Path]) -> tuple[int, int] | None:
    """Return the places in a group of one that is trained on and one that is tested on, another file."""
    train = [i for i, owner in enumerate(owners) if side.get(owner) is True]
    test = [i for i, owner in enumerate(owners) if side.get(owner) is False]
    return next(((min(a, b), max(a, b)) for a in train for b in test if files[a] != files[b]), None)
