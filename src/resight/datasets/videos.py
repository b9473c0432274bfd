"""Looking at a data set's videos: does each reach the last frame in which somebody has a box?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from resight.datasets.base import Dataset
from resight.errors import DataError
from resight.footage.boxes import VideoBoxes
from resight.footage.video import pictures


def look_at_videos(dataset: Dataset) -> Iterator[str]:
    """Decode each video up to its last box, and name those that end before it or cannot be read."""
    last: dict[Path, int] = {}
    for tracklet in dataset.tracklets:
        if isinstance(tracklet.frames, VideoBoxes):
            path, frames = tracklet.frames.path, [frame for frame, *_ in tracklet.frames.boxes]
            last[path] = max(last.get(path, 0), *frames)
    for path, frame in sorted(last.items()):
        try:
            for _ in pictures(path, {frame}):
                pass
        except DataError as error:
            yield str(error)
