"""Where a tracklet's frames come from: image files, boxes in a video, or arrays.

Every source has a length, reads any of its frames as uint8 RGB ``(n, H, W, 3)``, tells its content by a fingerprint
(so that a stale cache is never picked up), and turns into a plain record and back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from resight.errors import DataError

Frames = NDArray[np.uint8]
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})

UNREAD_SUFFIXES = frozenset({".gif", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".ppm", ".tga", ".dng", ".raw"})
"""Of pictures that are not read, so that somebody who has such is told."""


@runtime_checkable
class FrameSource(Protocol):
    """Frames that are read when they are asked for."""

    def __len__(self) -> int: ...

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` (from 0) as uint8 RGB ``(len(indices), H, W, 3)``."""
        ...

    def fingerprint(self) -> str:
        """Return a text that changes whenever the frames may have changed."""
        ...

    def to_record(self) -> dict[str, Any]:
        """Return plain data from which `source_from_record` makes an equal source."""
        ...


def natural_key(text: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sorting key by which the numbers in a text count as numbers: ``cam2`` comes before ``cam10``."""
    parts = re.findall("[0-9]+|[^0-9]+", text)
    return [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts], text


def numeric_order(paths: Iterable[Path]) -> list[Path]:
    """Sort paths by the numbers in their names (``2.png`` before ``10.png``), the order in which frames were filmed."""
    return sorted(paths, key=lambda path: natural_key(path.name))


def list_images(folder: Path) -> list[Path]:
    """List a folder's image files in numeric order; hidden files are passed over.

    Raises
    ------
    DataError
        Where the folder does not exist.
    """
    return _list(folder, IMAGE_SUFFIXES)


def unread_images(folder: Path) -> list[Path]:
    """List a folder's pictures of kinds that are not read, as `list_images` does those that are."""
    return _list(folder, UNREAD_SUFFIXES)


def _list(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return numeric_order(p for p in folder.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith("."))


def read_image(path: str | Path) -> Frames:
    """Read one image file as uint8 RGB ``(H, W, 3)``.

    Raises
    ------
    DataError
        Where the file is missing, empty, cut off, or no picture.
    """
    import cv2

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not data:
        raise DataError(f"{path}: the file is empty")
    if is_cut_off(data):
        raise DataError(f"{path}: the picture is cut off (its end is missing)")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise DataError(f"{path}: not a picture that can be read")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def is_cut_off(data: bytes) -> bool:
    """Whether a PNG or JPEG lacks its closing mark: decoders fill such pictures with grey and say nothing."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-64:]
    if data.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in data[-1024:]
    return False


def resize_frame(frame: Frames, size: tuple[int, int]) -> Frames:
    """Resize ``(H, W, 3)`` to `size` ``(H, W)``, bilinear, by area where it shrinks; the aspect is not kept."""
    import cv2

    height, width = size
    if frame.shape[:2] == (height, width):
        return frame
    shrinks = height < frame.shape[0] and width < frame.shape[1]
    resized = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return resized.astype(np.uint8, copy=False)


@dataclass(frozen=True)
class ImageFiles:
    """Frames from image files, in the order given (see `numeric_order`).

    A file of another size than the first of those read is resized to it.
    """

    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``; raises `DataError` naming the file."""
        first = read_image(self.paths[indices[0]])
        rest = [resize_frame(read_image(self.paths[i]), (first.shape[0], first.shape[1])) for i in indices[1:]]
        return np.stack([first, *rest])

    def fingerprint(self) -> str:
        """Hash paths, sizes and times of change."""
        digest = hashlib.sha256()
        for path in self.paths:
            try:
                stat = path.stat()
            except OSError as error:
                raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
            digest.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def to_record(self) -> dict[str, Any]:
        """Return the paths."""
        return {"kind": "images", "paths": [str(p) for p in self.paths]}


@dataclass(frozen=True)
class ArrayFrames:
    """Frames held in memory: uint8 RGB ``(T, H, W, 3)``."""

    array: Frames

    def __post_init__(self) -> None:
        shape, dtype = self.array.shape, self.array.dtype
        if dtype != np.uint8 or len(shape) != 4 or shape[3] != 3:
            raise DataError(f"frames must be uint8 RGB (T, H, W, 3), not {dtype} {shape}")

    def __len__(self) -> int:
        return len(self.array)

    def read(self, indices: Sequence[int]) -> Frames:
        """Return the frames at `indices`, a copy."""
        return self.array[list(indices)]

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(np.ascontiguousarray(self.array).tobytes()).hexdigest()

    def fingerprint(self) -> str:
        """Hash the pixels."""
        return self._digest

    def to_record(self) -> dict[str, Any]:
        """Return the pixels."""
        return {"kind": "array", "shape": list(self.array.shape), "data": self.array.tobytes()}


def source_from_record(record: dict[str, Any]) -> FrameSource:
    """Make the frame source that `FrameSource.to_record` described.

    Raises
    ------
    DataError
        Where the record's kind is unknown.
    """
    kind = record.get("kind")
    if kind == "images":
        return ImageFiles(tuple(Path(p) for p in record["paths"]))
    if kind == "array":
        return ArrayFrames(np.frombuffer(record["data"], np.uint8).reshape(record["shape"]))
    if kind == "video":
        from resight.footage.boxes import VideoBoxes

        return VideoBoxes.from_record(record)
    if kind == "synthetic":
        from resight.synthetic import source_from_record as synthetic_source

        return synthetic_source(record)
    if kind == "changed":
        from resight.robustness.records import changed_from_record

        return changed_from_record(record)
    raise DataError(f"frames of unknown kind {kind!r}")
