"""G2A-VReID (Zhang et al., ECCV 2024): the same people from the ground and from the air, in MARS's layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from resight.datasets.base import Dataset, Split, locate
from resight.datasets.listed import read_lines
from resight.datasets.mars_info import read_matrix
from resight.datasets.pictures import paths_of
from resight.datasets.rows import TableRow, pick, tracklets_of_rows
from resight.datasets.words import shift_from_zero
from resight.errors import DataError
from resight.tracklets import JUNK, TrackletSet

PUBLISHED = (2788, 5576, 185_907)
"""People, tracklets, pictures."""
PERSON_AND_CAMERA = re.compile("(00-1|[0-9]{4})C([0-9]+)T")
"""How its pictures begin, as MARS's do."""


def open_g2a_vreid(root: Path, domain: str = "g2a-vreid") -> Dataset:
    """Open G2A-VReID: `bbox_train`, `bbox_test`, `info` with the five files of MARS.

    `query_IDX.mat` names the test tracklets that ask; all other test tracklets are the gallery.

    Parameters
    ----------
    root : Path
        The folder that holds the three, or the one that contains it as `G2A-VReID`.
    domain : str
        Name given to the tracklets.

    Raises
    ------
    DataError
        Where a file is missing or does not fit the others; the sentence names it.
    """
    folder = locate(root, ("bbox_train", "bbox_test", "info"), ("G2A-VReID", "G2A"))
    info, problems = folder / "info", list[str]()
    rows = {part: _rows(info / f"tracks_{part}_info.mat", f"track_{part}_info") for part in ("train", "test")}
    shift = shift_from_zero(row.person for part in rows.values() for row in part)
    train, test = (
        tracklets_of_rows(
            rows[part],
            read_lines(info / f"{part}_name.txt"),
            folder / f"bbox_{part}",
            domain,
            info / f"tracks_{part}_info.mat",
            problems,
            shift,
        )
        for part in ("train", "test")
    )
    for part, tracklets in (("train", train), ("test", test)):
        problems += _misnamed(rows[part], tracklets, info / f"tracks_{part}_info.mat")
    path = info / "query_IDX.mat"
    query, gallery = pick(test, [int(row) - 1 for row in read_matrix(path, "query_IDX").ravel()], path)

    def split(name: str) -> Split:
        return Split(name, None, train, query, gallery)

    found = (len((train + test).identities), len(train + test), sum(map(len, train + test)))
    return Dataset(
        name="g2a-vreid",
        root=root,
        tracklets=train + test,
        split_names=("official",),
        make_split=split,
        remarks=() if found == PUBLISHED else (_counts(found),),
        problems=tuple(problems),
    )


def _misnamed(rows: list[TableRow], tracklets: TrackletSet, table: Path) -> Iterator[str]:
    """Name the rows that say another person or camera than their pictures' names."""
    for number, (row, tracklet) in enumerate(zip(rows, tracklets, strict=True), start=1):
        for path in paths_of(tracklet):
            said = PERSON_AND_CAMERA.match(path.name)
            if said and (JUNK if said[1] == "00-1" else int(said[1]), int(said[2])) != (row.person, row.camera):
                yield f"{table} row {number}: person {row.person}, camera {row.camera}, but {path.name}"
                break


def _rows(path: Path, name: str) -> list[TableRow]:
    table = read_matrix(path, name)
    if table.ndim != 2 or table.shape[1] != 4:
        raise DataError(f"{path}: expected four columns, found shape {table.shape}")
    return [TableRow(first - 1, last - 1, person, camera) for first, last, person, camera in table.tolist()]


def _counts(found: tuple[int, int, int]) -> str:
    here, there = (f"{p:,} people, {t:,} tracklets, {f:,} pictures" for p, t, f in (found, PUBLISHED))
    return f"counts differ from the published G2A-VReID: {here} here, {there} published"
