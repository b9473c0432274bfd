"""Which frames of a tracklet make a clip (METHODS §1.4: C3D's rule)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resight.errors import DataError, RecipeError


@dataclass(frozen=True)
class Sampling:
    """How tracklets are cut into clips.

    Attributes
    ----------
    length : int
        Frames in a clip (16 for C3D, 8 for sparse tracklets).
    stride : int
        Frames of the tracklet from one clip's start to the next one's.
    step : int
        Frames of the tracklet from one frame of a clip to the next.
    pad : {"cycle", "last"}
        What fills a clip whose tracklet is too short: the frames again from the first, or the last one repeated.
    """

    length: int = 16
    stride: int = 8
    step: int = 1
    pad: Literal["cycle", "last"] = "cycle"

    def __post_init__(self) -> None:
        if min(self.length, self.stride, self.step) < 1:
            raise RecipeError("clip length, clip stride and frame step must be at least 1")

    @property
    def span(self) -> int:
        """Frames of the tracklet that one clip reaches over."""
        return (self.length - 1) * self.step + 1

    def starts(self, n_frames: int) -> list[int]:
        """Return the first frame of every clip: 0, stride, 2·stride … and, where frames remain, one at the end.

        Raises
        ------
        DataError
            Where there are no frames.
        """
        if n_frames < 1:
            raise DataError("a tracklet of no frames has no clips")
        last = max(0, n_frames - self.span)
        starts = list(range(0, last + 1, self.stride))
        return starts if starts[-1] == last else [*starts, last]

    def frames(self, n_frames: int, start: int) -> NDArray[np.int64]:
        """Return the frame numbers, ``(length,)``, of the clip that begins at `start`."""
        wanted = start + self.step * np.arange(self.length)
        return wanted % n_frames if self.pad == "cycle" else np.minimum(wanted, n_frames - 1)

    def clips(self, n_frames: int) -> NDArray[np.int64]:
        """Return the frame numbers of all clips, ``(n_clips, length)``."""
        return np.stack([self.frames(n_frames, start) for start in self.starts(n_frames)])
