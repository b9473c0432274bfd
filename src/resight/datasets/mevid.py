"""MEVID (Davila et al., WACV 2023): people over many days, in 33 cameras, with their outfits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from resight.datasets.base import Dataset, Split, locate
from resight.datasets.listed import read_lines
from resight.datasets.pictures import paths_of
from resight.datasets.rows import TableRow, pick, tracklets_of_rows
from resight.datasets.words import shift_from_zero
from resight.errors import DataError, RecipeError
from resight.tracklets import TrackletSet

PUBLISHED = {"train": (104, 485, 6338), "test": (54, 113, 1754)}
"""People, outfits and tracklets of each half."""
PROTOCOLS = ("cross_camera", "clothes_changing")
LISTS = "mevid-v1-annotation-data"
PERSON_OUTFIT_CAMERA = re.compile("([0-9]{4})O([0-9]{3})C([0-9]{3})")
"""How its pictures begin."""


def open_mevid(root: Path, protocol: str = "cross_camera", domain: str = "mevid") -> Dataset:
    """Open MEVID: `bbox_train`, `bbox_test`, and five lists beside them or in `mevid-v1-annotation-data`.

    `track_*_info.txt` holds first and last picture (from 0, inclusive), person, outfit and camera; `query_IDX.txt` the
    test tracklets that ask, from 0; all others are the gallery.

    Parameters
    ----------
    root : Path
        The folder that holds them, or the one that contains it as `mevid`.
    protocol : {"cross_camera", "clothes_changing"}
        The second skips gallery tracklets of the person in the query's outfit.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a file is missing or does not fit the others; the sentence names it.
    RecipeError
        Where the protocol is unknown.
    """
    if protocol not in PROTOCOLS:
        raise RecipeError(f"mevid: no protocol {protocol!r}; there are {', '.join(PROTOCOLS)}")
    folder = locate(root, ("bbox_train", "bbox_test"), ("mevid", "MEVID"))
    lists = folder / LISTS if (folder / LISTS).is_dir() else folder
    remarks, problems = list[str](), list[str]()
    tables = {part: lists / f"track_{part}_info.txt" for part in ("train", "test")}
    rows = {part: _rows(path) for part, path in tables.items()}
    shift = shift_from_zero(row.person for part in rows.values() for row in part)
    train, test = (
        tracklets_of_rows(
            rows[part],
            read_lines(lists / f"{part}_name.txt"),
            folder / f"bbox_{part}",
            domain,
            tables[part],
            problems,
            shift,
        )
        for part in ("train", "test")
    )
    for part, tracklets in (("train", train), ("test", test)):
        problems += _misnamed(rows[part], tracklets, tables[part])
    path = lists / "query_IDX.txt"
    query, gallery = pick(test, [line[0] for line in _numbers(path, 1)], path)
    for part, tracklets in (("train", train), ("test", test)):
        outfits = {(t.person, t.outfit) for t in tracklets}
        found = (len(tracklets.identities), len(outfits), len(tracklets))
        if found != PUBLISHED[part]:
            remarks.append(
                f"counts differ from the published MEVID, {part}: {_text(found)} here, {_text(PUBLISHED[part])}"
            )

    def split(name: str) -> Split:
        return Split(name, None, train, query, gallery, protocol)

    return Dataset(
        name="mevid",
        root=root,
        tracklets=train + test,
        split_names=("official",),
        make_split=split,
        remarks=tuple(remarks),
        problems=tuple(problems),
        protocol=protocol,
    )


def _misnamed(rows: list[TableRow], tracklets: TrackletSet, table: Path) -> Iterator[str]:
    """Name the rows that say another person, outfit or camera than their pictures' names."""
    for number, (row, tracklet) in enumerate(zip(rows, tracklets, strict=True), start=1):
        name = paths_of(tracklet)[0].name
        said = PERSON_OUTFIT_CAMERA.match(name)
        if said and tuple(map(int, said.groups())) != (row.person, row.outfit, row.camera):
            yield f"{table} row {number}: person {row.person}, outfit {row.outfit}, camera {row.camera}, but {name}"


def _rows(path: Path) -> list[TableRow]:
    return [TableRow(first, last, person, camera, outfit) for first, last, person, outfit, camera in _numbers(path, 5)]


def _numbers(path: Path, columns: int) -> list[list[int]]:
    """Read lines of whole numbers; the lists write them as decimals."""
    lines = []
    for number, line in enumerate(read_lines(path), start=1):
        cells = line.split()
        try:
            values = [float(cell) for cell in cells]
            whole = [int(value) for value in values]
        except (ValueError, OverflowError):
            raise DataError(f"{path} line {number}: not whole numbers") from None
        if len(cells) != columns or values != whole:
            raise DataError(f"{path} line {number}: expected {columns} whole numbers")
        lines.append(whole)
    return lines


def _text(counts: tuple[int, int, int]) -> str:
    return f"{counts[0]:,} people, {counts[1]:,} outfits, {counts[2]:,} tracklets"
