"""MARS (Zheng et al., ECCV 2016): six cameras, several tracklets a person, distractors and junk (METHODS §3.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.datasets.base import Dataset, Split
from resight.errors import DataError, RecipeError
from resight.frames import ImageFiles
from resight.tracklets import JUNK, Tracklet, TrackletSet

PUBLISHED = {"train": (625, 8298, 509_914), "test": (636, 12_180, 681_089), "queries": 1980}
"""People (for test: labels, with 0 and -1), tracklets and frames of the published set; METHODS §3.3."""
OWN_NUMBERS = 1001
"""The sparse set that the project measures on renumbers some tracklets from here; MARS has no such numbers."""


def open_mars(root: Path, protocol: str = "mars_official", domain: str = "mars") -> Dataset:
    """Open MARS's layout: `bbox_train`, `bbox_test`, `info` (`tracks_*_info.mat`, `query_IDX.mat`, `*_name.txt`).

    Parameters
    ----------
    root : Path
    protocol : {"mars_official", "mars_torchreid", "cross_camera"}
        `mars_torchreid` leaves junk and the queries out of the gallery; the others keep all test tracklets there.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a file is missing or does not fit the others; the sentence names it.
    """
    if protocol not in ("mars_official", "mars_torchreid", "cross_camera"):
        raise RecipeError(f"mars: unknown protocol {protocol!r}")
    train = read_tracks(root, "train", domain)
    test = read_tracks(root, "test", domain)
    rows = _matrix(root / "info" / "query_IDX.mat", "query_IDX").ravel()
    if len(rows) and (rows.min() < 1 or rows.max() > len(test)):
        raise DataError(f"{root / 'info' / 'query_IDX.mat'}: points at test tracklets that do not exist")
    chosen = {int(row) - 1 for row in rows}

    def split(name: str) -> Split:
        gallery = test
        if protocol == "mars_torchreid":
            gallery = TrackletSet(t for i, t in enumerate(test) if i not in chosen and t.person != JUNK)
        query = test.select(sorted(chosen))
        return Split(name, None, train, query, gallery, protocol)

    return Dataset(
        name="mars",
        root=root,
        tracklets=train + test,
        split_names=("official",),
        make_split=split,
        remarks=_remarks(train, test, len(chosen)),
        leaks="mars-test" if _is_sparse(train, test) else "",
    )


def read_tracks(root: Path, part: str, domain: str) -> TrackletSet:
    """Read the tracklets of `train` or `test`, in the order of their rows; no picture is touched."""
    info = root / "info"
    table = _matrix(info / f"tracks_{part}_info.mat", f"track_{part}_info")
    if table.ndim != 2 or table.shape[1] != 4:
        raise DataError(f"{info / f'tracks_{part}_info.mat'}: expected four columns, found shape {table.shape}")
    names = _lines(info / f"{part}_name.txt")
    folder = root / f"bbox_{part}"
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; MARS has bbox_train, bbox_test and info side by side")
    tracklets = []
    for first, last, person, camera in table.tolist():
        if not 1 <= first <= last <= len(names):
            raise DataError(f"{info / f'tracks_{part}_info.mat'}: rows {first} to {last} are not in {part}_name.txt")
        own = names[first - 1 : last]
        tracklets.append(_tracklet(folder, own, person, camera, domain, info / f"{part}_name.txt"))
    return TrackletSet(tracklets)


def _tracklet(folder: Path, names: list[str], person: int, camera: int, domain: str, origin: Path) -> Tracklet:
    head = names[0]
    subfolder, number = head[:4], head[4:11]
    if len(head) < 15 or head[4] != "C" or head[6] != "T" or head[11] != "F":
        raise DataError(f"{origin}: {head!r} is not named by MARS's rule, as 0001C1T0001F001.jpg")
    expected = "00-1" if person == JUNK else f"{person:04d}"
    if subfolder != expected or int(head[5]) != camera:
        raise DataError(f"{origin}: {head} stands where person {person} and camera {camera} are expected")
    return Tracklet(
        person=person,
        camera=camera,
        domain=domain,
        key=f"{folder.name}/{subfolder}{number}",
        frames=ImageFiles(tuple(folder / subfolder / name for name in names)),
        source=str(folder / subfolder),
        first_frame=int(head[12:15]) if head[12:15].isdigit() else None,
    )


def _is_sparse(train: TrackletSet, test: TrackletSet) -> bool:
    """Whether this is the sparse set whose people are all from MARS's official test half."""
    numbers = (int(t.key[-4:]) for t in train + test if t.key[-4:].isdigit())
    return len(train.identities) != PUBLISHED["train"][0] and any(number >= OWN_NUMBERS for number in numbers)  # type: ignore[index]


def _remarks(train: TrackletSet, test: TrackletSet, queries: int) -> tuple[str, ...]:
    found = {
        "train": (len({t.person for t in train}), len(train), sum(len(t) for t in train)),
        "test": (len({t.person for t in test}), len(test), sum(len(t) for t in test)),
        "queries": queries,
    }
    if found == PUBLISHED:
        return ()
    return (f"counts differ from the published MARS: {_counts(found)} here, {_counts(PUBLISHED)} published",)


def _counts(counts: dict[str, Any]) -> str:
    train, test = counts["train"], counts["test"]
    return (
        f"train {train[0]:,} people, {train[1]:,} tracklets, {train[2]:,} frames; "
        f"test {test[0]:,} labels, {test[1]:,} tracklets, {test[2]:,} frames; {counts['queries']:,} queries"
    )


def _matrix(path: Path, name: str) -> NDArray[np.int64]:
    from scipy.io import loadmat

    if not path.is_file():
        raise DataError(f"{path}: missing")
    try:
        return np.asarray(loadmat(path)[name]).astype(np.int64)
    except (ValueError, KeyError, NotImplementedError, TypeError, OSError) as error:
        raise DataError(f"{path}: not the MATLAB file expected, with a matrix {name}") from error


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise DataError(f"{path}: missing")
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
