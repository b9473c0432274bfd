"""Pixel work of filming: shadows on the ground, and people over what lies behind them."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


@numba.njit(cache=True, nogil=True)
def place(
    points: Pixels, x: float, y: float, scale: float, width: int, height: int, placed: Pixels
) -> tuple[float, bool]:
    """Move image points to a canvas whose corner lies at (x, y), `scale` times as large.

    Parameters
    ----------
    points, placed : float32 ``(V, 3)``
        Read and written; distances are copied.
    x, y, scale, width, height
        Of the canvas.

    Returns
    -------
    tuple
        The shortest distance, and whether the points' bounds meet the canvas.
    """
    nearest = low_x = low_y = np.inf
    high_x = high_y = -np.inf
    for v in range(points.shape[0]):
        at_x, at_y = (points[v, 0] - x) * scale, (points[v, 1] - y) * scale
        placed[v, 0], placed[v, 1], placed[v, 2] = at_x, at_y, points[v, 2]
        low_x, low_y = min(low_x, at_x), min(low_y, at_y)
        high_x, high_y = max(high_x, at_x), max(high_y, at_y)
        nearest = min(nearest, points[v, 2])
    return nearest, bool(high_x >= 0 and high_y >= 0 and low_x < width and low_y < height)


@numba.njit(cache=True, nogil=True)
def cast(points: Pixels, faces: NDArray[np.int32], mask: Pixels) -> None:
    """Fill the triangles of a closed mesh's shadow with 1; those of one winding cover it all.

    Parameters
    ----------
    points : float32 ``(V, 3)``
        x and y in pixels of the mask, and the distance from the camera; a triangle with a corner nearer than 0.1 m
        is left out.
    faces : int32 ``(F, 3)``
        Of a closed mesh.
    mask : float32 ``(h, w)``
        Changed in place.
    """
    height, width = mask.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if points[a, 2] < 0.1 or points[b, 2] < 0.1 or points[c, 2] < 0.1:
            continue
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        low_x, high_x = min(ax, bx, cx), max(ax, bx, cx)
        low_y, high_y = min(ay, by, cy), max(ay, by, cy)
        if high_x < 0 or high_y < 0 or low_x >= width or low_y >= height:
            continue
        if (bx - ax) * (cy - ay) < (by - ay) * (cx - ax):
            continue
        for y in range(max(0, int(low_y)), min(height, int(high_y) + 1)):
            py = np.float32(y + 0.5)
            for x in range(max(0, int(low_x)), min(width, int(high_x) + 1)):
                px = np.float32(x + 0.5)
                if (
                    (bx - ax) * (py - ay) >= (by - ay) * (px - ax)
                    and (cx - bx) * (py - by) >= (cy - by) * (px - bx)
                    and (ax - cx) * (py - cy) >= (ay - cy) * (px - cx)
                ):
                    mask[y, x] = 1


@numba.njit(cache=True, nogil=True)
def resolve(
    colour: Pixels,
    depth: Pixels,
    behind: NDArray[np.uint8],
    decode: Pixels,
    light: Pixels,
    shadow: Pixels,
    held_back: Pixels,
    linear: Pixels,
) -> None:
    """Lay what was drawn at twice the size over the background.

    Parameters
    ----------
    colour, depth : float32 ``(2h, 2w, 3)`` and ``(2h, 2w)``
        Linear RGB, and the distance; infinite where nothing was drawn.
    behind : uint8 ``(h, w, 3)``
        Background; `decode` ``(256,)`` gives its reflectance.
    light, held_back : float32 ``(3,)``
        Light on the ground, and the share of it that a shadow takes.
    shadow : float32 ``(h, w)``
        0 to 1.
    linear : float32 ``(h, w, 3)``
        Written.
    """
    height, width = shadow.shape
    quarter = np.float32(0.25)
    for y in range(height):
        for x in range(width):
            seen = 0
            red = green = blue = np.float32(0)
            for j in range(2):
                for i in range(2):
                    if depth[2 * y + j, 2 * x + i] < np.inf:
                        seen += 1
                        red += colour[2 * y + j, 2 * x + i, 0]
                        green += colour[2 * y + j, 2 * x + i, 1]
                        blue += colour[2 * y + j, 2 * x + i, 2]
            open_share = np.float32(4 - seen) * quarter
            linear[y, x, 0], linear[y, x, 1], linear[y, x, 2] = red * quarter, green * quarter, blue * quarter
            if seen < 4:
                for c in range(3):
                    kept = light[c] * (np.float32(1) - shadow[y, x] * held_back[c])
                    linear[y, x, c] += open_share * kept * decode[behind[y, x, c]]
