"""Pictures as data URIs, so that a page carries them with it."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.frames import Frames
from resight.report.ranking import frames_of

TALLEST, MOST_FRAMES, QUALITY = 160, 8, 84
"""Pixels in height, frames in a strip, JPEG quality."""


@dataclass(frozen=True)
class Strip:
    """A picture for the page: frames side by side in one JPEG, the size of one in pixels, and their number."""

    uri: str
    width: int
    height: int
    frames: int


def strip(picture: Frames) -> Strip:
    """Turn a thumbnail of one frame or several into a strip of at most eight evenly chosen frames.

    Raises
    ------
    InputError
        Where it is not uint8 RGB.
    """
    frames = frames_of(picture)
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(MOST_FRAMES, len(frames))).round().astype(int))
    height, width = frames.shape[1:3]
    scale = min(1.0, TALLEST / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = [cv2.resize(frames[i], size, interpolation=cv2.INTER_AREA) for i in chosen]
    return Strip(_image_uri(np.concatenate(small, axis=1), "jpeg"), *size, len(small))


def png_uri(picture: NDArray[np.uint8]) -> str:
    """Turn an RGB picture ``(H, W, 3)`` into a lossless data URI."""
    return _image_uri(picture, "png")


def text_uri(text: str, kind: str) -> str:
    """Turn a text into a data URI of a MIME type, as ``text/csv``."""
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def _image_uri(picture: NDArray[np.uint8], kind: str) -> str:
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY] if kind == "jpeg" else []
    _, encoded = cv2.imencode(f".{kind}", np.ascontiguousarray(picture[..., ::-1]), options)
    return f"data:image/{kind};base64,{base64.b64encode(encoded.tobytes()).decode()}"
