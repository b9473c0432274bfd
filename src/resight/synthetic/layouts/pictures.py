"""Drawing a tracklet into its files: each is there whole or not at all, and none is drawn again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from resight.errors import ResightError
from resight.frames import Frames, is_cut_off
from resight.synthetic.layouts.plan import Placed

QUALITY = 95
"""Of JPEG pictures, 0 to 100."""
DRAWING = ".drawing-"
"""How the names of folders begin in which something is being made."""


def encode(frame: Frames, suffix: str) -> bytes:
    """Encode a frame, uint8 RGB ``(H, W, 3)``, as ``.png`` (exact) or ``.jpg``; the same frame gives the same bytes."""
    import cv2

    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY] if suffix == ".jpg" else []
    ok, data = cv2.imencode(suffix, np.ascontiguousarray(frame[..., ::-1]), options)
    if not ok:
        raise ResightError(f"a frame of {frame.shape[1]} by {frame.shape[0]} pixels cannot be encoded as {suffix}")
    return data.tobytes()


def is_finished(root: Path, placed: Placed) -> bool:
    """Whether all files of a tracklet are there and whole, by their ends."""
    return all(_is_whole(root / name) for name in placed.files)


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(max(0, os.fstat(file.fileno()).st_size - 64))
            return bool(head) and not is_cut_off(head + file.read())
    except OSError:
        return False


def draw_tracklet(root: Path, placed: Placed, say: Callable[[int], None]) -> None:
    """Draw a tracklet into its files and say how many frames it has.

    The files are made in a folder of their own and moved into place when all are whole.

    Raises
    ------
    ResightError
        Where they cannot be written.
    """
    frames = placed.tracklet.load()
    try:
        with tempfile.TemporaryDirectory(prefix=DRAWING, dir=root) as temporary:
            made = []
            for n, (frame, name) in enumerate(zip(frames, placed.files, strict=True)):
                made.append(Path(temporary) / str(n))
                made[-1].write_bytes(encode(frame, Path(name).suffix))
            for folder in {(root / name).parent for name in placed.files}:
                folder.mkdir(parents=True, exist_ok=True)
            for path, name in zip(made, placed.files, strict=True):
                path.replace(root / name)
    except OSError as error:
        raise ResightError(f"{root / placed.files[0]}: cannot be written ({error.strerror or error})") from error
    say(len(frames))
