"""Keeps drawn tracklets: the last ones in memory, and in a folder where the user names one."""

from __future__ import annotations

import os
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from resight.errors import DataError
from resight.files import atomic_write

FOLDER = "RESIGHT_WORLD_CACHE"
"""Environment variable that names the folder; child processes inherit it."""


READING = threading.Lock()


class DrawnTracklets:
    """Drawn tracklets by a key of their content, the least recently used dropped first.

    Parameters
    ----------
    limit : int
        Bytes of JPEG kept in memory; a frame of 64×128 has about 3,000.
    """

    def __init__(self, limit: int = 96 << 20) -> None:
        self.limit = limit
        self._held: OrderedDict[str, list[bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], list[bytes]]) -> list[bytes]:
        """Return a tracklet's frames as JPEG: from memory, from the folder, or made now and kept in both."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        folder = os.environ.get(FOLDER)
        path = Path(folder) / key[:2] / f"{key}.npz" if folder else None
        if path is not None and path.exists():
            frames = load_frames(path)
        else:
            frames = make()
            if path is not None:
                save_frames(path, frames)
        self._keep(key, frames)
        return frames

    def clear(self) -> None:
        """Forget what is in memory."""
        with self._lock:
            self._held.clear()
            self._bytes = 0

    def _keep(self, key: str, frames: list[bytes]) -> None:
        with self._lock:
            if key in self._held:
                return
            self._held[key] = frames
            self._bytes += sum(map(len, frames))
            while self._bytes > self.limit and len(self._held) > 1:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= sum(map(len, dropped))


def save_frames(path: Path, frames: list[bytes]) -> None:
    """Write a tracklet's JPEGs to one file, whole or not at all."""
    ends = np.cumsum([len(frame) for frame in frames])
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez(file, ends=ends, data=np.frombuffer(b"".join(frames), np.uint8))


def load_frames(path: Path) -> list[bytes]:
    """Read what `save_frames` wrote; raises `DataError` where it is damaged."""
    try:
        # NumPy parses the header as Python source, which CPython 3.11 does wrongly now and then in two threads at once.
        with READING, np.load(path, allow_pickle=False) as stored:
            ends, data = stored["ends"], stored["data"].tobytes()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: not a tracklet that the world's cache wrote; delete it to draw it anew") from error
    starts = [0, *ends[:-1].tolist()]
    return [data[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]


def cache_on_disk(folder: str | Path | None) -> None:
    """Keep drawn tracklets in a folder from now on, in this process and its children; None stops that."""
    if folder is None:
        os.environ.pop(FOLDER, None)
    else:
        os.environ[FOLDER] = str(Path(folder).absolute())


DRAWN = DrawnTracklets()
"""The process's own."""
