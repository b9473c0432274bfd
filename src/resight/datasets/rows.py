"""Tables whose rows point into a list of pictures: the form of MARS, which MEVID and G2A-VReID took over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from resight.counting import counted
from resight.datasets.listed import ListedFiles
from resight.datasets.words import label_of
from resight.errors import DataError
from resight.frames import natural_key
from resight.tracklets import Tracklet, TrackletSet


@dataclass(frozen=True)
class TableRow:
    """One tracklet of a table: `first` and `last` picture, from 0 and inclusive, and who it is."""

    first: int
    last: int
    person: int
    camera: int
    outfit: int | None = None


def left_out(spans: Sequence[tuple[int, int]], names: Sequence[str], table: Path) -> list[str]:
    """Say how many pictures of a list are in no row of its table; nothing where all are.

    Parameters
    ----------
    spans : sequence of (first, last)
        Pictures of each row, from 0 and inclusive, inside the list.
    names : sequence of str
        The list.
    table : Path
        For messages.

    Raises
    ------
    DataError
        Where a picture is in two rows.
    """
    owner = np.zeros(len(names), np.int64)
    for row, (first, last) in enumerate(spans, start=1):
        taken = owner[first : last + 1]
        if taken.any():
            picture = int(taken.argmax())
            raise DataError(f"{table} row {row}: {names[first + picture]} is in row {taken[picture]} too")
        taken[:] = row
    lost = np.flatnonzero(owner == 0)
    where = f"{counted(len(lost), 'picture')} of its list in no row"
    return [f"{table}: {where}, as {names[lost[0]]}"] if len(lost) else []


def tracklets_of_rows(
    rows: Iterable[TableRow],
    names: Sequence[str],
    folder: Path,
    domain: str,
    table: Path,
    problems: list[str],
    shift: int = 0,
) -> TrackletSet:
    """Make the tracklets of a table, in the order of its rows.

    Pictures lie in `folder` in a subfolder that is named by the first four characters of their names.

    Parameters
    ----------
    rows : iterable of TableRow
    names : sequence of str
        The list that the rows point into.
    folder : Path
    domain : str
    table : Path
        The file that the rows came from; for messages.
    problems : list of str
        Rows whose frames are out of order are added here, and put in order; so are pictures that are in no row.
    shift : int
        Added to the numbers of the people, see `resight.datasets.words.shift_from_zero`.

    Raises
    ------
    DataError
        Where a row points outside the list, mixes pictures of several people's folders, names no file there, or shares
        a picture with another row.
    """
    tracklets, rows = [], list(rows)
    for number, row in enumerate(rows):
        where = f"{table} row {number + 1}"
        if not 0 <= row.first <= row.last < len(names):
            raise DataError(f"{where}: pictures {row.first} to {row.last} are not in its list of {len(names):,}")
        own = list(names[row.first : row.last + 1])
        out = next((name for name in own if "/" in name or "\\" in name or name in (".", "..")), None)
        if out is not None:
            raise DataError(f"{where}: {out} is no name of a picture in {folder.name}")
        if len({name[:4] for name in own}) > 1:
            raise DataError(f"{where}: pictures of several people, as {own[0]} and {own[-1]}")
        keys = [natural_key(name) for name in own]
        if any(a >= b for a, b in pairwise(keys)):
            problems.append(f"{where}: frames are out of order or named twice, as {own[0]}")
            own.sort(key=natural_key)
        tracklets.append(
            Tracklet(
                person=row.person + shift if row.person >= 0 else row.person,
                camera=row.camera,
                domain=domain,
                key=f"{folder.name}/{number + 1:06d}-{Path(own[0]).stem}",
                frames=ListedFiles(folder / own[0][:4], tuple(own)),
                label=label_of(row.person, shift if row.person >= 0 else 0),
                outfit=row.outfit,
                source=str(folder / own[0][:4]),
            )
        )
    problems += left_out([(row.first, row.last) for row in rows], names, table)
    return TrackletSet(tracklets)


def pick(tracklets: TrackletSet, positions: Sequence[int], path: Path) -> tuple[TrackletSet, TrackletSet]:
    """Return the queries at `positions` (from 0) and all other tracklets, the gallery.

    Raises
    ------
    DataError
        Where a position is outside, or there is none; `path` names the file that holds them.
    """
    wanted = set(positions)
    if not wanted or min(wanted) < 0 or max(wanted) >= len(tracklets):
        raise DataError(f"{path}: points at test tracklets that do not exist")
    return tracklets.select(sorted(wanted)), tracklets.select(i for i in range(len(tracklets)) if i not in wanted)
