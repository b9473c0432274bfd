"""MARS's layout: ``bbox_train``, ``bbox_test``, and ``info`` with its tables and lists (METHODS §3.3)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.errors import RecipeError
from resight.synthetic.layouts.plan import Placed, Plan, numbered
from resight.tracklets import JUNK, Tracklet, TrackletSet

HEADER = b"MATLAB 5.0 MAT-file, written by Resight"
"""Stands where MATLAB and SciPy write the time, so that the same table gives the same bytes."""
Placements = list[Placed]
Matrix = NDArray[Any]


def plan_mars(tracklets: TrackletSet) -> Plan:
    """Place people as MARS does.

    The lower half of the people, by number, is the training half; the others, distractors (``0000``) and junk
    (``00-1``) are the test half. The first tracklet of a test person in each camera asks, where the person is in
    another camera too.

    Raises
    ------
    RecipeError
        Where there are fewer than two people, or numbers that MARS's names have no room for.
    """
    people = sorted({t.person for t in tracklets if t.person > 0})
    if len(people) < 2:
        raise RecipeError("the layout mars needs two people or more, for its two halves")
    training = set(people[: len(people) // 2])
    train = _placed(tracklets.filter(lambda t: t.person in training), "bbox_train")
    test = _placed(tracklets.filter(lambda t: t.person not in training), "bbox_test")
    queries = np.array([_queries(test)], np.uint16 if len(test) < 2**16 else np.uint32)
    if queries.size == 0:
        raise RecipeError("the layout mars needs a test person in two cameras, and there is none")
    extras = {"info/query_IDX.mat": matlab_file("query_IDX", queries)}
    for part, placements in (("train", train), ("test", test)):
        names = [name.rpartition("/")[2] for placed in placements for name in placed.files]
        extras[f"info/{part}_name.txt"] = "".join(f"{name}\n" for name in names).encode()
        extras[f"info/tracks_{part}_info.mat"] = matlab_file(f"track_{part}_info", _table(placements))
    return Plan("mars", (*train, *test), extras)


def matlab_file(name: str, matrix: Matrix) -> bytes:
    """Return a MATLAB file (version 5) that holds one matrix, the same bytes at any time."""
    from scipy.io import savemat

    buffer: Any = io.BytesIO()
    savemat(buffer, {name: matrix})
    return HEADER.ljust(116) + bytes(buffer.getvalue()[116:])


def _placed(tracklets: TrackletSet, folder: str) -> Placements:
    count: dict[tuple[int, int], int] = {}
    placed: Placements = []
    for t in sorted(tracklets, key=lambda t: (t.person, t.camera)):
        number = count[t.person, t.camera] = count.get((t.person, t.camera), 0) + 1
        if t.person > 9999 or not 1 <= t.camera <= 9 or number > 9999:
            raise RecipeError(f"MARS has no name for tracklet {number} of person {t.person} in camera {t.camera}")
        person = _name(t)
        placed.append(numbered(t, f"{folder}/{person}/{person}C{t.camera}T{number:04d}F{{:03d}}.jpg"))
    return placed


def _name(tracklet: Tracklet) -> str:
    return "00-1" if tracklet.person == JUNK else f"{tracklet.person:04d}"


def _table(placed: Placements) -> Matrix:
    """Return first row, last row, person and camera of each tracklet, int32 ``(N, 4)``; rows count from 1."""
    ends = np.cumsum([len(p.files) for p in placed])
    rows = [
        (end - len(p.files) + 1, end, p.tracklet.person, p.tracklet.camera) for p, end in zip(placed, ends, strict=True)
    ]
    return np.array(rows, np.int32)


def _queries(test: Placements) -> list[int]:
    """Return the rows of the queries, from 1."""
    cameras: dict[int, set[int]] = {}
    for placed in test:
        cameras.setdefault(placed.tracklet.person, set()).add(placed.tracklet.camera)
    first: dict[tuple[int, int], int] = {}
    for row, placed in enumerate(test, start=1):
        person = placed.tracklet.person
        if person > 0 and len(cameras[person]) > 1:
            first.setdefault((person, placed.tracklet.camera), row)
    return list(first.values())
