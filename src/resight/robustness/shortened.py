"""Fewer frames: how short may a tracklet be? (The paper's Table III.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resight.errors import InputError
from resight.frames import Frames
from resight.robustness.changed import Changed, kind


@kind("first")
@dataclass(frozen=True)
class FirstFrames(Changed):
    """The first frames of a source, or all where it has no more than that.

    Attributes
    ----------
    count : int
        Frames that are left, 1 or more.
    """

    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"at least one frame must be left, not {self.count}")

    def __len__(self) -> int:
        return min(self.count, len(self.of))

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``."""
        return self.of.read(indices)
