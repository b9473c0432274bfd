"""Dense optical flow between consecutive frames, by Farnebäck's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resight.frames import Frames

Flow = NDArray[np.float32]
FARNEBACK = {
    "pyr_scale": 0.5,
    "levels": 3,
    "winsize": 9,
    "iterations": 3,
    "poly_n": 5,
    "poly_sigma": 1.1,
    "flags": 0,
}
"""OpenCV's settings: windows of 9 pixels on three scales, which suits people 64 to 128 pixels wide."""
ZERO = 127
"""Where the eight-bit code has no motion."""


def dense_flow(frames: Frames) -> Flow:
    """Return the motion of every pixel since the frame before.

    Parameters
    ----------
    frames : uint8 ``(T, H, W, 3)``
        RGB, consecutive.

    Returns
    -------
    float32 ``(T, H, W, 2)``
        Pixels to the right and down. The first frame has no predecessor and copies the second's (METHODS §0); a frame
        alone does not move.
    """
    import cv2

    flow = np.zeros((*frames.shape[:3], 2), np.float32)
    if len(frames) < 2:
        return flow
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    for i in range(1, len(grey)):
        flow[i] = cv2.calcOpticalFlowFarneback(grey[i - 1], grey[i], None, **FARNEBACK)  # type: ignore[call-overload]
    flow[0] = flow[1]
    return flow


def encode_flow(flow: Flow) -> Frames:
    """Turn flow in pixels into eight bits as RCN's authors stored it: ``clip(flow + 127, 0, 255)`` (METHODS §5)."""
    encoded: Frames = np.clip(np.rint(flow + ZERO), 0, 255).astype(np.uint8)
    return encoded
