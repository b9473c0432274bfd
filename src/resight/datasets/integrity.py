"""Pictures that are there twice: what no single file shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.datasets.base import Dataset, Split
from resight.errors import DataError
from resight.tracklets import Tracklet

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
    shared = _shared(digests)
    if not shared:
        return [], []
    sides = [(name, _sides(split)) for name, split in _splits(dataset)]
    errors, strange, harmless = list[str](), list[str](), list[str]()
    for (one, other), (first, second) in shared.items():
        a, b = dataset.tracklets[one], dataset.tracklets[other]
        if paths[one][first] == paths[other][second]:
            continue
        text = f"{paths[other][second]}: the same picture as {paths[one][first]}"
        split = next((name for name, side in sides if _apart(side, a, b)), None)
        if split is not None:
            errors.append(f"{text}, and split {split} trains on one and tests on the other")
        else:
            (harmless if (a.domain, a.person) == (b.domain, b.person) else strange).append(text)
    remarks = [
        f"{len(texts):,} pairs of tracklets of {who} share pictures, as {texts[0]}"
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


def _shared(digests: Sequence[Digests]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the pairs of tracklets that share a picture, and the places of the first one that they share."""
    if not digests:
        return {}
    values = np.concatenate(digests)
    owners = np.repeat(np.arange(len(digests)), [len(d) for d in digests])
    places = np.concatenate([np.arange(len(d)) for d in digests])
    order = np.argsort(values, kind="stable")
    same = np.flatnonzero((values[order][1:] == values[order][:-1]) & (values[order][1:] != 0))
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for i in same:
        one, other = order[i], order[i + 1]
        if owners[one] != owners[other]:
            pair = (int(owners[one]), int(owners[other]))
            found.setdefault(pair, (int(places[one]), int(places[other])))
    return dict(sorted(found.items()))


def _sides(split: Split) -> dict[tuple[str, str], bool]:
    """Whether a tracklet is trained on, by domain and key."""
    side = {(t.domain, t.key): False for t in split.query + split.gallery}
    return side | {(t.domain, t.key): True for t in split.train}


def _apart(side: dict[tuple[str, str], bool], a: Tracklet, b: Tracklet) -> bool:
    found = {side.get((t.domain, t.key)) for t in (a, b)}
    return found == {True, False}
