"""MARS (Zheng et al., ECCV 2016): six cameras, several tracklets a person, distractors and junk (METHODS §3.3)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from resight.datasets.base import MARS_TEST, Dataset, Split, locate
from resight.datasets.listed import ListedFiles
from resight.datasets.mars_info import frame_number, read_matrix, read_names
from resight.datasets.mars_protocols import multiple_query as all_of_each_query
from resight.datasets.mars_protocols import two_camera_split
from resight.datasets.rows import left_out
from resight.datasets.splits import mars_test_people
from resight.errors import DataError, RecipeError
from resight.tracklets import JUNK, Tracklet, TrackletSet

PUBLISHED = {"train": (625, 8298, 509_914), "test": (636, 12_180, 681_089), "queries": 1980}
"""People (for test: labels, with 0 and -1), tracklets and frames of the published set; METHODS §3.3."""
PROTOCOLS = ("mars_official", "mars_torchreid", "cross_camera")


def open_mars(
    root: Path,
    protocol: str = "mars_official",
    multiple_query: bool = False,
    two_cameras: bool = False,
    domain: str = "mars",
) -> Dataset:
    """Open MARS's layout: `bbox_train`, `bbox_test`, `info` (`tracks_*_info.mat`, `query_IDX.mat`, `*_name.txt`).

    No picture is touched. Where a list `*_name.txt` is missing it is made again from the names of the pictures.

    Parameters
    ----------
    root : Path
        The folder that holds the three, or the one that contains it as `MARS`.
    protocol : {"mars_official", "mars_torchreid", "cross_camera"}
        `mars_torchreid` leaves junk and the queries out of the gallery; the others keep all test tracklets there.
    multiple_query : bool
        Ask with all tracklets of the query's person in the query's camera, their features pooled into one.
    two_cameras : bool
        Instead of the official test: by seed, two tracklets of two cameras a person, ranked by `cross_camera`. The MARS
        rows of RCN and ASTPN were measured so, and compare with no other.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a file is missing or does not fit the others; the sentence names it.
    RecipeError
        Where the protocol is unknown, or options contradict each other.
    """
    if protocol not in PROTOCOLS:
        raise RecipeError(f"mars: no protocol {protocol!r}; there are {', '.join(PROTOCOLS)}")
    if two_cameras and (multiple_query or protocol == "mars_torchreid"):
        raise RecipeError("mars: two_cameras is a protocol of its own, without multiple_query or mars_torchreid")
    folder = locate(root, ("bbox_train", "bbox_test", "info"), ("MARS", "mars", "Mars"))
    remarks: list[str] = []
    problems: list[str] = []
    train = read_tracks(folder, "train", domain, remarks, problems)
    test = read_tracks(folder, "test", domain, remarks, problems)
    queries = _queries(folder, test)
    remarks.extend(_counts(train, test, len(queries)))
    known = {person for _, person in train.identities}
    hidden = mars_test_people()

    def split(name: str) -> Split:
        if two_cameras:
            return two_camera_split(train, test, int(name))
        query, gallery = test.select(queries), test
        if protocol == "mars_torchreid":
            chosen = set(queries)
            gallery = TrackletSet(t for i, t in enumerate(test) if i not in chosen and t.person != JUNK)
        if multiple_query:
            query = all_of_each_query(query, test)
        return Split(name, None, train, query, gallery, protocol, multiple_query)

    return Dataset(
        name="mars",
        root=root,
        tracklets=train + test,
        split_names=tuple("01234") if two_cameras else ("official",),
        make_split=split,
        seeded=two_cameras,
        remarks=tuple(remarks),
        problems=tuple(problems),
        leaks=MARS_TEST if known and known <= hidden else "",
        tests=MARS_TEST if {person for _, person in test.identities} == hidden else "",
        protocol="cross_camera" if two_cameras else protocol,
    )


def read_tracks(
    root: Path, part: str, domain: str, remarks: list[str] | None = None, problems: list[str] | None = None
) -> TrackletSet:
    """Read the tracklets of `train` or `test`, in the order of their rows.

    Parameters
    ----------
    root : Path
    part : {"train", "test"}
    domain : str
    remarks, problems : list of str or None
        What is worth saying and what is damaged are added to these.

    Raises
    ------
    DataError
        Where the table and the list of names do not fit, or a picture is in two rows.
    """
    path = root / "info" / f"tracks_{part}_info.mat"
    table = read_matrix(path, f"track_{part}_info")
    if table.ndim != 2 or table.shape[1] != 4:
        raise DataError(f"{path}: expected four columns, found shape {table.shape}")
    folder = root / f"bbox_{part}"
    names, listed = read_names(root, part)
    if not listed and remarks is not None:
        remarks.append(f"{root / 'info' / f'{part}_name.txt'}: missing; the list was made from the files' names")
    tracklets = []
    for first, last, person, camera in table.tolist():
        if not 1 <= first <= last <= len(names):
            origin = f"{part}_name.txt" if listed else f"the list of {folder}"
            raise DataError(f"{path}: rows {first} to {last} are not in {origin}, which has {len(names):,}")
        own = names[first - 1 : last]
        _check_names(own, person, camera, path)
        if not _in_order(own):
            own = sorted(own, key=frame_number)
            if problems is not None:
                problems.append(f"{path}: rows {first} to {last} ({own[0][:11]}) name frames out of order or twice")
        tracklets.append(_tracklet(folder, own, person, camera, domain))
    lost = left_out([(first - 1, last - 1) for first, last, *_ in table.tolist()], names, path)
    if problems is not None:
        problems += lost
    return TrackletSet(tracklets)


def _in_order(names: list[str]) -> bool:
    """Whether frame numbers grow; names of one length compare as their numbers do, which is quicker for a million."""
    if len(set(map(len, names))) == 1 and all(a < b for a, b in pairwise(names)):
        return True
    numbers = [frame_number(name) for name in names]
    return all(a < b for a, b in pairwise(numbers))


def _tracklet(folder: Path, names: list[str], person: int, camera: int, domain: str) -> Tracklet:
    subfolder = names[0][:4]
    return Tracklet(
        person=person,
        camera=camera,
        domain=domain,
        key=f"{folder.name}/{names[0][:11]}",
        frames=ListedFiles(folder / subfolder, tuple(names)),
        source=str(folder / subfolder),
        first_frame=frame_number(names[0]),
    )


def _check_names(names: list[str], person: int, camera: int, path: Path) -> None:
    """Hold the names of one row against MARS's rule: ``0001C1T0001F001.jpg`` is person, camera, tracklet, frame."""
    start = f"{'00-1' if person == JUNK else f'{person:04d}'}C{camera}T"
    head = names[0][:11]
    for name in names:
        if not name.startswith(head) or not head.startswith(start):
            raise DataError(f"{path}: {name} stands where a frame of person {person}, camera {camera} is expected")


def _queries(root: Path, test: TrackletSet) -> list[int]:
    path = root / "info" / "query_IDX.mat"
    rows = read_matrix(path, "query_IDX").ravel()
    if len(rows) == 0 or rows.min() < 1 or rows.max() > len(test):
        raise DataError(f"{path}: points at test tracklets that do not exist")
    queries = [int(row) - 1 for row in np.unique(rows)]
    if any(test[i].person <= 0 for i in queries):
        raise DataError(f"{path}: a query is a distractor or junk")
    return queries


def _counts(train: TrackletSet, test: TrackletSet, queries: int) -> list[str]:
    found: dict[str, Any] = {"queries": queries}
    for part, tracklets in (("train", train), ("test", test)):
        found[part] = (len({t.person for t in tracklets}), len(tracklets), sum(len(t) for t in tracklets))
    if found == PUBLISHED:
        return []
    return [f"counts differ from the published MARS: {_text(found)} here, {_text(PUBLISHED)} published"]


def _text(counts: dict[str, Any]) -> str:
    train, test = counts["train"], counts["test"]
    return (
        f"train {train[0]:,} people, {train[1]:,} tracklets, {train[2]:,} frames; "
        f"test {test[0]:,} labels, {test[1]:,} tracklets, {test[2]:,} frames; {counts['queries']:,} queries"
    )
