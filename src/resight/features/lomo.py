"""LOMO: the most that a local pattern occurs along a row of blocks (Liao et al., CVPR 2015; METHODS §2)."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from resight.errors import RecipeError
from resight.features.extract import Matrix
from resight.features.retinex import DISCOUNT, RESTORATION, SIGMAS, STRETCH, retinex
from resight.features.siltp import CODES, siltp
from resight.frames import Frames, resize_frame
from resight.tracklets import Tracklet, TrackletSet

Pool = Literal["max", "mean"]
Codes = NDArray[np.int64]
SIZE = (128, 48)
BLOCK, STEP = 10, 5
SCALES = 3
BINS = 8
"""Of each of H, S and V."""
RADII = (3, 5)
ROWS = 40
"""Rows of blocks: 24 of 128 pixels, 11 of 64, 5 of 32."""
PARTS = (ROWS * BINS**3, *(ROWS * CODES for _ in RADII))
"""Dimensions of colours and of each texture: 20,480 + 3,240 + 3,240 = 26,960."""
_TO_BINS = np.array([BINS / 360, BINS, BINS], np.float32)
CHUNK = 64
"""Frames that are described at a time, about 15 MB."""


def lomo(frames: Frames, even_light: bool = True) -> Matrix:
    """Describe each frame.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``
        Resized to 128×48 (H×W).
    even_light : bool
        Put Retinex before the colours, as published.

    Returns
    -------
    float32 ``(T, 26960)``
        Colours, then textures of radius 3 and 5: per row of blocks the most that each bin occurs in any of its blocks,
        log(x + 1); each of the three parts of length 1.
    """
    import cv2

    sized = np.stack([resize_frame(frame, SIZE) for frame in frames])
    light = retinex(sized) if even_light else np.asarray(sized / 255, dtype=np.float32)
    hsv = cv2.cvtColor(light.reshape(-1, SIZE[1], 3), cv2.COLOR_RGB2HSV).reshape(light.shape)
    grey = cv2.cvtColor(sized.reshape(-1, SIZE[1], 3), cv2.COLOR_RGB2GRAY).reshape(light.shape[:3])
    parts = [_colours(np.minimum(np.floor(hsv * _TO_BINS), BINS - 1)), *_textures(grey.astype(np.float32))]
    return np.concatenate([_unit(np.log1p(part)) for part in parts], axis=1)


def _colours(bins: NDArray[np.float32]) -> Matrix:
    """Count joint colours; smaller scales average the numbers of the bins, as the authors' code does."""
    found = []
    for scale in range(SCALES):
        bins = np.floor(halved(bins)) if scale else bins
        joint = bins[..., 0] + BINS * bins[..., 1] + BINS**2 * bins[..., 2]
        found.append(occurrences(joint.astype(np.int64), BINS**3))
    return np.concatenate(found, axis=1)


def _textures(grey: NDArray[np.float32]) -> list[Matrix]:
    scales = [grey]
    while len(scales) < SCALES:
        scales.append(halved(scales[-1]))
    return [np.concatenate([occurrences(siltp(s, radius), CODES) for s in scales], axis=1) for radius in RADII]


def halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average two by two pixels of ``(T, H, W, ...)``; an odd last row or column is left out."""
    height, width = values.shape[1] // 2, values.shape[2] // 2
    even = values[:, : 2 * height, : 2 * width]
    return np.asarray(even.reshape(len(values), height, 2, width, 2, *values.shape[3:]).mean((2, 4)))


def occurrences(codes: Codes, bins: int) -> Matrix:
    """Count codes in blocks of 10×10 pixels at steps of 5, and keep the most of each row of blocks.

    Parameters
    ----------
    codes : int64 ``(T, H, W)``
        0 to `bins` - 1.
    bins : int

    Returns
    -------
    float32 ``(T, rows * bins)``
        Row after row.
    """
    rows = (codes.shape[1] - BLOCK) // STEP + 1
    found = np.zeros((len(codes), rows, bins), np.float32)
    _count(codes, found)
    return found.reshape(len(codes), rows * bins)


@njit(cache=True, nogil=True)
def _count(codes: Codes, found: Matrix) -> None:
    """Fill `found` ``(T, rows, bins)``; a bin's count in a block is compared each time that it grows."""
    frames, _, width = codes.shape
    counts = np.zeros(found.shape[2], np.float32)
    for t in range(frames):
        for row in range(found.shape[1]):
            for left in range(0, width - BLOCK + 1, STEP):
                counts[:] = 0
                for y in range(row * STEP, row * STEP + BLOCK):
                    for x in range(left, left + BLOCK):
                        code = codes[t, y, x]
                        counts[code] += 1
                        if counts[code] > found[t, row, code]:
                            found[t, row, code] = counts[code]


def _unit(values: Matrix) -> Matrix:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(lengths, 1e-12), dtype=np.float32)


class LomoExtractor:
    """LOMO of a tracklet: its frames', pooled.

    Parameters
    ----------
    pool : {"max", "mean"}
        The largest value of every dimension over the frames (as the code for MARS does), or the mean.
    even_light : bool
        Put Retinex before the colours.
    """

    name = "lomo"
    parameters = 0

    def __init__(self, pool: Pool = "max", even_light: bool = True) -> None:
        if pool not in get_args(Pool):
            raise RecipeError(f"method lomo: pool is one of {', '.join(get_args(Pool))}, not {pool!r}")
        self.pool = pool
        self.even_light = even_light

    def key(self) -> dict[str, Any]:
        """Return the descriptor's name, version and options."""
        light = [list(SIGMAS), RESTORATION, STRETCH, DISCOUNT] if self.even_light else None
        return {"descriptor": "lomo", "version": 1, "retinex": light, "pool": self.pool}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, 26960)``: colours and both textures of the same length each, together of length 1."""
        return np.stack([self._one(tracklet) for tracklet in tracklets])

    def _one(self, tracklet: Tracklet) -> NDArray[np.float32]:
        pooled = np.zeros(sum(PARTS), np.float32)
        for start in range(0, len(tracklet), CHUNK):
            found = lomo(tracklet.load(range(start, min(start + CHUNK, len(tracklet)))), self.even_light)
            pooled = np.maximum(pooled, found.max(0)) if self.pool == "max" else pooled + found.sum(0)
        parts = np.split(pooled[None], np.cumsum(PARTS)[:-1], axis=1)
        return np.asarray(np.concatenate([_unit(part) for part in parts], axis=1)[0] / np.float32(len(PARTS) ** 0.5))
