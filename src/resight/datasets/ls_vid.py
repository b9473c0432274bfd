"""LS-VID (Li et al., ICCV 2019): 3,772 people in 15 cameras; its lists name the beginnings of the pictures' paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from resight.datasets.base import Dataset, Split
from resight.datasets.listed import ListedFiles, read_lines
from resight.datasets.rows import pick
from resight.errors import DataError
from resight.frames import IMAGE_SUFFIXES, natural_key
from resight.tracklets import JUNK, Tracklet, TrackletSet

PUBLISHED = {"train": 2831, "query": 3504, "gallery": 7829}
"""Tracklets."""
TEST = 100_000
"""Added to the numbers of test people: each half numbers its own, and no person is in both."""
PLACES = (("list_sequence", "test/data"), ("info/list_sequence", "info/data"))
"""Where the lists and `info_test.mat` lie: as published, and as some codes move them."""


def open_ls_vid(root: Path, domain: str = "ls-vid") -> Dataset:
    """Open LS-VID: `list_sequence/list_seq_train.txt` and `list_seq_test.txt`, `test/data/info_test.mat`, the pictures.

    A line of a list is the beginning of the paths of a tracklet's pictures, and the person. A picture's name has four
    parts between underscores; the third is the camera. `query` of `info_test.mat` names the test tracklets that ask,
    from 1; all others are the gallery.

    Parameters
    ----------
    root : Path
        The folder that holds them, or the one that contains it as `LS-VID`.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a list or a tracklet's pictures are missing or not named so.
    """
    folder, lists, data = _places(root)
    problems: list[str] = []
    train = TrackletSet(_read(folder, lists / "list_seq_train.txt", 0, domain, problems))
    test = TrackletSet(_read(folder, lists / "list_seq_test.txt", TEST, domain, problems))
    path = data / "info_test.mat"
    query, gallery = pick(test, [row - 1 for row in _query_rows(path)], path)

    def split(name: str) -> Split:
        return Split(name, None, train, query, gallery)

    found = {"train": len(train), "query": len(query), "gallery": len(gallery)}
    remarks: tuple[str, ...] = ()
    if found != PUBLISHED:
        here, there = (", ".join(f"{n:,} {part}" for part, n in c.items()) for c in (found, PUBLISHED))
        remarks = (f"counts of tracklets differ from the published LS-VID: {here} here, {there} published",)
    return Dataset(
        name="ls-vid",
        root=root,
        tracklets=train + test,
        split_names=("official",),
        make_split=split,
        remarks=remarks,
        problems=tuple(problems),
    )


def _places(root: Path) -> tuple[Path, Path, Path]:
    for folder in (root, root / "LS-VID", root / "LSVID"):
        for lists, data in PLACES:
            if (folder / lists).is_dir():
                return folder, folder / lists, folder / data
    raise DataError(f"{root}: no folder list_sequence with the lists of LS-VID")


def _read(folder: Path, path: Path, offset: int, domain: str, problems: list[str]) -> Iterator[Tracklet]:
    listings: dict[Path, list[str]] = {}
    seen: set[str] = set()
    for number, line in enumerate(read_lines(path), start=1):
        where = f"{path} line {number}"
        start, _, person = line.rpartition(" ")
        parts = PurePosixPath(start).parts
        if not re.fullmatch("-?[0-9]{1,6}", person) or not parts or parts[0] == "/" or ".." in parts:
            raise DataError(f"{where}: expected the beginning of a path in the data set, and a person's number")
        if start in seen:
            raise DataError(f"{where}: {start} is listed twice")
        seen.add(start)
        place, head = folder.joinpath(*PurePosixPath(start).parent.parts), PurePosixPath(start).name
        if start.endswith("/"):
            place, head = folder.joinpath(*parts), ""
        if place not in listings:
            listings[place] = sorted(_pictures(place, where), key=natural_key)
        names = tuple(name for name in listings[place] if _begins(name, head))
        if not names:
            problems.append(f"{where}: no pictures {place / head}*")
            continue
        who = int(person)
        yield Tracklet(
            person=who if who == JUNK else who + (offset or 1),
            camera=_camera(names[0], place),
            domain=domain,
            key=start,
            frames=ListedFiles(place, names),
            label="" if who == JUNK else person,
            source=str(place),
        )


def _pictures(place: Path, where: str) -> list[str]:
    if not place.is_dir():
        raise DataError(f"{where}: {place} is not there")
    return [p.name for p in place.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")]


def _begins(name: str, head: str) -> bool:
    """Whether a name begins so, and no number goes on behind: ``0001_1`` is no beginning of ``0001_10_…``."""
    return name.startswith(head) and not (head[-1:].isdecimal() and name[len(head) :][:1].isdecimal())


def _camera(name: str, place: Path) -> int:
    parts = name.split("_")
    if len(parts) < 4 or not parts[2].isdecimal():
        raise DataError(f"{place / name}: not named as LS-VID names pictures, four parts with the camera as the third")
    return int(parts[2])


def _query_rows(path: Path) -> list[int]:
    """Read `query` of a MATLAB file of version 7.3, which is HDF5."""
    import h5py

    if not path.is_file():
        raise DataError(f"{path}: missing")
    try:
        with h5py.File(path) as file:
            values = np.asarray(file["query"], dtype=np.float64).ravel()
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: not the MATLAB file expected (version 7.3), with a matrix query") from error
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        raise DataError(f"{path}: query holds something else than whole numbers")
    return [int(value) for value in values]
