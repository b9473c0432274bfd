"""Frame sources that stand around another and change what it reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, TypeVar

import numpy as np

from resight.frames import Frames, FrameSource
from resight.tracklets import Tracklet, TrackletSet

KINDS: dict[str, type[Changed]] = {}
"""Every kind of changed frames by its name in records."""
C = TypeVar("C", bound="type[Changed]")


@dataclass(frozen=True)
class Changed:
    """Frames of another source, changed; as long as it and, unless a sub-class says otherwise, frame by frame.

    What a sub-class draws at random follows from its fields and the frame's number alone, so a frame is the same
    whichever others are read with it, in any order and any process. Its fields, which must be plain data, stand in
    fingerprint and record, so that a cache of other frames never matches.

    Attributes
    ----------
    of : FrameSource
        The frames before the change.
    """

    of: FrameSource
    kind: ClassVar[str]
    version: ClassVar[int] = 1

    def __len__(self) -> int:
        return len(self.of)

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices`, changed, as uint8 RGB ``(n, H, W, 3)``."""
        frames = self.of.read(indices)
        return np.stack([self.change(frame, int(i)) for frame, i in zip(frames, indices, strict=True)])

    def change(self, frame: Frames, number: int) -> Frames:
        """Change frame `number`, uint8 RGB ``(H, W, 3)``; for those that change frame by frame."""
        raise NotImplementedError(f"{type(self).__name__} reads its frames in a way of its own")

    def settings(self) -> dict[str, Any]:
        """Return all fields but the source."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "of"}

    def fingerprint(self) -> str:
        """Return kind, version, settings and the source's fingerprint."""
        said = json.dumps(self.settings(), sort_keys=True)
        return f"{self.kind} {self.version} {said} of {self.of.fingerprint()}"

    def to_record(self) -> dict[str, Any]:
        """Return kind, settings and the source's record; pixels in memory stand beside, as tables of tracklets ask."""
        inner = self.of.to_record()
        record: dict[str, Any] = {"kind": "changed", "by": self.kind, "settings": self.settings()}
        if "data" in inner:
            record["data"] = inner.pop("data")
        return record | {"of": inner}


def kind(name: str) -> Callable[[C], C]:
    """Name a kind of changed frames, for records."""

    def register(cls: C) -> C:
        cls.kind = name
        KINDS[name] = cls
        return cls

    return register


def stream(seed: int, key: str, *numbers: int) -> np.random.Generator:
    """Make the random stream of a seed, a tracklet's key and further numbers."""
    words = np.frombuffer(hashlib.sha256(key.encode()).digest()[:16], np.uint32)
    return np.random.default_rng([seed, *words.tolist(), *numbers])


def change_all(tracklets: TrackletSet, change: Callable[[Tracklet], FrameSource]) -> TrackletSet:
    """Return tracklets whose frames are what `change` makes of each."""
    return TrackletSet(replace(t, frames=change(t)) for t in tracklets)
