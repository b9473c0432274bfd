"""Body-action units: six parts of the body over four quarters of a step, and the colours and edges in them (§10.3-5).

METHODS §10; Liu et al., ICCV 2015.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resight.features.flow_energy import SIZE, Fragment
from resight.frames import Frames, resize_frame

Pixels = NDArray[np.float32]
Box = tuple[int, int, int, int]

PARTS: dict[str, tuple[Box, Box]] = {
    "head": ((23, 4, 43, 24), (23, 4, 43, 24)),
    "right arm": ((6, 24, 33, 70), (6, 24, 33, 70)),
    "torso": ((20, 24, 46, 70), (20, 24, 46, 70)),
    "left arm": ((33, 24, 59, 70), (33, 24, 59, 70)),
    "right leg": ((6, 71, 32, 124), (20, 71, 46, 124)),
    "left leg": ((33, 71, 59, 124), (20, 71, 46, 124)),
}
"""First column, first row, last column, last row on 64×128 (W×H), from 1: with legs apart, and with legs crossed.

They are apart where the energy is least and crossed where it is most; a box keeps its size and slides between.
"""
SEGMENTS = 4
UNITS = len(PARTS) * SEGMENTS
POSITION = 3
CHANNELS = {"both": 21, "first": 9}
"""Channels beside the position: value, first and second derivatives of H, S and V; or their first derivatives alone."""
TAP = 2
"""Pixels from the middle to the outer taps of the filters in x and y; in time it is one frame."""


def dimensions(derivatives: str) -> int:
    """Return the length of a pixel's descriptor: 24 for ``both``, 12 for ``first``."""
    return POSITION + CHANNELS[derivatives]


def hsv_frames(frames: Frames) -> Pixels:
    """Return frames uint8 RGB ``(T, H, W, 3)`` as HSV, float32 ``(T, 128, 64, 3)`` in 0–1, the V of each equalised."""
    import cv2

    found = np.empty((len(frames), *SIZE, 3), np.float32)
    for t, frame in enumerate(frames):
        hsv = cv2.cvtColor(resize_frame(frame, SIZE).astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
        found[t, ..., 0], found[t, ..., 1] = hsv[..., 0] / 360, hsv[..., 1]
        found[t, ..., 2] = cv2.equalizeHist(np.rint(hsv[..., 2] * 255).astype(np.uint8)).astype(np.float32) / 255
    return found


def pixel_channels(hsv: Pixels, derivatives: str) -> Pixels:
    """Describe every pixel by itself and its derivatives in x, y and t; borders are repeated outwards.

    Parameters
    ----------
    hsv : float32 ``(T, H, W, 3)``
    derivatives : {"both", "first"}

    Returns
    -------
    float32 ``(T, H, W, K)``
        ``both``: I, Ix, Iy, It, Ixx, Iyy, Itt, of three channels each, K = 21; ``first``: Ix, Iy, It, K = 9.
    """
    blocks, seconds = [], []
    for axis, tap in ((2, TAP), (1, TAP), (0, 1)):
        places = np.arange(hsv.shape[axis])
        after = hsv.take(np.minimum(places + tap, len(places) - 1), axis)
        before = hsv.take(np.maximum(places - tap, 0), axis)
        blocks.append(after - before)
        if derivatives == "both":
            seconds.append(2 * hsv - after - before)
    return np.concatenate([hsv, *blocks, *seconds] if derivatives == "both" else blocks, axis=3)


def segment_frames(fragment: Fragment) -> list[NDArray[np.int64]]:
    """Return the frames of the four segments: each way between extrema halved; a segment without a frame takes one."""
    start, middle, end = fragment.start, fragment.middle, fragment.end
    bounds = [start, (start + middle) / 2, middle, (middle + end) / 2, end]
    found = []
    for i in range(SEGMENTS):
        low, high = bounds[i], bounds[i + 1]
        frames = np.arange(int(np.ceil(low)), int(np.ceil(high)) + (i == SEGMENTS - 1))
        found.append(frames if len(frames) else np.array([int((low + high) // 2)]))
    return found


def part_boxes(part: str, frames: NDArray[np.int64], fragment: Fragment, moving: bool) -> NDArray[np.int64]:
    """Return first column, first row, last column and last row of a part, ``(T, 4)``, counted from 0.

    Parameters
    ----------
    part : str
        Of `PARTS`.
    frames : int ``(T,)``
        Within the fragment.
    fragment : Fragment
    moving : bool
        Slide the boxes of the legs; else they stay where the legs are apart.
    """
    apart, crossed = (np.array(box) - 1 for box in PARTS[part])
    crossing = np.zeros(len(frames))
    if moving and fragment.end > fragment.start:
        turns = [fragment.start, fragment.middle, fragment.end]
        crossing = np.interp(frames, turns, [0.0, 1.0, 0.0])
    corners = np.rint(apart[:2] + crossing[:, None] * (crossed - apart)[:2]).astype(np.int64)
    return np.hstack([corners, corners + (apart[2:] - apart[:2])])  # half pixels round to either side: the size stays


def unit_pixels(frames: Frames, fragment: Fragment, derivatives: str, moving: bool = True) -> list[Pixels]:
    """Describe the pixels of a fragment's 24 body-action units.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``
        The whole tracklet: derivatives in time look one frame beyond the fragment.
    fragment : Fragment
    derivatives : {"both", "first"}
    moving : bool
        See `part_boxes`.

    Returns
    -------
    list of float32 ``(pixels, 24 or 12)``
        Part after part, segment after segment; a row is x, y, t within the unit, each 0–1, and `pixel_channels`.
    """
    first, last = max(0, fragment.start - 1), min(len(frames) - 1, fragment.end + 1)
    channels = pixel_channels(hsv_frames(frames[first : last + 1]), derivatives)
    segments = segment_frames(fragment)
    return [_pixels(channels, first, part, frames_, fragment, moving) for part in PARTS for frames_ in segments]


def _pixels(
    channels: Pixels, first: int, part: str, frames: NDArray[np.int64], fragment: Fragment, moving: bool
) -> Pixels:
    boxes = part_boxes(part, frames, fragment, moving)
    height, width = boxes[0, 3] + 1 - boxes[0, 1], boxes[0, 2] + 1 - boxes[0, 0]
    found = np.empty((len(frames), height, width, POSITION + channels.shape[3]), np.float32)
    found[..., 0] = _share(width)
    found[..., 1] = _share(height)[:, None]
    found[..., 2] = _share(len(frames))[:, None, None]
    for t, (frame, (left, top, right, bottom)) in enumerate(zip(frames, boxes, strict=True)):
        found[t, ..., POSITION:] = channels[frame - first, top : bottom + 1, left : right + 1]
    return found.reshape(-1, found.shape[3])


def _share(count: int) -> NDArray[np.float32]:
    """Return 1/n, 2/n … 1."""
    return np.arange(1, count + 1, dtype=np.float32) / np.float32(count)


def draw_pixels(units: Sequence[Pixels], share: float, least: int, most: int, rng: np.random.Generator) -> list[Pixels]:
    """Draw a share of each unit's pixels at random, at least `least` where there are as many, and at most `most`."""
    counts = [min(len(unit), most, max(least, round(share * len(unit)))) for unit in units]
    return [unit[rng.choice(len(unit), count, replace=False)] for unit, count in zip(units, counts, strict=True)]
