"""The crops of one video: cut in a single pass over it, kept in a temporary file, not in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

import numpy as np

from resight.errors import DataError
from resight.footage.video import pictures
from resight.frames import Frames, resize_frame

Box = tuple[int, float, float, float, float]
"""Frame from 1, left, top, width, height."""


class Crops:
    """Cuts boxes out of a video, each once, whoever asks for them.

    Boxes are announced first; the first one asked for makes one pass over the video that cuts all that were announced.
    A crop is kept as it was cut, or at the size wanted where that is smaller, in a temporary file that goes with this
    object. Memory holds one picture at a time. Processes that are forked off share what was cut until then.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.path, self.size = path, size
        self._waiting: set[Box] = set()
        self._places: dict[Box, tuple[int, int, int, int]] = {}
        self._passes: list[Frames] = []
        self._damage = DataError(f"{path}: no such box")
        self._lock = Lock()

    def announce(self, boxes: Sequence[Box]) -> None:
        """Tell which boxes will be asked for."""
        with self._lock:
            self._waiting.update(box for box in boxes if box not in self._places)

    def get(self, boxes: Sequence[Box]) -> Frames:
        """Return the crops of boxes that were announced, at the size wanted, uint8 RGB ``(n, H, W, 3)``.

        Raises
        ------
        DataError
            Where the video cannot be read, or ends before one of them.
        """
        with self._lock:
            if not self._waiting.isdisjoint(boxes):
                self._cut()
            if any(box not in self._places for box in boxes):
                raise self._damage
            return np.stack([resize_frame(self._stored(box), self.size) for box in boxes])

    def _stored(self, box: Box) -> Frames:
        which, start, height, width = self._places[box]
        return self._passes[which][start : start + height * width * 3].reshape(height, width, 3)

    def _cut(self) -> None:
        """Cut all boxes that wait, in one pass; what cannot be cut stays without a place."""
        waiting: dict[int, list[Box]] = {}
        for box in self._waiting:
            waiting.setdefault(box[0], []).append(box)
        self._waiting.clear()
        places: dict[Box, tuple[int, int, int, int]] = {}
        end = 0
        try:
            with tempfile.TemporaryFile(prefix="resight-crops-") as file:
                for box, crop in self._crops(waiting):
                    file.write(np.ascontiguousarray(crop).tobytes())
                    places[box] = (len(self._passes), end, crop.shape[0], crop.shape[1])
                    end += crop.size
                file.flush()
                if end:
                    self._passes.append(np.memmap(file, np.uint8, "r"))
        except OSError as error:
            self._damage = DataError(f"{self.path}: its crops cannot be kept ({error.strerror or error})")
        else:
            self._places |= places

    def _crops(self, waiting: dict[int, list[Box]]) -> Iterator[tuple[Box, Frames]]:
        """Give the crops, as far as they can be had; what was wrong is kept for those who ask for the others."""
        try:
            for number, picture in pictures(self.path, set(waiting)):
                for box in waiting[number]:
                    try:
                        crop = cut(picture, box, self.path)
                    except DataError as error:
                        self._damage = error
                        continue
                    smaller = crop.shape[0] > self.size[0] and crop.shape[1] > self.size[1]
                    yield box, resize_frame(crop, self.size) if smaller else crop
        except DataError as error:
            self._damage = error


def cut(picture: Frames, box: Box, path: Path) -> Frames:
    """Cut a box out of a picture ``(H, W, 3)``, as far as it lies in it, edges rounded to pixels.

    Raises
    ------
    DataError
        Where nothing of it lies in the picture.
    """
    number, left, top, width, height = box
    x0, y0 = max(round(left), 0), max(round(top), 0)
    x1, y1 = min(round(left + width), picture.shape[1]), min(round(top + height), picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        raise DataError(f"{path}: the box {left:g}, {top:g}, {width:g}, {height:g} of frame {number} is not in it")
    return picture[y0:y1, x0:x1]


_open: WeakValueDictionary[tuple[Path, int, int, tuple[int, int]], Crops] = WeakValueDictionary()


def crops_of(path: Path, size: tuple[int, int]) -> Crops:
    """Return the crops of a video as it is now on disk, the same for all who cut from it."""
    try:
        stat = path.stat()
        key = (path.resolve(), stat.st_size, stat.st_mtime_ns, size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    crops = _open.get(key)
    if crops is None:
        crops = _open[key] = Crops(path, size)
    return crops
