"""Frames after video compression: H.264 by FFmpeg, as a camera or a recorder would write them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import numpy as np

from resight.errors import ResightError
from resight.frames import Frames
from resight.robustness.changed import Changed, kind

RATE = 25
"""Frames a second that the encoder is told."""


@kind("compression")
@dataclass(frozen=True)
class Compressed(Changed):
    """A tracklet's frames written as one H.264 video of a constant rate factor, and read back.

    The whole tracklet is encoded whichever frames are asked for, since frames are predicted from others. The person's
    crop is compressed, where a recorder compresses the whole view: a stand-in.

    Attributes
    ----------
    crf : int
        Constant rate factor of x264, 0 (no loss) to 51.
    """

    crf: int = 28

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``.

        Raises
        ------
        ResightError
            Where PyAV or its H.264 encoder is missing.
        """
        return recode(self.of.read(range(len(self.of))), self.crf)[list(indices)]

    def fingerprint(self) -> str:
        """Add PyAV's version, whose encoder makes the frames."""
        av = _pyav()
        return f"{super().fingerprint()} by av {version(av.__name__)}"


def recode(frames: Frames, crf: int) -> Frames:
    """Encode uint8 RGB ``(T, H, W, 3)`` as H.264 in memory and decode it; one thread, so that the result is one."""
    av = _pyav()
    height, width = frames.shape[1:3]
    even = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    written = io.BytesIO()
    with av.open(written, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": str(crf), "preset": "medium"})
        stream.height, stream.width, stream.pix_fmt = even.shape[1], even.shape[2], "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = Fraction(1, RATE)
        for number, frame in enumerate(even):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    written.seek(0)
    with av.open(written) as container:
        read = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    if read.shape != even.shape:
        raise ResightError(f"H.264 gave back frames of shape {read.shape} for {even.shape}")
    return np.ascontiguousarray(read[:, :height, :width])


def _pyav() -> Any:
    try:
        import av
    except ImportError as error:
        raise ResightError('video compression needs PyAV: pip install "resight[footage]"') from error
    if "libx264" not in av.codecs_available:
        raise ResightError("this PyAV has no H.264 encoder (libx264)")
    return av
