"""Controls that take motion or colour away and leave the rest: does a method use either? (METHODS §18, claim 10)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from resight.errors import RecipeError
from resight.frames import Frames
from resight.robustness.changed import Changed, change_all, kind, stream
from resight.tracklets import Tracklet, TrackletSet


@kind("shuffled")
@dataclass(frozen=True)
class Shuffled(Changed):
    """The frames in random order: what is seen stays, when it is seen does not.

    Attributes
    ----------
    seed : int
    key : str
        The tracklet's.
    block : int
        Frames that are shuffled among themselves; 0 takes the whole tracklet, whose clips then also see more of it.
    """

    seed: int = 0
    key: str = ""
    block: int = 0

    def order(self) -> list[int]:
        """Return the number in the source of every frame."""
        size = self.block or len(self)
        parts = [
            start + stream(self.seed, self.key, start).permutation(min(size, len(self) - start))
            for start in range(0, len(self), max(1, size))
        ]
        return [int(i) for i in np.concatenate(parts)] if parts else []

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``."""
        order = self.order()
        return self.of.read([order[i] for i in indices])


@kind("reversed")
@dataclass(frozen=True)
class Reversed(Changed):
    """The frames from the last to the first: the motion is there, and runs backwards."""

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``."""
        return self.of.read([len(self.of) - 1 - i for i in indices])


@kind("frozen")
@dataclass(frozen=True)
class Frozen(Changed):
    """The middle frame again and again: nothing moves.

    Attributes
    ----------
    length : int
        How often; 0 makes it as long as the source. Sixteen is one clip of C3D: the same feature in less time.
    """

    length: int = 0

    def __len__(self) -> int:
        return min(len(self.of), 1) * (self.length or len(self.of))

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the one frame, as often as there are `indices`, as uint8 RGB ``(n, H, W, 3)``."""
        return self.of.read([len(self.of) // 2]).repeat(len(indices), axis=0)


@kind("colourless")
@dataclass(frozen=True)
class Colourless(Changed):
    """Grey frames: each pixel's luma (ITU-R BT.601) in all three channels."""

    def change(self, frame: Frames, number: int) -> Frames:
        """Take the colour from a frame."""
        import cv2

        return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[..., None].repeat(3, axis=2).astype(np.uint8, copy=False)


CONTROLS: dict[str, Callable[[Tracklet, int], Changed]] = {
    "shuffled": lambda t, seed: Shuffled(t.frames, seed, t.key),
    "reversed": lambda t, seed: Reversed(t.frames),
    "frozen": lambda t, seed: Frozen(t.frames),
    "colourless": lambda t, seed: Colourless(t.frames),
}
"""The controls by name; the seed counts for ``shuffled`` alone."""


def controlled(tracklets: TrackletSet, name: str, seed: int = 0) -> TrackletSet:
    """Return tracklets as a control shows them.

    Raises
    ------
    RecipeError
        Where there is no such control.
    """
    if name not in CONTROLS:
        raise RecipeError(f"no control named {name!r}; there are {', '.join(CONTROLS)}")
    return change_all(tracklets, lambda t: CONTROLS[name](t, seed))
