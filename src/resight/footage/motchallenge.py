"""MOTChallenge text files: boxes of tracked people, in the form of 2015 and that of 2016."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.errors import DataError, RecipeError
from resight.files import read_text

PERSON = 1
"""Class of a walking person in the form of 2016."""
MOST = 1_000_000_000
"""Largest number of a frame or a track."""


@dataclass(frozen=True, eq=False)
class Track:
    """The boxes of one person in one video.

    Attributes
    ----------
    number : int
        Its id in the file.
    frames : int64 ``(n,)``
        Frame numbers from 1, increasing; there may be gaps.
    boxes : float64 ``(n, 4)``
        Left, top, width, height in pixels; they may reach beyond the picture.
    """

    number: int
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.frames)


def read_tracks(path: str | Path, min_visibility: float = 0.0) -> list[Track]:
    """Read the tracks of a MOTChallenge file, by their ids.

    Ten columns are the form of 2015 (frame, id, left, top, width, height, confidence and three world coordinates, which
    are passed over); nine are that of 2016 (…, flag, class, visibility), of which only people are kept. Six or seven
    columns, without what comes after, do as well. Boxes with flag or confidence 0 are to be ignored, and are.

    Parameters
    ----------
    path : str or Path
    min_visibility : float
        0 to 1; boxes seen less than that are left out. Only the form of 2016 knows it.

    Raises
    ------
    DataError
        Where the file is missing, holds detections (id -1) instead of tracks, or a line cannot be used.
    RecipeError
        Where `min_visibility` is out of range.
    """
    refuse_visibility(min_visibility)
    path = Path(path)
    found: dict[int, dict[int, tuple[float, ...]]] = {}
    columns = 0
    for line, text in enumerate(read_text(path).splitlines(), start=1):
        if not text.strip():
            continue
        where = f"{path} line {line}"
        cells = _numbers(text, where)
        columns = columns or len(cells)
        if len(cells) != columns or columns not in (6, 7, 9, 10):
            raise DataError(
                f"{where}: {len(cells)} columns; MOTChallenge has ten (2015) or nine (2016), all lines alike"
            )
        frame, number = _whole(cells[0], "frame", where), _whole(cells[1], "id", where)
        if number < 0:
            raise DataError(f"{where}: id {number} marks detections, and these are not tracks yet: track them first")
        if frame < 1:
            raise DataError(f"{where}: frame {frame}, and frames are counted from 1")
        if cells[4] <= 0 or cells[5] <= 0:
            raise DataError(f"{where}: a box of {cells[4]:g} by {cells[5]:g} pixels")
        if not _counts(cells, min_visibility):
            continue
        track = found.setdefault(number, {})
        if frame in track:
            raise DataError(f"{where}: id {number} has a second box in frame {frame}")
        track[frame] = cells[2:6]
    if not found:
        raise DataError(f"{path}: no boxes of people")
    return [_track(number, found[number]) for number in sorted(found)]


def refuse_visibility(least: float) -> None:
    """Raise `RecipeError` where the visibility asked for is none."""
    if not 0 <= least <= 1:
        raise RecipeError(f"min_visibility lies between 0 and 1, not {least:g}")


def _counts(cells: tuple[float, ...], min_visibility: float) -> bool:
    """Whether a box is to be used: not flagged, and in the form of 2016 a person who is visible enough."""
    if len(cells) > 6 and cells[6] == 0:
        return False
    return len(cells) != 9 or (cells[7] == PERSON and cells[8] >= min_visibility)


def _track(number: int, boxes: dict[int, tuple[float, ...]]) -> Track:
    frames = sorted(boxes)
    return Track(number, np.array(frames, np.int64), np.array([boxes[n] for n in frames], np.float64))


def _numbers(text: str, where: str) -> tuple[float, ...]:
    try:
        cells = tuple(float(cell) for cell in text.strip().rstrip(",").split(","))
    except ValueError:
        raise DataError(f"{where}: not numbers with commas between them") from None
    if not all(map(math.isfinite, cells)):
        raise DataError(f"{where}: a number is not finite")
    return cells


def _whole(value: float, name: str, where: str) -> int:
    if value != int(value):
        raise DataError(f"{where}: {name} {value:g} is no whole number")
    if abs(value) > MOST:
        raise DataError(f"{where}: {name} {value:g} is above {MOST:,}")
    return int(value)
