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
    half = np.float32(0.5)
    for f in range(faces.shape[0]):
        a, b, c = np.uintp(faces[f, 0]), np.uintp(faces[f, 1]), np.uintp(faces[f, 2])
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        top, bottom = max(min(ay, by, cy) - half, 0), min(max(ay, by, cy) - half, height - 1)
        left, right = max(min(ax, bx, cx) - half, 0), min(max(ax, bx, cx) - half, width - 1)
        if not (top <= bottom and left <= right) or (bx - ax) * (cy - ay) < (by - ay) * (cx - ax):
            continue
        if points[a, 2] < 0.1 or points[b, 2] < 0.1 or points[c, 2] < 0.1:
            continue
        for y in range(int(np.ceil(top)), int(np.floor(bottom)) + 1):
            py = np.float32(y) + half
            for x in range(int(np.ceil(left)), int(np.floor(right)) + 1):
                px = np.float32(x) + half
                if (
                    (bx - ax) * (py - ay) >= (by - ay) * (px - ax)
                    and (cx - bx) * (py - by) >= (cy - by) * (px - bx)
                    and (ax - cx) * (py - cy) >= (ay - cy) * (px - cx)
                ):
                    mask[np.uintp(y), np.uintp(x)] = 1


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
    quarter, one, far = np.float32(0.25), np.float32(1), np.float32(np.inf)
    light_r, light_g, light_b = light[0], light[1], light[2]
    held_r, held_g, held_b = held_back[0], held_back[1], held_back[2]
    for row in range(height):
        y, above, below = np.uintp(row), np.uintp(2 * row), np.uintp(2 * row + 1)
        for column in range(width):
            x, left, right = np.uintp(column), np.uintp(2 * column), np.uintp(2 * column + 1)
            seen = 0
            red = green = blue = np.float32(0)
            for j, i in ((above, left), (above, right), (below, left), (below, right)):
                if depth[j, i] < far:
                    seen += 1
                    red += colour[j, i, 0]
                    green += colour[j, i, 1]
                    blue += colour[j, i, 2]
            red, green, blue = red * quarter, green * quarter, blue * quarter
            if seen < 4:
                open_share, dark = np.float32(4 - seen) * quarter, shadow[y, x]
                red += open_share * (light_r * (one - dark * held_r)) * decode[behind[y, x, 0]]
                green += open_share * (light_g * (one - dark * held_g)) * decode[behind[y, x, 1]]
                blue += open_share * (light_b * (one - dark * held_b)) * decode[behind[y, x, 2]]
            linear[y, x, 0], linear[y, x, 1], linear[y, x, 2] = red, green, blue
