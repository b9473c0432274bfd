"""A ranked list as the report shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from resight.errors import InputError
from resight.frames import Frames


def frames_of(picture: Frames) -> Frames:
    """Give a picture as frames ``(T, H, W, 3)``.

    Raises
    ------
    InputError
        Where it is not uint8 RGB, one frame ``(H, W, 3)`` or several ``(T, H, W, 3)``.
    """
    array = np.asarray(picture)
    frames = array[None] if array.ndim == 3 else array
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or frames.size == 0:
        raise InputError(f"a picture must be uint8 RGB (H, W, 3) or (T, H, W, 3), not {array.dtype} {array.shape}")
    return frames


@dataclass(frozen=True, eq=False)
class RankedEntry:
    """A gallery tracklet: its picture (one frame or several), whether it is the right person, or ignored as junk."""

    picture: Frames
    correct: bool
    junk: bool
    person: str
    camera: int | str
    distance: float = math.nan


@dataclass(frozen=True, eq=False)
class Ranking:
    """A query and the gallery entries nearest to it, nearest first."""

    domain: str
    method: str
    picture: Frames
    person: str
    camera: int | str
    entries: list[RankedEntry]

    def ranks(self) -> list[int | None]:
        """Return the rank of each entry, from 1; None for junk, which takes no rank."""
        found: list[int | None] = []
        for entry in self.entries:
            found.append(None if entry.junk else 1 + sum(rank is not None for rank in found))
        return found

    @property
    def first_match(self) -> int | None:
        """Rank of the first right entry; None where none is shown."""
        hits = (rank for rank, entry in zip(self.ranks(), self.entries, strict=True) if entry.correct and rank)
        return next(hits, None)

    @property
    def outcome(self) -> str:
        """What became of the query, in words."""
        if self.first_match is None:
            return f"Not found among the first {sum(rank is not None for rank in self.ranks())}"
        return f"Found at rank {self.first_match}"

    def describe(self) -> dict[str, Any]:
        """Return the list in words, without pictures, as `results.json` keeps it."""
        entries = [
            {"rank": rank, "person": e.person, "camera": e.camera, "correct": e.correct, "junk": e.junk}
            | ({"distance": float(e.distance)} if math.isfinite(e.distance) else {})
            for rank, e in zip(self.ranks(), self.entries, strict=True)
        ]
        return {
            "domain": self.domain,
            "method": self.method,
            "person": self.person,
            "camera": self.camera,
            "first_match": self.first_match,
            "entries": entries,
        }
