"""Tracklets cut out of a video by the boxes of its tracks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from resight.counting import counted
from resight.errors import DataError
from resight.footage.crops import Box, Crops, crops_of
from resight.footage.motchallenge import read_tracks
from resight.footage.video import picture_size
from resight.frames import ArrayFrames, Frames, FrameSource, ImageFiles
from resight.tracklets import Tracklet, TrackletSet

SIZE = (256, 128)
"""Height and width to which people are resized, in pixels."""


@dataclass(frozen=True)
class VideoBoxes:
    """Frames cut out of a video, one box a frame, clipped to the picture and resized.

    All that cut from one video share one pass over it: see `resight.footage.crops.Crops`.

    Attributes
    ----------
    path : Path
        The video.
    boxes : tuple of (frame, left, top, width, height)
        Frames counted from 1, in the order in which they were filmed; pixels.
    size : (height, width)
        Pixels.
    """

    path: Path
    boxes: tuple[Box, ...]
    size: tuple[int, int] = SIZE

    def __post_init__(self) -> None:
        if self.path.is_file():  # announces its boxes
            _ = self._crops

    def __len__(self) -> int:
        return len(self.boxes)

    @cached_property
    def _crops(self) -> Crops:
        crops = crops_of(self.path, self.size)
        crops.announce(self.boxes)
        return crops

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``; raises `DataError` naming the video."""
        return self._crops.get([self.boxes[i] for i in indices])

    def part(self, start: int, stop: int) -> VideoBoxes:
        """Return the frames from `start` to `stop` - 1."""
        return replace(self, boxes=self.boxes[start:stop])

    def fingerprint(self) -> str:
        """Hash the video's path, size and time of change, the boxes and the size wanted."""
        try:
            stat = self.path.stat()
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror or error})") from error
        text = json.dumps([str(self.path), stat.st_size, stat.st_mtime_ns, self.boxes, self.size])
        return hashlib.sha256(text.encode()).hexdigest()

    def to_record(self) -> dict[str, Any]:
        """Return path, boxes and size."""
        return {
            "kind": "video",
            "path": str(self.path),
            "boxes": [list(box) for box in self.boxes],
            "size": list(self.size),
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> VideoBoxes:
        """Make the source that `to_record` described."""
        boxes = tuple((int(n), float(a), float(b), float(c), float(d)) for n, a, b, c, d in record["boxes"])
        height, width = record["size"]
        return cls(Path(record["path"]), boxes, (int(height), int(width)))

    def __reduce__(self) -> tuple[Any, ...]:
        return VideoBoxes, (self.path, self.boxes, self.size)


def tracklets_from_video(
    video: str | Path,
    boxes: str | Path,
    camera: int = 1,
    domain: str = "footage",
    size: tuple[int, int] = SIZE,
    min_frames: int = 1,
    min_visibility: float = 0.0,
) -> TrackletSet:
    """Cut the tracks of a MOTChallenge file out of a video: one tracklet a person.

    Boxes that lie wholly outside the picture are left out. A track's id is the person's number; where the file counts
    from 0, which means a distractor elsewhere, numbers are one higher, and the id stays in the tracklet's label.

    Parameters
    ----------
    video : str or Path
    boxes : str or Path
        MOTChallenge text, see `resight.footage.motchallenge.read_tracks`.
    camera : int
    domain : str
    size : (height, width)
        Pixels.
    min_frames : int
        Shorter tracks are left out.
    min_visibility : float
        0 to 1; boxes seen less than that are left out.

    Raises
    ------
    DataError
        Where a file is missing or damaged, or no track is left.
    """
    video = Path(video)
    height, width = picture_size(video)
    tracks = read_tracks(boxes, min_visibility)
    shift = 1 if tracks[0].number == 0 else 0
    tracklets = []
    for track in tracks:
        edges = np.concatenate([track.boxes[:, :2], track.boxes[:, :2] + track.boxes[:, 2:]], axis=1)
        left, top, right, bottom = np.clip(np.rint(edges), 0, [width, height, width, height]).T
        inside = (right > left) & (bottom > top)
        rows = np.column_stack([track.frames, track.boxes])[inside].tolist()
        if len(rows) < max(min_frames, 1):
            continue
        tracklets.append(
            Tracklet(
                person=track.number + shift,
                camera=camera,
                domain=domain,
                key=f"{video.stem}/{track.number:04d}",
                frames=VideoBoxes(video, tuple((int(n), a, b, c, d) for n, a, b, c, d in rows), size),
                label=str(track.number) if shift else "",
                source=str(video),
                first_frame=int(rows[0][0]),
            )
        )
    if not tracklets:
        raise DataError(f"{boxes}: no track has {counted(max(min_frames, 1), 'frame')} or more in {video.name}")
    return TrackletSet(tracklets)


def halves(tracklets: TrackletSet) -> tuple[TrackletSet, TrackletSet]:
    """Cut each tracklet in two: the first halves stand for camera 1, the second for camera 2.

    A way to rank people of whom there is one track each. Tracklets of a single frame are left out.
    """
    first, second = [], []
    for tracklet in tracklets:
        middle = len(tracklet) // 2
        if middle:
            first.append(_half(tracklet, 0, middle, 1))
            second.append(_half(tracklet, middle, len(tracklet), 2))
    return TrackletSet(first), TrackletSet(second)


def _half(tracklet: Tracklet, start: int, stop: int, camera: int) -> Tracklet:
    frames = _part(tracklet.frames, start, stop)
    number = tracklet.first_frame
    if isinstance(frames, VideoBoxes):
        number = frames.boxes[0][0]
    elif number is not None:
        number += start
    return replace(
        tracklet,
        frames=frames,
        camera=camera,
        key=f"{tracklet.key}/{('first', 'second')[camera - 1]}",
        first_frame=number,
    )


def _part(source: FrameSource, start: int, stop: int) -> FrameSource:
    if isinstance(source, VideoBoxes):
        return source.part(start, stop)
    if isinstance(source, ImageFiles):
        return ImageFiles(source.paths[start:stop])
    return ArrayFrames(source.read(range(start, stop)))
