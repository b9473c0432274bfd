"""Video files: their size, and their frames one after the other, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resight.counting import counted
from resight.errors import DataError, ResightError
from resight.frames import Frames


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        import av
    except ImportError as error:
        raise ResightError('reading video needs PyAV: pip install "resight[footage]"') from error
    try:
        with av.open(str(path)) as container:
            if not container.streams.video or container.format.name == "tty":  # FFmpeg draws any text as a film
                raise DataError(f"{path}: no video in it")
            container.streams.video[0].thread_type = "AUTO"
            yield container
    except (av.error.FFmpegError, OSError) as error:
        raise DataError(f"{path}: not a video that can be read ({getattr(error, 'strerror', '') or error})") from error


def picture_size(path: Path) -> tuple[int, int]:
    """Return height and width of a video's pictures, by its header.

    Raises
    ------
    DataError
        Where the file is missing or is no video.
    """
    with _open(path) as container:
        context = container.streams.video[0].codec_context
        return int(context.height), int(context.width)


def pictures(path: Path, wanted: set[int]) -> Iterator[tuple[int, Frames]]:
    """Decode a video from its start and give the frames numbered in `wanted`, uint8 RGB ``(H, W, 3)``.

    Frame n is the nth that comes out of the decoder: nothing is sought by time, which is not exact in every format.

    Raises
    ------
    DataError
        Where the file cannot be read, or ends before the last frame wanted.
    """
    last, count = max(wanted, default=0), 0
    with _open(path) as container:
        for frame in container.decode(video=0) if last else ():
            count += 1
            if count in wanted:
                yield count, frame.to_ndarray(format="rgb24")
            if count == last:
                return
    if last:
        raise DataError(f"{path}: has {counted(count, 'frame')}, and a box is in frame {last:,}")
