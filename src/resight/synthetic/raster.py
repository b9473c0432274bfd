"""Draws triangles: a z-buffer with light per vertex and texture per pixel, compiled once and kept on disk."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(cache=True, nogil=True, fastmath=False, boundscheck=False)
def draw(
    points: Floats,
    shade: Floats,
    faces: NDArray[np.int32],
    uv: Floats,
    atlas: Floats,
    colour: Floats,
    depth: Floats,
) -> None:
    """Draw a mesh into a picture; several meshes share one depth buffer.

    A pixel is covered where its centre lies within the triangle. Light and texture coordinates are interpolated in the
    picture's plane: the triangles are small. The texel nearest to the coordinate is taken.

    Parameters
    ----------
    points : float32 (V, 3)
        x to the right and y down, in pixels of the picture (the first pixel's centre is 0.5, 0.5), and the distance
        from the camera; triangles that reach to distance 0 or behind are left out.
    shade : float32 (V, 3)
        Linear light on each vertex, R, G, B.
    faces : int32 (F, 3)
        Counter-clockwise seen from outside; those seen from inside are not drawn.
    uv : float32 (V, 2)
        0 to 1 across and down the atlas.
    atlas : float32 (H, W, 3)
        Linear reflectance.
    colour : float32 (h, w, 3)
        Linear RGB, changed in place.
    depth : float32 (h, w)
        Distance of what is drawn so far, changed in place; only what is nearer is drawn.
    """
    height, width = depth.shape
    rows, columns = atlas.shape[0], atlas.shape[1]
    for face in range(faces.shape[0]):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
        if not (az > 0 and bz > 0 and cz > 0):
            continue
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        if not area > 1e-9:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        right = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        top = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        if left > right or top > bottom:
            continue
        scale = np.float32(1.0) / area
        # weight of a, b, c: linear over the picture
        a_dx, a_dy = (by - cy) * -scale, (cx - bx) * -scale
        b_dx, b_dy = (cy - ay) * -scale, (ax - cx) * -scale
        for y in range(top, bottom + 1):
            py = np.float32(y) + np.float32(0.5)
            for x in range(left, right + 1):
                px = np.float32(x) + np.float32(0.5)
                wa = (px - cx) * a_dx + (py - cy) * a_dy
                wb = (px - cx) * b_dx + (py - cy) * b_dy
                wc = np.float32(1.0) - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                z = wa * az + wb * bz + wc * cz
                if not z < depth[y, x]:
                    continue
                depth[y, x] = z
                u = int((wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0]) * columns)
                v = int((wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]) * rows)
                u = min(max(u, 0), columns - 1)
                v = min(max(v, 0), rows - 1)
                for k in range(3):
                    light = wa * shade[a, k] + wb * shade[b, k] + wc * shade[c, k]
                    colour[y, x, k] = light * atlas[v, u, k]
