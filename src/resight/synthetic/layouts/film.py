"""Encoding frames as a video file, the same bytes for the same frames."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from resight.errors import RecipeError, ResightError
from resight.frames import Frames

CODECS = {
    ".mp4": ("libx264", {"crf": "18", "preset": "veryfast", "mbtree": "0"}),
    ".avi": ("mpeg4", {"qmin": "2", "qmax": "3"}),
}
"""Codec of each kind of video, and its options; x264's macroblock tree is not repeatable on processors with AVX-512."""


def encode_video(path: Path, frames: Iterable[Frames], rate: float) -> int:
    """Write frames, uint8 RGB ``(H, W, 3)`` of even height and width, and return their number.

    Parameters
    ----------
    path : Path
        Its suffix chooses the kind: ``.mp4`` or ``.avi``.
    frames : iterable
    rate : float
        Frames a second.

    Raises
    ------
    RecipeError
        Where the suffix is another.
    ResightError
        Where PyAV is missing or the file cannot be written.
    """
    if path.suffix not in CODECS:
        raise RecipeError(f"{path.name}: videos are written as {' or '.join(CODECS)}")
    try:
        import av
    except ImportError as error:
        raise ResightError('writing video needs PyAV: pip install "resight[footage]"') from error

    codec, options = CODECS[path.suffix]
    count = 0
    try:
        with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
            stream: Any = container.add_stream(codec, Fraction(rate).limit_denominator(1001), options)
            stream.codec_context.thread_count = 1
            for frame in frames:
                if count == 0:
                    stream.height, stream.width, stream.pix_fmt = frame.shape[0], frame.shape[1], "yuv420p"
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
                count += 1
            container.mux(stream.encode())
    except (av.error.FFmpegError, OSError) as error:
        raise ResightError(f"{path}: cannot be written ({getattr(error, 'strerror', '') or error})") from error
    return count
