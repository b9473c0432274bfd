"""Draws triangles: a z-buffer with light per vertex and texture per pixel, compiled once and kept on disk."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SPARE = 1 / 64
"""Pixels by which a row is begun early and left late; the weights say what is covered, the ends only where to look."""
STEEP, FLAT = 0.05, 1e-4
"""The third weight gives an end where it changes faster along a row than rounding: share of the others, and a pixel."""
FAR = 1e6
"""Pixels; further than any picture is wide."""


@njit(cache=True, nogil=True, error_model="numpy")
def draw(
    points: Floats,
    shade: Floats,
    faces: NDArray[np.int32],
    uv: Floats,
    atlas: NDArray[np.uint8],
    reflectance: Floats,
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
    atlas : uint8 (H, W, 3)
        The place of each value in `reflectance`.
    reflectance : float32 (N,)
        Linear.
    colour : float32 (h, w, 3)
        Linear RGB, changed in place.
    depth : float32 (h, w)
        Distance of what is drawn so far, changed in place; only what is nearer is drawn.
    """
    height, width = depth.shape
    rows, columns = atlas.shape[0], atlas.shape[1]
    tall, wide = np.float32(rows), np.float32(columns)
    half, one, spare = np.float32(0.5), np.float32(1), np.float32(SPARE)
    for face in range(faces.shape[0]):
        a, b, c = np.uintp(faces[face, 0]), np.uintp(faces[face, 1]), np.uintp(faces[face, 2])
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        if not area > 1e-9:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx) - half)))
        right = min(width - 1, int(np.floor(max(ax, bx, cx) - half)))
        top = max(0, int(np.ceil(min(ay, by, cy) - half)))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy) - half)))
        if left > right or top > bottom:
            continue
        az, bz, cz = points[a, 2], points[b, 2], points[c, 2]
        if not (az > 0 and bz > 0 and cz > 0):
            continue
        # the weights of a and b, linear over the picture
        scale = one / area
        a_dx, a_dy = (cy - by) * scale, (bx - cx) * scale
        b_dx, b_dy = (ay - cy) * scale, (cx - ax) * scale
        ua, ub, uc = uv[a, 0] * wide, uv[b, 0] * wide, uv[c, 0] * wide
        va, vb, vc = uv[a, 1] * tall, uv[b, 1] * tall, uv[c, 1] * tall
        ra, rb, rc = shade[a, 0], shade[b, 0], shade[c, 0]
        ga, gb, gc = shade[a, 1], shade[b, 1], shade[c, 1]
        ba, bb, bc = shade[a, 2], shade[b, 2], shade[c, 2]
        # where in a row each weight is 0: at + py * step, from c on; of two left ends and two right ones one is free
        low = other_low = -np.float32(FAR)
        high = other_high = np.float32(FAR)
        low_step = other_low_step = high_step = other_high_step = np.float32(0)
        if a_dx > 0:
            low, low_step = -spare, -a_dy / a_dx
        elif a_dx < 0:
            high, high_step = spare, -a_dy / a_dx
        if b_dx > 0:
            other_low, other_low_step = -spare, -b_dy / b_dx
        elif b_dx < 0:
            other_high, other_high_step = spare, -b_dy / b_dx
        c_dx, c_dy = -(a_dx + b_dx), -(a_dy + b_dy)
        if abs(c_dx) > np.float32(STEEP) * (abs(a_dx) + abs(b_dx)) + np.float32(FLAT):
            at, step = -one / c_dx, -c_dy / c_dx
            if c_dx > 0 and a_dx > 0:
                other_low, other_low_step = at - spare, step
            elif c_dx > 0:
                low, low_step = at - spare, step
            elif a_dx < 0:
                other_high, other_high_step = at + spare, step
            else:
                high, high_step = at + spare, step
        corner, first, last = cx - half, np.float32(left), np.float32(right)
        for row in range(top, bottom + 1):
            y = np.uintp(row)
            py = np.float32(row) + half - cy
            begin = max(max(low + py * low_step, other_low + py * other_low_step) + corner, first)
            end = min(min(high + py * high_step, other_high + py * other_high_step) + corner, last)
            if not begin <= end:
                continue
            a_row, b_row = py * a_dy, py * b_dy
            for column in range(int(np.ceil(begin)), int(np.floor(end)) + 1):
                px = np.float32(column) + half - cx
                wa, wb = px * a_dx + a_row, px * b_dx + b_row
                wc = one - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                x = np.uintp(column)
                z = wa * az + wb * bz + wc * cz
                if not z < depth[y, x]:
                    continue
                depth[y, x] = z
                u = np.uintp(min(max(int(wa * ua + wb * ub + wc * uc), 0), columns - 1))
                v = np.uintp(min(max(int(wa * va + wb * vb + wc * vc), 0), rows - 1))
                colour[y, x, 0] = (wa * ra + wb * rb + wc * rc) * reflectance[atlas[v, u, 0]]
                colour[y, x, 1] = (wa * ga + wb * gb + wc * gc) * reflectance[atlas[v, u, 1]]
                colour[y, x, 2] = (wa * ba + wb * bb + wc * bc) * reflectance[atlas[v, u, 2]]
