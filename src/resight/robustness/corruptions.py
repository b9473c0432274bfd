"""What happens to frames between a person and the network: six corruptions, each at five severities.

Sizes are relative to the frame's height, so that a severity looks alike at 128 and at 256 rows. Each is put in at
native resolution, before any resizing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from resight.errors import RecipeError
from resight.frames import Frames
from resight.robustness.changed import Changed, change_all, kind, stream
from resight.robustness.compression import Compressed
from resight.tracklets import Tracklet, TrackletSet

SEVERITIES = (1, 2, 3, 4, 5)


@kind("blur")
@dataclass(frozen=True)
class Blur(Changed):
    """Out of focus: a Gaussian whose standard deviation is a share of the frame's height."""

    sigma: float = 0.01

    def change(self, frame: Frames, number: int) -> Frames:
        """Blur a frame."""
        import cv2

        return cv2.GaussianBlur(frame, (0, 0), self.sigma * frame.shape[0]).astype(np.uint8, copy=False)


@kind("jpeg")
@dataclass(frozen=True)
class Jpeg(Changed):
    """Each frame written as JPEG of a quality, 1 to 100, with colour at half resolution."""

    quality: int = 50

    def change(self, frame: Frames, number: int) -> Frames:
        """Write and read a frame."""
        import cv2

        options = [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        _, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)
        read = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert read is not None
        return cv2.cvtColor(read, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


@kind("occlusion")
@dataclass(frozen=True)
class Occlusion(Changed):
    """Something of one colour before the person, at one place in all frames of a tracklet.

    Attributes
    ----------
    share : float
        Of the frame's area that is hidden.
    seed : int
    key : str
        The tracklet's; place, shape and colour follow from it and the seed, whatever the share.
    """

    share: float = 0.2
    seed: int = 0
    key: str = ""

    def change(self, frame: Frames, number: int) -> Frames:
        """Cover a part of a frame."""
        rng = stream(self.seed, self.key)
        tall = float(np.exp(rng.uniform(np.log(0.5), np.log(2.0))))
        rows = min(1.0, (self.share * tall) ** 0.5)
        columns = min(1.0, self.share / rows)
        rows = min(1.0, self.share / columns)
        height, width = round(rows * frame.shape[0]), round(columns * frame.shape[1])
        top = round(rng.random() * (frame.shape[0] - height))
        left = round(rng.random() * (frame.shape[1] - width))
        covered = frame.copy()
        covered[top : top + height, left : left + width] = rng.integers(30, 226, 3)
        return covered


@kind("darkness")
@dataclass(frozen=True)
class Darkness(Changed):
    """Less light: so many stops fewer in linear light (sRGB's curve), and 256 levels to hold what is left."""

    stops: float = 1.0

    def change(self, frame: Frames, number: int) -> Frames:
        """Darken a frame."""
        darker: Frames = _darkening(self.stops)[frame]
        return darker


@kind("dropped")
@dataclass(frozen=True)
class Dropped(Changed):
    """Frames lost at random: the tracklet is shorter, and what is left jumps. At least one frame stays.

    Attributes
    ----------
    share : float
        Of the frames that are lost.
    seed : int
    key : str
        The tracklet's. A frame that is lost at one share is lost at every larger one.
    """

    share: float = 0.25
    seed: int = 0
    key: str = ""

    def kept(self) -> list[int]:
        """Return the numbers in the source of the frames that are left."""
        count = len(self.of)
        left = max(min(count, 1), round((1 - self.share) * count))
        return sorted(int(i) for i in stream(self.seed, self.key).permutation(count)[:left])

    def __len__(self) -> int:
        return len(self.kept())

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` of those that are left, as uint8 RGB ``(n, H, W, 3)``."""
        kept = self.kept()
        return self.of.read([kept[i] for i in indices])


@cache
def _darkening(stops: float) -> Frames:
    """Return the new level of each of the 256."""
    level = np.arange(256) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4) * 2.0**-stops
    darker = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * darker), dtype=np.uint8)


CORRUPTIONS: dict[str, Callable[[Tracklet, int, int], Changed]] = {
    "blur": lambda t, s, seed: Blur(t.frames, (0.006, 0.012, 0.018, 0.027, 0.04)[s - 1]),
    "jpeg": lambda t, s, seed: Jpeg(t.frames, (50, 30, 20, 10, 5)[s - 1]),
    "occlusion": lambda t, s, seed: Occlusion(t.frames, (0.1, 0.2, 0.3, 0.4, 0.5)[s - 1], seed, t.key),
    "darkness": lambda t, s, seed: Darkness(t.frames, float(s)),
    "dropped": lambda t, s, seed: Dropped(t.frames, (0.25, 0.5, 0.75, 0.9, 0.95)[s - 1], seed, t.key),
    "compression": lambda t, s, seed: Compressed(t.frames, (28, 33, 38, 43, 48)[s - 1]),
}
"""The corruptions by name: of a tracklet, a severity from 1 to 5 and a seed, which counts for ``occlusion`` and
``dropped`` alone."""


def corrupted(tracklets: TrackletSet, name: str, severity: int, seed: int = 0) -> TrackletSet:
    """Return tracklets as a corruption leaves them; a severity of 0 leaves them as they are.

    Raises
    ------
    RecipeError
        Where there is no such corruption or severity.
    """
    if name not in CORRUPTIONS or severity not in (0, *SEVERITIES):
        known = ", ".join(CORRUPTIONS)
        raise RecipeError(f"no corruption {name!r} of severity {severity}; there are {known}, of severity 1 to 5")
    if severity == 0:
        return tracklets
    return change_all(tracklets, lambda t: CORRUPTIONS[name](t, severity, seed))
